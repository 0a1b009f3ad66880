// DeadLetterFiles: dead letters in a directory, each a file of JSON, for databases that have no
// table for them. Nothing but a full disk, a directory that is not ours and the limits keeps one
// from being kept. A letter is there whole or not at all, whenever its writer ends.
//
// Files:   "letter-<number>.json", and the directory, are for their owner alone. The directory is
//          made by the first letter.
// Sharing: several processes, and several instances, may use one directory; the limits hold for
// all. Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/base/owned_directory.h"
#include "decnet/storage/dead_letter.h"

namespace decnet::storage {

class DeadLetterFiles {
 public:
  struct Limits {
    std::size_t count = 10'000;
    std::uint64_t bytes = std::uint64_t{256} << 20;
  };

  explicit DeadLetterFiles(std::filesystem::path directory);
  DeadLetterFiles(std::filesystem::path directory, Limits limits);

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }

  // Gives it a number of its own, whatever it had. Errors: kConflict when the limits are reached:
  // those that are there stay, as they tell how it began; kUnavailable. Nothing was added.
  // Costs a look at every letter there is.
  Result<void> add(const DeadLetter& letter);

  // Oldest first. A file that cannot be read as a letter is left out, with a WARNING.
  [[nodiscard]] Result<std::vector<DeadLetter>> oldest(std::size_t max) const;
  // Nothing when there is none of that number. Errors: kInvalid when its file is damaged.
  [[nodiscard]] Result<std::optional<DeadLetter>> find(std::int64_t number) const;
  Result<bool> drop(std::int64_t number);  // false: there is none

 private:
  [[nodiscard]] std::filesystem::path path_of(std::int64_t number) const;
  // In ascending order; none when there is no directory.
  [[nodiscard]] Result<std::vector<std::int64_t>> numbers() const;
  [[nodiscard]] Result<OwnedDirectory> open(OwnedDirectory::Missing missing) const;

  const std::filesystem::path directory_;
  const Limits limits_;
  std::int64_t next_number_ = 1;
};

}  // namespace decnet::storage
