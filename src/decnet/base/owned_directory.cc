#include "decnet/base/owned_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <system_error>
#include <thread>

#include "decnet/base/file.h"

namespace decnet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLock = ".lock";
constexpr const char* kAside = ".writing";  // one will do: only who has the lock writes it
constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::milliseconds kPause{5};

// What the superuser makes in somebody's directory becomes theirs.
void hand_over(int descriptor, const struct stat& owner) {
  if (::geteuid() == 0) (void)!::fchown(descriptor, owner.st_uid, owner.st_gid);
}

Result<void> make_directory(const fs::path& directory) {
  const fs::path parent = directory.has_parent_path() ? directory.parent_path() : fs::path(".");
  std::error_code problem;
  fs::create_directories(parent, problem);
  if (problem) return fail(system_error(parent, problem.value()));
  if (::mkdir(directory.c_str(), 0700) != 0) {
    if (errno == EEXIST) return {};
    return fail(system_error(directory, errno));
  }
  struct stat owner = {};
  const int made = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (made < 0) return fail(system_error(directory, errno));
  if (::stat(parent.c_str(), &owner) == 0) hand_over(made, owner);
  ::close(made);
  return {};
}

}  // namespace

Result<OwnedDirectory> OwnedDirectory::open(const fs::path& directory, Missing missing,
                                            Locked locked) {
  OwnedDirectory opened(directory);
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  opened.directory_ = ::open(directory.c_str(), kFlags);
  if (opened.directory_ < 0 && errno == ENOENT && missing == Missing::kCreate) {
    DECNET_CHECK(make_directory(directory));
    opened.directory_ = ::open(directory.c_str(), kFlags);
  }
  if (opened.directory_ < 0) return fail(system_error(directory, errno));
  DECNET_CHECK(opened.lock(locked));
  return opened;
}

OwnedDirectory::~OwnedDirectory() {
  if (lock_ >= 0) ::close(lock_);
  if (directory_ >= 0) ::close(directory_);
}

int OwnedDirectory::create(const char* name, int flags) const {
  const int descriptor = ::openat(directory_, name, flags | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  struct stat owner = {};
  if (descriptor >= 0 && ::fstat(directory_, &owner) == 0) hand_over(descriptor, owner);
  return descriptor;
}

Result<void> OwnedDirectory::lock(Locked locked) {
  lock_ = create(kLock, O_RDWR);
  if (lock_ < 0) return fail(system_error(path_ / kLock, errno));
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return fail(system_error(path_ / kLock, errno));
    if (locked == Locked::kGiveUp || std::chrono::steady_clock::now() >= end) {
      return fail(ErrorCode::kConflict,
                  fmt::format("{}: another process is writing there", path_.string()));
    }
    std::this_thread::sleep_for(kPause);
  }
  return {};
}

Result<void> OwnedDirectory::write_aside(std::string_view content) {
  (void)::unlinkat(directory_, kAside, 0);  // of a writer that died
  const int descriptor = create(kAside, O_WRONLY | O_EXCL);
  if (descriptor < 0) return fail(system_error(path_ / kAside, errno));
  int problem = 0;
  while (!content.empty() && problem == 0) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0) {
      problem = errno == EINTR ? 0 : errno;
    } else {
      content.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  if (problem == 0 && ::fsync(descriptor) != 0) problem = errno;
  ::close(descriptor);
  if (problem != 0) return fail(system_error(path_ / kAside, problem));
  return {};
}

Result<void> OwnedDirectory::replace(const std::string& name, std::string_view content) {
  auto done = write_aside(content);
  if (done && ::renameat(directory_, kAside, directory_, name.c_str()) != 0) {
    done = fail(system_error(path_ / name, errno));
  }
  if (!done) {
    (void)::unlinkat(directory_, kAside, 0);
    return done;
  }
  (void)::fsync(directory_);  // it is in force already; at worst a power failure takes it back
  return {};
}

Result<bool> OwnedDirectory::remove(const std::string& name) {
  if (::unlinkat(directory_, name.c_str(), 0) != 0) {
    if (errno == ENOENT) return false;
    return fail(system_error(path_ / name, errno));
  }
  (void)::fsync(directory_);
  return true;
}

}  // namespace decnet
