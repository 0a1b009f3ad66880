#include "decnet/bus/unix/broker_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "decnet/base/file.h"
#include "decnet/base/log.h"

namespace decnet::bus {
namespace {

Descriptor open_reserve() { return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

Result<void> make_parent(const std::filesystem::path& socket) {
  const auto parent = socket.parent_path();
  std::error_code problem;
  if (parent.empty() || std::filesystem::is_directory(parent, problem)) return {};
  const char* home = std::getenv("HOME");
  const auto below_home = [&] {
    if (home == nullptr || *home == '\0') return false;
    const auto relative = parent.lexically_relative(home);
    return !relative.empty() && *relative.begin() != "..";
  };
  if (!below_home()) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{}: no such directory; create it first", parent.string()));
  }
  std::filesystem::create_directories(parent, problem);
  if (problem) return fail(system_error(parent, problem.value()));
  return {};
}

// Two brokers that start at once must not both find the socket stale: who holds the lock may look.
Result<Descriptor> take_lock(const std::filesystem::path& socket) {
  const std::filesystem::path path = socket.string() + ".lock";
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return fail(system_error(path, errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::kConflict, fmt::format("{}: another broker has it", socket.string()));
  }
  return lock;
}

Result<void> remove_stale(const std::filesystem::path& socket) {
  DECNET_TRY(const bool taken, is_listening(socket));
  if (taken) {
    return fail(ErrorCode::kConflict,
                fmt::format("{}: another broker is listening there", socket.string()));
  }
  struct stat status {};
  if (::lstat(socket.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) {
    return fail(ErrorCode::kConflict,
                fmt::format("{}: is there and is no socket", socket.string()));
  }
  if (::unlink(socket.c_str()) != 0) return fail(system_error(socket, errno));
  return {};
}

void give_to_group(const std::filesystem::path& socket, const std::string& name) {
  if (name.empty()) return;
  const group* entry = ::getgrnam(name.c_str());
  if (entry == nullptr) return;
  // Whoever may write in the directory must not have us give away what a link points to.
  if (::lchown(socket.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0) {
    log::debug("bus.server",
               fmt::format("{}: group stays: {}", socket.string(), std::strerror(errno)));
  }
}

}  // namespace

BrokerSocket::BrokerSocket(std::filesystem::path path, std::string group, Descriptor lock)
    : path_(std::move(path)),
      group_(std::move(group)),
      lock_(std::move(lock)),
      reserve_(open_reserve()) {}

Result<BrokerSocket> BrokerSocket::open(std::filesystem::path path, std::string group) {
  DECNET_CHECK(make_parent(path));
  DECNET_TRY(Descriptor lock, take_lock(path));
  BrokerSocket socket(std::move(path), std::move(group), std::move(lock));
  DECNET_CHECK(socket.listen());
  return socket;
}

Result<void> BrokerSocket::listen() {
  DECNET_CHECK(remove_stale(path_));
  DECNET_TRY(listener_, listen_unix(path_, 0660));
  file_ = file_there();
  give_to_group(path_, group_);
  return {};
}

std::optional<BrokerSocket::File> BrokerSocket::file_there() const {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) != 0) return std::nullopt;
  return File{status.st_dev, status.st_ino};
}

bool BrokerSocket::is_ours() const { return file_ && file_there() == file_; }

Result<void> BrokerSocket::restore() {
  DECNET_CHECK(make_parent(path_));
  return listen();
}

std::optional<BrokerSocket::Accepted> BrokerSocket::accept() {
  if (!reserve_) reserve_ = open_reserve();
  Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket) return Accepted{std::move(socket)};
  if ((errno != EMFILE && errno != ENFILE) || !reserve_) return std::nullopt;
  // Left in the backlog it would wake us for ever: the reserve makes room to turn it away.
  reserve_ = Descriptor();
  socket = Descriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const bool turned_away = static_cast<bool>(socket);
  socket = Descriptor();
  reserve_ = open_reserve();
  if (!turned_away) return std::nullopt;  // without descriptors an empty backlog looks the same
  return Accepted{};
}

void BrokerSocket::close() {
  const bool ours = is_ours();
  listener_ = Descriptor();
  std::error_code ignored;
  if (ours) std::filesystem::remove(path_, ignored);
}

}  // namespace decnet::bus
