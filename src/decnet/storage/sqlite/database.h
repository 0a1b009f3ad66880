// Opening an SQLite database, with what tests and benchmarks want to set themselves.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "decnet/storage/database.h"

namespace decnet::storage::sqlite {

struct Options {
  std::chrono::milliseconds busy_timeout = std::chrono::seconds(30);
  std::int64_t max_pages = 0;  // the database may not grow beyond; 0: as far as the disk goes
};

// As open_sqlite() and init_sqlite().
Result<std::unique_ptr<Database>> open(const std::filesystem::path& path, OpenMode mode,
                                       const Clock& clock, const Options& options);
Result<InitReport> init(const std::filesystem::path& path, const Clock& clock,
                        const Options& options);

}  // namespace decnet::storage::sqlite
