#include "decnet/storage/dead_letter_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "decnet/base/file.h"
#include "decnet/base/log.h"

namespace decnet::storage {
namespace {

constexpr std::string_view kPrefix = "letter-";
constexpr std::string_view kSuffix = ".json";

std::optional<std::int64_t> number_of(const std::string& name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  const char* const begin = name.data() + kPrefix.size();
  const char* const end = name.data() + name.size() - kSuffix.size();
  std::int64_t number = 0;
  if (begin >= end) return std::nullopt;
  const auto [stop, problem] = std::from_chars(begin, end, number);
  if (problem != std::errc() || stop != end || number < 1) return std::nullopt;
  return number;
}

// 0 when all of it, and what the directory says of it, is on the disk; else an errno.
int write_through(int fd, std::string_view text, const std::filesystem::path& directory) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(fd) != 0) return errno;
  const int in = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (in < 0) return errno;
  const int problem = ::fsync(in) == 0 ? 0 : errno;
  (void)::close(in);
  return problem;
}

Result<DeadLetter> read_letter(const std::filesystem::path& path, std::int64_t number) {
  DECNET_TRY(const std::string text, read_file(path));
  const auto members = Json::parse(text);
  if (!members || members->object() == nullptr) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: is no dead letter", path.string()));
  }
  return dead_letter_of(*members, number);
}

}  // namespace

DeadLetterFiles::DeadLetterFiles(std::filesystem::path directory)
    : DeadLetterFiles(std::move(directory), Limits{}) {}

DeadLetterFiles::DeadLetterFiles(std::filesystem::path directory, Limits limits)
    : directory_(std::move(directory)), limits_(limits) {}

std::filesystem::path DeadLetterFiles::path_of(std::int64_t number) const {
  return directory_ / fmt::format("{}{}{}", kPrefix, number, kSuffix);
}

Result<std::vector<std::int64_t>> DeadLetterFiles::numbers() const {
  std::vector<std::int64_t> numbers;
  std::error_code problem;
  for (std::filesystem::directory_iterator entry(directory_, problem), end;
       !problem && entry != end; entry.increment(problem)) {
    if (const auto number = number_of(entry->path().filename().string())) {
      numbers.push_back(*number);
    }
  }
  if (problem == std::errc::no_such_file_or_directory) return std::vector<std::int64_t>();
  if (problem) return fail(system_error(directory_, problem.value()));
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Result<void> DeadLetterFiles::make_directory() const {
  std::error_code problem;
  if (std::filesystem::create_directories(directory_, problem)) {
    std::filesystem::permissions(directory_, std::filesystem::perms::owner_all, problem);
  }
  if (problem) return fail(system_error(directory_, problem.value()));
  return {};
}

Result<void> DeadLetterFiles::look() {
  DECNET_TRY(const auto there, numbers());
  Held held;
  for (const std::int64_t number : there) {
    std::error_code gone;
    const std::uintmax_t size = std::filesystem::file_size(path_of(number), gone);
    if (gone) continue;
    ++held.count;
    held.bytes += size;
  }
  if (!there.empty()) next_number_ = std::max(next_number_, there.back() + 1);
  held_ = held;
  return {};
}

bool DeadLetterFiles::has_room(std::size_t bytes) const {
  return held_ && held_->count < limits_.count && held_->bytes + bytes <= limits_.bytes;
}

Result<void> DeadLetterFiles::add(const DeadLetter& letter) {
  const std::string text = to_json(letter).dump() + "\n";
  if (!has_room(text.size())) DECNET_CHECK(look());  // somebody may have made room
  if (!has_room(text.size())) {
    return fail(ErrorCode::kConflict,
                fmt::format("{}: holds {} letters of {} bytes, no more are kept",
                            directory_.string(), held_->count, held_->bytes));
  }
  DECNET_CHECK(make_directory());
  DECNET_CHECK(write(text));
  ++held_->count;
  held_->bytes += text.size();
  return {};
}

Result<void> DeadLetterFiles::write(const std::string& text) {
  for (;;) {
    const auto path = path_of(next_number_);
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0 && errno == EEXIST) {  // another process was faster
      ++next_number_;
      continue;
    }
    if (fd < 0) return fail(system_error(path, errno));
    const int problem = write_through(fd, text, directory_);
    (void)::close(fd);
    if (problem != 0) {
      (void)::unlink(path.c_str());
      return fail(system_error(path, problem));
    }
    ++next_number_;
    return {};
  }
}

Result<std::vector<DeadLetter>> DeadLetterFiles::oldest(std::size_t max) const {
  DECNET_TRY(const auto there, numbers());
  std::vector<DeadLetter> letters;
  for (const std::int64_t number : there) {
    if (letters.size() >= max) break;
    auto letter = read_letter(path_of(number), number);
    if (letter) {
      letters.push_back(*std::move(letter));
    } else if (letter.error().code != ErrorCode::kNotFound) {  // dropped meanwhile
      log::warning("storage", letter.error().message);
    }
  }
  return letters;
}

Result<std::optional<DeadLetter>> DeadLetterFiles::find(std::int64_t number) const {
  auto letter = read_letter(path_of(number), number);
  if (letter) return std::optional(*std::move(letter));
  if (letter.error().code == ErrorCode::kNotFound) return std::optional<DeadLetter>();
  return fail(std::move(letter).error());
}

Result<bool> DeadLetterFiles::drop(std::int64_t number) {
  const auto path = path_of(number);
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return fail(system_error(path, errno));
}

}  // namespace decnet::storage
