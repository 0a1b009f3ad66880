// FileStamp: what can be told of a file without reading it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace decnet::rulestore {

struct FileStamp {
  // Of what is at the end of the path, links followed, or of a link itself. Nothing when it cannot
  // be told, errno says why.
  static std::optional<FileStamp> of(const std::filesystem::path& path);
  static std::optional<FileStamp> of_link(const std::filesystem::path& path);

  // How long ago it was last written, by the clocks of the machine and its file system: a time in
  // the future was long ago.
  [[nodiscard]] std::chrono::nanoseconds since_written() const;

  // Whether a later change might bear the same stamp: file systems count time in steps, some of two
  // seconds.
  [[nodiscard]] bool is_fresh() const;

  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t written_ns = 0;  // since the epoch; can be set by anybody
  std::int64_t changed_ns = 0;  // cannot
  bool is_regular = false;
  bool is_link = false;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// How long a file must not have been written to be taken for whole: an editor that closed it may be
// followed by another that begins anew.
inline constexpr std::chrono::milliseconds kRest{10};

}  // namespace decnet::rulestore
