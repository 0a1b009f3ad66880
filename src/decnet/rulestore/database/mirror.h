// Mirror: the rules of a directory, put into ttp_rule for those who read them there.
#pragma once

#include <string_view>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/rulestore/rule_store.h"
#include "decnet/storage/database.h"

namespace decnet::rulestore {

struct Mirrored {
  std::vector<RuleId> put;      // new or other than the row was
  std::vector<RuleId> removed;  // no longer in the directory
  // Not in the directory as far as it is known, which is not all of it: these rows stay until every
  // file there loads.
  std::vector<RuleId> withheld;
};

inline constexpr std::string_view kMirrorName = "filesystem";

// Writes what differs, all of it or nothing, and never a state. A row goes when its rule is gone
// and `by`, or the framework's own mirror, wrote it last: what administrators put there by hand
// stays. A broken file that loaded before keeps its last good version in the row; that it is broken
// is kept beside the rows (storage::RuleProblems), for those who read rules there. Errors: as
// storage::RuleRows.
Result<Mirrored> mirror(const Contents& directory, storage::Database& database,
                        std::string_view by = kMirrorName, const Clock& clock = system_clock());

}  // namespace decnet::rulestore
