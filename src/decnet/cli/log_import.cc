#include "decnet/cli/log_import.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "decnet/cli/database.h"

namespace decnet::cli {

void LogImport::declare(Options& options) {
  options.arguments("FILE", files, "Logs to read; - is standard input.");
  declare_database_option(options);
  options.flag("--follow,-f", follow,
               "Goes on with what is appended, across rotation, until Ctrl+C or SIGTERM.");
  options.flag("--publish,-p", publish,
               "Publishes each session that ended on the bus, as attacker.session.ended.");
  options.integer("--session-idle", "S", session_idle_s, 1, 7 * 86'400,
                  "Seconds of silence after which a session counts as ended.");
  options.integer("--batch-lines", "N", batch_lines, 1, 10'000'000,
                  "Lines read before they are stored together; fewer when they take much memory.");
  options.flag("--json", json, "Prints JSON lines: one a file, one for all of them.");
}

int LogImport::run(Context& context, const MakeReader& make_reader) const {
  if (!follow) return import_once(context, *this, make_reader);
  if (std::find(files.begin(), files.end(), "-") != files.end()) {
    return context.failed("--follow is for files; a pipe is followed as it is", kUsageError);
  }
  return follow_logs(context, *this, make_reader);
}

std::string name_of_log(const std::string& file) {
  if (file == "-") return file;
  std::error_code problem;
  const auto path = std::filesystem::absolute(file, problem);
  return problem ? file : path.lexically_normal().string();
}

}  // namespace decnet::cli
