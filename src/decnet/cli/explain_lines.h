// Tags for a file of texts: one JSON object a line in, one a line out, in order.
#pragma once

#include "decnet/base/error.h"
#include "decnet/cli/terminal.h"
#include "decnet/importers/line_source.h"
#include "decnet/tagging/tagger.h"

namespace decnet::cli {

// In:  {"text": …} is a command; {"text", "kind", "payload"} any event, whose text is only echoed.
// Out: {"text", "techniques": [most specific ids, distinct, in order of the tags],
//       "tags": [{"technique", "tactic", "confidence", "rule"}]}
// A line that is none of these gives {"text": its text or null, "techniques": [], "tags": [],
// "error": …} and a note on `err` with its number (the first kMaxNotes of them, then how many
// more). Blank lines give nothing.
// Errors: of reading `source` or writing `out`.
inline constexpr std::uint64_t kMaxNotes = 10;
Result<void> explain_lines(importers::LineSource& source, const tagging::Tagger& tagger,
                           Terminal& out, Terminal& err);

}  // namespace decnet::cli
