#include "decnet/bus/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "decnet/base/file.h"

namespace decnet::bus {
namespace {

constexpr std::string_view kPrefix = "spool-";
constexpr std::string_view kSuffix = ".jsonl";
constexpr std::string_view kUnreadable = ".unreadable";

std::optional<std::uint64_t> number_of(const std::string& name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  const char* begin = name.data() + kPrefix.size();
  const char* end = name.data() + name.size() - kSuffix.size();
  std::uint64_t number = 0;
  const auto [stop, problem] = std::from_chars(begin, end, number);
  if (problem != std::errc() || stop != end || begin == end) return std::nullopt;
  return number;
}

// Whether nothing can be opened now, which says nothing of the file.
bool out_of_descriptors(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return errno == EMFILE || errno == ENFILE || errno == ENOMEM;
  (void)::close(fd);
  return false;
}

// A file's name survives a power failure only when its directory was synced too.
void sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)::fsync(fd);
  (void)::close(fd);
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::open(std::filesystem::path directory) {
  return open(std::move(directory), Limits{});
}

Result<std::unique_ptr<Spool>> Spool::open(std::filesystem::path directory, Limits limits) {
  std::error_code problem;
  if (std::filesystem::create_directories(directory, problem)) {
    // What attackers typed is for the owner alone.
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, problem);
  }
  if (problem) return fail(system_error(directory, problem.value()));
  std::unique_ptr<Spool> spool(new Spool(std::move(directory), limits));
  DECNET_CHECK(spool->take_lock());
  for (std::filesystem::directory_iterator entry(spool->directory_, problem), end;
       !problem && entry != end; entry.increment(problem)) {
    std::error_code ignored;
    if (const auto number = number_of(entry->path().filename().string())) {
      // Whatever has the name: no file of ours can be made there.
      spool->next_number_ = std::max(spool->next_number_, *number + 1);
      if (!entry->is_regular_file(ignored)) continue;
      spool->waiting_.push_back(*number);
      const std::uintmax_t size = entry->file_size(ignored);
      spool->sizes_[*number] = ignored ? 0 : size;
      spool->bytes_ += spool->sizes_[*number];
    }
  }
  if (problem) return fail(system_error(spool->directory_, problem.value()));
  std::sort(spool->waiting_.begin(), spool->waiting_.end());
  return spool;
}

Spool::~Spool() {
  finish_file();
  if (lock_ != nullptr) (void)std::fclose(lock_);
}

Result<void> Spool::take_lock() {
  const std::filesystem::path path = directory_ / "lock";
  lock_ = std::fopen(path.c_str(), "ae");
  if (lock_ == nullptr) return fail(system_error(path, errno));
  if (::flock(::fileno(lock_), LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::kConflict,
                fmt::format("{}: another worker spools there; stop it, or give this one a "
                            "directory of its own (DECNET_SPOOL_DIR)",
                            directory_.string()));
  }
  return {};
}

std::filesystem::path Spool::path_of(std::uint64_t number) const {
  return directory_ / fmt::format("{}{}{}", kPrefix, number, kSuffix);
}

Result<void> Spool::start_file() {
  const std::uint64_t number = next_number_;
  out_ = std::fopen(path_of(number).c_str(), "ae");
  if (out_ == nullptr) return fail(system_error(path_of(number), errno));
  // No buffer: what a full disk refuses must not be written later all the same.
  (void)std::setvbuf(out_, nullptr, _IONBF, 0);
  ++next_number_;
  current_ = number;
  current_bytes_ = 0;
  return {};
}

void Spool::finish_file() {
  if (out_ == nullptr) return;
  (void)::fsync(::fileno(out_));
  (void)std::fclose(std::exchange(out_, nullptr));
  if (current_bytes_ > 0) {
    waiting_.push_back(current_);
    sizes_[current_] = current_bytes_;
    sync_directory(directory_);
  } else {
    std::error_code ignored;
    std::filesystem::remove(path_of(current_), ignored);
  }
  current_ = 0;
  current_bytes_ = 0;
}

Result<void> Spool::append(const Envelope& envelope) {
  const std::string line = encode(envelope) + '\n';
  if (bytes_ + line.size() > limits_.total_bytes) {
    return fail(ErrorCode::kUnavailable, fmt::format("{}: {} bytes are spooled, no more are kept",
                                                     directory_.string(), bytes_));
  }
  if (out_ != nullptr && current_bytes_ >= limits_.file_bytes) finish_file();
  if (out_ == nullptr) DECNET_CHECK(start_file());
  if (std::fwrite(line.data(), 1, line.size(), out_) != line.size()) {
    const int problem = errno;
    // What was written of the line is cut off again, so that the next one starts clean; where that
    // fails too, in a file of its own.
    if (::ftruncate(::fileno(out_), static_cast<off_t>(current_bytes_)) == 0) {
      std::clearerr(out_);
    } else {
      finish_file();
    }
    return fail(system_error(path_of(current_), problem));
  }
  current_bytes_ += line.size();
  bytes_ += line.size();
  return {};
}

Result<std::optional<Spool::File>> Spool::take(UtcTime now) {
  if (waiting_.empty()) finish_file();
  if (waiting_.empty()) return std::optional<File>();
  File file;
  file.number = waiting_.front();
  auto read = read_file(path_of(file.number));
  if (!read && out_of_descriptors(path_of(file.number))) return fail(std::move(read).error());
  waiting_.pop_front();
  if (!read) {
    file.damaged = 1;
    if (read.error().code != ErrorCode::kNotFound) {
      file.unreadable = read.error().message + "; " + set_aside(file.number);
    }
    return std::optional<File>(std::move(file));
  }
  const std::string content = *std::move(read);
  file.bytes = content.size();
  std::string_view rest = content;
  while (!rest.empty()) {
    const auto line_feed = rest.find('\n');
    const std::string_view line = rest.substr(0, line_feed);
    rest = line_feed == std::string_view::npos ? std::string_view() : rest.substr(line_feed + 1);
    const auto members = Json::parse(line);
    const Json* topic = members ? members->find("topic") : nullptr;
    if (topic == nullptr || topic->string() == nullptr) {
      ++file.damaged;
      continue;
    }
    file.envelopes.push_back(from_json(*topic->string(), *members, now));
  }
  return std::optional<File>(std::move(file));
}

// It is ours no more: done() would remove what somebody can still make readable. What lies there
// from an earlier time is kept too.
std::string Spool::set_aside(std::uint64_t number) {
  if (const auto size = sizes_.find(number); size != sizes_.end()) {
    bytes_ -= size->second;
    sizes_.erase(size);
  }
  std::filesystem::path aside = path_of(number);
  aside += kUnreadable;
  std::error_code problem;
  if (!std::filesystem::exists(std::filesystem::symlink_status(aside, problem))) {
    std::filesystem::rename(path_of(number), aside, problem);
    if (!problem) return "set aside as " + aside.filename().string();
  }
  return "skipped until the next start";
}

void Spool::done(std::uint64_t number) {
  const auto size = sizes_.find(number);
  if (size == sizes_.end()) return;
  bytes_ -= size->second;
  sizes_.erase(size);
  std::error_code ignored;
  std::filesystem::remove(path_of(number), ignored);
}

}  // namespace decnet::bus
