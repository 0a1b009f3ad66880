// LogImport: reads honeypot logs into the database, whatever program wrote them: once, or as they
// grow; and publishes the sessions they tell of. A command adds its log's language.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "decnet/cli/command.h"
#include "decnet/cli/options.h"
#include "decnet/importers/import.h"
#include "decnet/sessions/session_book.h"

namespace decnet::cli {

// A reader for a log whose first line is not its beginning: these sessions are open.
using MakeReader =
    std::function<importers::LineReader(const std::vector<sessions::SessionBook::Known>&)>;

// What every import command takes.
struct LogImport {
  std::vector<std::string> files;
  std::optional<std::int64_t> batch_lines =
      static_cast<std::int64_t>(importers::ImportOptions{}.batch_lines);
  bool json = false;
  bool follow = false;
  bool publish = false;
  std::optional<std::int64_t> session_idle_s = 900;

  void declare(Options& options);
  // Does it. Returns the exit code.
  int run(Context& context, const MakeReader& make_reader) const;

  [[nodiscard]] std::size_t lines_in_batch() const {
    return static_cast<std::size_t>(batch_lines.value_or(1));  // it has a default
  }
  [[nodiscard]] sessions::SessionBook::Options book_options() const {
    return {publish, std::chrono::seconds(session_idle_s.value_or(900))};
  }
};

// The two ways of run().
int import_once(Context& context, const LogImport& import, const MakeReader& make_reader);
int follow_logs(Context& context, const LogImport& import, const MakeReader& make_reader);

// The name under which the journal knows a log, from whatever directory it is read.
std::string name_of_log(const std::string& file);

}  // namespace decnet::cli
