// Spool: envelopes on disk that memory has no room for, oldest first. Files of JSON lines
// ("spool-<number>.jsonl"): one is written, whole ones are read back, and a file goes only when
// everything read from it was acknowledged; after a crash it is read again.
//
// What is appended survives the death of the process at once, and a power failure once its file was
// completed. A directory has one spool at a time: two would read and remove each other's files.
//
// Threads: guarded by its user.
#pragma once

#include <cstdint>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/bus/envelope.h"

namespace decnet::bus {

class Spool {
 public:
  struct Limits {
    std::uint64_t total_bytes = std::uint64_t{1} << 30;  // of all files; then append() refuses
    std::uint64_t file_bytes = std::uint64_t{8} << 20;
  };

  // Takes over what an earlier process left in the directory, which is made, for its owner alone,
  // when it is missing.
  // Errors: kConflict when another spool has it; kUnavailable.
  static Result<std::unique_ptr<Spool>> open(std::filesystem::path directory);
  static Result<std::unique_ptr<Spool>> open(std::filesystem::path directory, Limits limits);
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool();

  // Errors: kUnavailable (disk full, total_bytes reached); nothing was appended.
  Result<void> append(const Envelope& envelope);

  struct File {
    std::uint64_t number = 0;
    std::vector<Envelope> envelopes;
    std::uint64_t bytes = 0;
    // Lines that could not be read: a crash cuts the last one. A file that somebody removed counts
    // as one.
    std::uint64_t damaged = 0;
    // Not empty: the whole file could not be read, which counts as one; it is never removed. Names
    // it and why, and where it lies now.
    std::string unreadable;
  };
  // The oldest file not taken yet, the one being written included; nothing when all are taken.
  // A file that cannot be read is set aside as "<name>.unreadable", or skipped until the next
  // open() where it cannot be renamed. Errors: kUnavailable (no descriptors left); it will be tried
  // again.
  Result<std::optional<File>> take(UtcTime now);

  // Everything of that file is committed: it may go.
  void done(std::uint64_t number);

  [[nodiscard]] bool has_more() const { return !waiting_.empty() || current_bytes_ > 0; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  Spool(std::filesystem::path directory, Limits limits)
      : directory_(std::move(directory)), limits_(limits) {}
  [[nodiscard]] std::filesystem::path path_of(std::uint64_t number) const;
  Result<void> take_lock();
  Result<void> start_file();
  void finish_file();
  std::string set_aside(std::uint64_t number);

  const std::filesystem::path directory_;
  const Limits limits_;
  std::deque<std::uint64_t> waiting_;             // complete files, not taken
  std::map<std::uint64_t, std::uint64_t> sizes_;  // of complete files, in bytes
  std::uint64_t next_number_ = 1;
  std::FILE* lock_ = nullptr;
  std::uint64_t current_ = 0;  // being written; 0: none
  std::FILE* out_ = nullptr;
  std::uint64_t current_bytes_ = 0;
  std::uint64_t bytes_ = 0;  // of all files
};

}  // namespace decnet::bus
