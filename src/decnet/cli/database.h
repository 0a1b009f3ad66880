// The database the settings name, for every command that needs one.
#pragma once

#include <filesystem>
#include <memory>

#include "decnet/base/error.h"
#include "decnet/cli/options.h"
#include "decnet/config/config.h"
#include "decnet/storage/database.h"

namespace decnet::cli {

// Declares --db.
void declare_database_option(Options& options);

// The SQLite file. Errors: kInvalid for a DECNET_DB_TYPE this release does not know.
Result<std::filesystem::path> database_file(const config::Config& config);

// Opens it. Errors, each one line naming the path and the cause, as storage::open_sqlite.
Result<std::unique_ptr<storage::Database>> open_database(const config::Config& config,
                                                         storage::OpenMode mode);

}  // namespace decnet::cli
