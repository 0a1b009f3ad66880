#include "decnet/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace decnet {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  const int number_;
};

}  // namespace

Error system_error(const std::filesystem::path& path, int error) {
  const auto code = error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
  return {code, fmt::format("{}: {}", path.string(), std::generic_category().message(error))};
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes,
                              Pipes pipes) {
  const auto invalid = [&path](std::string_view why) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: {}", path.string(), why));
  };
  // Otherwise opening a pipe waits for its writer.
  const int at_once = pipes == Pipes::kRefused ? O_NONBLOCK : 0;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | at_once));
  if (file.number() < 0) return fail(system_error(path, errno));
  struct stat status = {};
  if (::fstat(file.number(), &status) != 0) return fail(system_error(path, errno));
  if (S_ISDIR(status.st_mode)) return invalid("is a directory");
  if (S_ISFIFO(status.st_mode) && pipes == Pipes::kRefused) return invalid("is no regular file");
  std::string bytes;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t size = ::read(file.number(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail(system_error(path, errno));
    if (size == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(size));
    if (bytes.size() > max_bytes) return invalid(fmt::format("larger than {} bytes", max_bytes));
  }
}

}  // namespace decnet
