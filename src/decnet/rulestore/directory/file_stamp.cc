#include "decnet/rulestore/directory/file_stamp.h"

#include <sys/stat.h>

namespace decnet::rulestore {
namespace {

using std::chrono::nanoseconds;

std::int64_t nanoseconds_of(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::int64_t now() {
  return nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

FileStamp stamp_of(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .written_ns = nanoseconds_of(status.st_mtim),
          .changed_ns = nanoseconds_of(status.st_ctim),
          .is_regular = S_ISREG(status.st_mode),
          .is_link = S_ISLNK(status.st_mode)};
}

}  // namespace

std::optional<FileStamp> FileStamp::of(const std::filesystem::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return stamp_of(status);
}

std::optional<FileStamp> FileStamp::of_link(const std::filesystem::path& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return stamp_of(status);
}

nanoseconds FileStamp::since_written() const {
  const nanoseconds age(now() - written_ns);
  return age < nanoseconds::zero() ? nanoseconds::max() : age;
}

bool FileStamp::is_fresh() const { return now() - changed_ns < 2'000'000'000; }

}  // namespace decnet::rulestore
