#include "decnet/storage/dead_letter_files.h"

#include <fmt/format.h>

#include <algorithm>
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
// More than can be added in a lifetime: what counts on from a file's name does not overflow.
constexpr std::int64_t kMaxNumber = 1'000'000'000'000'000;

std::string name_of(std::int64_t number) { return fmt::format("{}{}{}", kPrefix, number, kSuffix); }

std::optional<std::int64_t> number_of(const std::string& name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  const char* const begin = name.data() + kPrefix.size();
  const char* const end = name.data() + name.size() - kSuffix.size();
  std::int64_t number = 0;
  if (begin >= end) return std::nullopt;
  const auto [stop, problem] = std::from_chars(begin, end, number);
  if (problem != std::errc() || stop != end || number < 1 || number > kMaxNumber) {
    return std::nullopt;
  }
  return number;
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
  return directory_ / name_of(number);
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

Result<void> DeadLetterFiles::add(const DeadLetter& letter) {
  const std::string text = to_json(letter).dump() + "\n";
  DECNET_TRY(auto directory, open(OwnedDirectory::Missing::kCreate));
  DECNET_TRY(const auto there, numbers());
  std::uint64_t bytes = 0;
  for (const std::int64_t number : there) {
    std::error_code gone;
    const std::uintmax_t size = std::filesystem::file_size(path_of(number), gone);
    if (!gone) bytes += size;
  }
  if (there.size() >= limits_.count || bytes + text.size() > limits_.bytes) {
    return fail(ErrorCode::kConflict,
                fmt::format("{}: holds {} letters of {} bytes, no more are kept",
                            directory_.string(), there.size(), bytes));
  }
  // Not that of one that was dropped since: whoever notes a number means one letter.
  if (!there.empty()) next_number_ = std::max(next_number_, there.back() + 1);
  DECNET_CHECK(directory.replace(name_of(next_number_), text));
  ++next_number_;
  return {};
}

Result<OwnedDirectory> DeadLetterFiles::open(OwnedDirectory::Missing missing) const {
  auto opened = OwnedDirectory::open(directory_, missing, OwnedDirectory::Locked::kWait);
  if (opened || opened.error().code != ErrorCode::kConflict) return opened;
  return fail(ErrorCode::kUnavailable, opened.error().message);  // it passes, as limits do not
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
  auto directory = open(OwnedDirectory::Missing::kFail);
  if (directory) return directory->remove(name_of(number));
  if (directory.error().code == ErrorCode::kNotFound) return false;
  return fail(std::move(directory).error());
}

}  // namespace decnet::storage
