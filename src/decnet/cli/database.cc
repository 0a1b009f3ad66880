#include "decnet/cli/database.h"

#include <fmt/format.h>

#include "decnet/config/words.h"

namespace decnet::cli {

void declare_database_option(Options& options) {
  options.setting("--db", "PATH", "DECNET_DB_PATH", "SQLite file.");
}

Result<std::filesystem::path> database_file(const config::Config& config) {
  const auto type = config.get("DECNET_DB_TYPE").value_or(config::Value{});
  const auto word = config::lower_case(type.text);
  if (word.empty() || word == "sqlite") return config.database_path();
  return fail(ErrorCode::kInvalid, fmt::format("DECNET_DB_TYPE is '{}' ({}); this release knows: "
                                               "sqlite",
                                               type.text, type.origin));
}

Result<std::unique_ptr<storage::Database>> open_database(const config::Config& config,
                                                         storage::OpenMode mode) {
  DECNET_TRY(const auto path, database_file(config));
  return storage::open_sqlite(path, mode);
}

}  // namespace decnet::cli
