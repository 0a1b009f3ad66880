#include "decnet/base/rotated_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "decnet/base/file.h"

namespace decnet {

RotatedFile::RotatedFile(std::filesystem::path path, std::uint64_t max_bytes, int backups)
    : path_(std::move(path)), max_bytes_(max_bytes), backups_(backups) {}

RotatedFile::~RotatedFile() { close(); }

Result<void> RotatedFile::append(std::string_view line) {
  if (descriptor_ >= 0 && !is_current()) close();
  if (descriptor_ < 0) DECNET_CHECK(open());
  struct stat status {};
  if (regular_ && fstat(descriptor_, &status) == 0 && status.st_size > 0 &&
      static_cast<std::uint64_t>(status.st_size) + line.size() > max_bytes_) {
    rotate();
    DECNET_CHECK(open());
  }
  while (!line.empty()) {
    const ssize_t written = write(descriptor_, line.data(), line.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return fail(system_error(path_, errno));
    }
    line.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> RotatedFile::open() {
  // Without O_NONBLOCK, a pipe that nobody reads would hold the program here.
  const int descriptor = ::open(
      path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
  if (descriptor < 0) return fail(system_error(path_, errno));
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !(S_ISREG(status.st_mode) || S_ISCHR(status.st_mode))) {
    ::close(descriptor);
    return fail(ErrorCode::kInvalid, fmt::format("{}: is no regular file", path_.string()));
  }
  descriptor_ = descriptor;
  device_ = status.st_dev;
  inode_ = status.st_ino;
  regular_ = S_ISREG(status.st_mode);
  return {};
}

void RotatedFile::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

bool RotatedFile::is_current() const {
  struct stat status {};
  return stat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
}

void RotatedFile::rotate() {
  // Of several processes that find the file full, the first to get the lock renames it; for the
  // others it is then no longer the current one.
  flock(descriptor_, LOCK_EX);
  if (is_current()) {
    const auto numbered = [this](int number) {
      return fmt::format("{}.{}", path_.string(), number);
    };
    std::error_code ignored;  // a missing backup is no problem, and a log cannot log its own
    for (int number = backups_ - 1; number >= 1; --number) {
      std::filesystem::rename(numbered(number), numbered(number + 1), ignored);
    }
    if (backups_ > 0) {
      std::filesystem::rename(path_, numbered(1), ignored);
    } else {
      std::filesystem::remove(path_, ignored);
    }
  }
  close();
}

}  // namespace decnet
