// DeadLetters: what the worker gave up, wherever it is kept: in the database, or, from a time when
// that had no table for it, in files of the spool directory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/config/config.h"
#include "decnet/storage/database.h"
#include "decnet/storage/dead_letter_files.h"

namespace decnet::cli {

std::filesystem::path dead_letter_directory(const config::Config& config);

struct NamedLetter {
  std::string name;  // "3" in the database, "f3" in files
  storage::DeadLetter letter;
};

class DeadLetters {
 public:
  static constexpr std::size_t kMaxListed = 10'000;  // of each kind

  // Errors: as of opening the database.
  static Result<DeadLetters> open(const config::Config& config);

  // Those of the database first, each kind oldest first.
  Result<std::vector<NamedLetter>> all();
  // Whether a letter could be called so.
  static bool is_name(std::string_view name);
  // Nothing when there is none of that name.
  Result<std::optional<NamedLetter>> find(std::string_view name);
  Result<void> drop(const NamedLetter& letter);

 private:
  DeadLetters(std::unique_ptr<storage::Database> database, storage::DeadLetterFiles files)
      : database_(std::move(database)), files_(std::move(files)) {}

  std::unique_ptr<storage::Database> database_;
  storage::DeadLetterFiles files_;
};

}  // namespace decnet::cli
