#include "decnet/importers/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "decnet/base/file.h"
#include "decnet/base/utf8.h"

namespace decnet::importers {
namespace {

std::string system_text(int error) { return std::generic_category().message(error); }

class Descriptor final : public ByteSource {
 public:
  Descriptor(int fd, bool owned, bool waits, std::uint64_t total,
             std::chrono::milliseconds patience)
      : fd_(fd), owned_(owned), waits_(waits), total_(total), patience_(patience) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() override {
    if (owned_) close(fd_);
  }

  Result<Read> read(std::span<char> buffer) override {
    // poll() is never restarted after a signal, so that Ctrl+C is noticed on a silent pipe.
    if (waits_) {
      pollfd wanted{fd_, POLLIN, 0};
      const int ready = poll(&wanted, 1, static_cast<int>(patience_.count()));
      if (ready == 0 || (ready < 0 && errno == EINTR)) return Read{0, true};
      if (ready < 0) return fail(ErrorCode::kUnavailable, system_text(errno));
    }
    const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return Read{0, true};
    if (got < 0) return fail(ErrorCode::kUnavailable, system_text(errno));
    read_ += static_cast<std::uint64_t>(got);
    return Read{static_cast<std::size_t>(got), false};
  }

  [[nodiscard]] std::uint64_t bytes_read() const override { return read_; }
  [[nodiscard]] std::uint64_t bytes_total() const override { return total_; }

 private:
  int fd_;
  bool owned_;
  bool waits_;
  std::uint64_t total_;
  std::uint64_t read_ = 0;
  std::chrono::milliseconds patience_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& path_or_dash,
                                               std::chrono::milliseconds patience) {
  const bool standard_input = path_or_dash == "-";
  const int fd = standard_input ? STDIN_FILENO : open(path_or_dash.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(system_error(printable(path_or_dash), errno));
  struct stat status {};
  if (fstat(fd, &status) != 0) {
    const int problem = errno;
    if (!standard_input) close(fd);
    return fail(system_error(printable(path_or_dash), problem));
  }
  const bool is_file = S_ISREG(status.st_mode);
  auto source = std::make_unique<Descriptor>(
      fd, !standard_input, !is_file, is_file ? static_cast<std::uint64_t>(status.st_size) : 0,
      patience);
  if (S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: is a directory", printable(path_or_dash)));
  }
  return source;
}

}  // namespace decnet::importers
