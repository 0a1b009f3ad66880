#include "decnet/follow/growing_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "decnet/base/file.h"
#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/base/uuid.h"
#include "decnet/follow/rotation.h"

namespace decnet::follow {
namespace {

// As much of `buffer` as there is at `offset`; a problem reads as nothing.
std::size_t read_at(int fd, std::uint64_t offset, std::span<char> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t got = ::pread(fd, buffer.data() + filled, buffer.size() - filled,
                                static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace

Result<std::unique_ptr<GrowingFile>> GrowingFile::open(const std::string& path,
                                                       std::uint64_t offset) {
  // Without O_NONBLOCK a FIFO of that name would be waited for.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fail(system_error(printable(path), errno));
  struct stat status {};
  const int problem = ::fstat(fd, &status) == 0 ? 0 : errno;
  if (problem != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    if (problem != 0) return fail(system_error(printable(path), problem));
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: {}", printable(path),
                            S_ISDIR(status.st_mode) ? "is a directory" : "is no regular file"));
  }
  std::unique_ptr<GrowingFile> file(
      new GrowingFile(printable(path), fd, status.st_dev, status.st_ino, offset));
  if (offset > 0) file->read_head();
  return file;
}

GrowingFile::~GrowingFile() { ::close(fd_); }

Result<importers::ByteSource::Read> GrowingFile::read(std::span<char> buffer) {
  const ssize_t got = ::pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(offset_));
  if (got < 0) {
    // A disk or a server that does not answer now may do so later.
    if (errno != EINTR && !std::exchange(complained_, true)) {
      log::warning("import", system_error(name_, errno).message);
    }
    return Read{0, true};
  }
  complained_ = false;
  // Cut and grown beyond where we were: what is there now begins in the middle of a line.
  if (got > 0 && !has_its_head()) return Read{0, true};
  note_head(buffer.first(static_cast<std::size_t>(got)));
  offset_ += static_cast<std::uint64_t>(got);
  read_ += static_cast<std::uint64_t>(got);
  return Read{static_cast<std::size_t>(got), got == 0 && !finished_};
}

bool GrowingFile::was_rewritten() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) return false;
  if (static_cast<std::uint64_t>(status.st_size) < offset_) return true;
  return !has_its_head();
}

bool GrowingFile::has_its_head() const {
  std::string now(head_bytes_.size(), '\0');
  return read_at(fd_, head_.at, now) == now.size() && now == head_bytes_;
}

// The first bytes of the file, as they are read: later they might be another file's.
void GrowingFile::note_head(std::span<const char> bytes) {
  if (head_bytes_.size() == HeadMark::kMaxBytes) return;
  std::uint64_t at = offset_;
  if (head_bytes_.empty()) {
    const auto text =
        std::find_if(bytes.begin(), bytes.end(), [](char byte) { return byte != '\0'; });
    at += static_cast<std::uint64_t>(text - bytes.begin());
    bytes = bytes.subspan(static_cast<std::size_t>(text - bytes.begin()));
    head_.at = at;
  }
  const std::size_t missing = HeadMark::kMaxBytes - head_bytes_.size();
  head_bytes_.append(bytes.data(), std::min(missing, bytes.size()));
}

// The same of what was read before this object was.
void GrowingFile::read_head() {
  std::vector<char> chunk(std::size_t{64} << 10);
  const std::uint64_t end = std::exchange(offset_, 0);
  while (offset_ < end && head_bytes_.size() < HeadMark::kMaxBytes) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), end - offset_));
    const std::size_t got = read_at(fd_, offset_, std::span(chunk).first(wanted));
    if (got == 0) break;
    note_head(std::span(chunk).first(got));
    offset_ += got;
  }
  offset_ = end;
}

bool GrowingFile::begins_with(const HeadMark& head) const {
  std::string now(static_cast<std::size_t>(head.size), '\0');
  return read_at(fd_, head.at, now) == now.size() && sha256_hex(now) == head.sha256;
}

const HeadMark& GrowingFile::head() {
  if (head_.size != head_bytes_.size()) {
    head_.size = head_bytes_.size();
    head_.sha256 = sha256_hex(head_bytes_);
  }
  return head_;
}

std::int64_t GrowingFile::modified_ns() const {
  struct stat status {};
  return ::fstat(fd_, &status) == 0 ? nanoseconds(status.st_mtim) : 0;
}

}  // namespace decnet::follow
