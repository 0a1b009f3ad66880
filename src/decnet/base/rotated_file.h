// RotatedFile: a text file that is only appended to and never grows beyond a size: at that size it
// is renamed to "<path>.1", "<path>.1" to "<path>.2" and so on.
//
// Sharing:  several processes may append to one path; a line is one write, so lines do not mix.
// Follows:  when the file was moved or deleted (logrotate), the next line goes to a new one.
// Threads:  one at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "decnet/base/error.h"

namespace decnet {

class RotatedFile {
 public:
  // Opens nothing: the first append() does.
  RotatedFile(std::filesystem::path path, std::uint64_t max_bytes, int backups);
  RotatedFile(const RotatedFile&) = delete;
  RotatedFile& operator=(const RotatedFile&) = delete;
  ~RotatedFile();

  // Errors: kUnavailable, kNotFound (no such directory), kInvalid (a directory, a pipe), naming the
  // path. After one, the next call tries again.
  Result<void> append(std::string_view line);

 private:
  Result<void> open();
  void close();
  [[nodiscard]] bool is_current() const;
  void rotate();

  std::filesystem::path path_;
  std::uint64_t max_bytes_;
  int backups_;
  int descriptor_ = -1;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  bool regular_ = false;
};

}  // namespace decnet
