#include "decnet/follow/rotation.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

namespace decnet::follow {
namespace {

constexpr std::string_view kCompressed = ".gz";

using Numbers = std::vector<std::uint64_t>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Run {
  std::uint64_t value = 0;
  std::size_t digits = 0;
};

// The numbers a name's rest begins with, with one of "-_.:T" between them: "2024-05-01.2.gz".
std::vector<Run> runs_of(std::string_view rest) {
  std::vector<Run> runs;
  while (!rest.empty() && is_digit(rest[0])) {
    Run run;
    const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), run.value);
    if (end.ec != std::errc()) return {};
    run.digits = static_cast<std::size_t>(end.ptr - rest.data());
    runs.push_back(run);
    rest.remove_prefix(run.digits);
    if (rest.empty() || std::string_view("-_.:T").find(rest[0]) == std::string_view::npos) break;
    rest.remove_prefix(1);
  }
  return runs;
}

// What a name says of the order: a date, with whatever else tells the time of day or the next of
// that day, or a number.
struct Said {
  Numbers date;
  Numbers number;
};

Said said_by(std::string_view rest) {
  constexpr std::size_t kShortestDate = 6;   // "240501"; also seconds since 1970
  constexpr std::size_t kLongestNumber = 3;  // "2024" is a year
  std::vector<Run> runs = runs_of(rest);
  if (runs.empty()) return {};
  if (runs.size() >= 3 && runs[0].digits == 4) {  // "2024-05-01", and "2024_5_1" as Twisted has it
    runs[2].value += runs[0].value * 10'000 + runs[1].value * 100;
    runs.erase(runs.begin(), runs.begin() + 2);
  } else if (runs[0].digits < kShortestDate) {
    const bool is_number = runs.size() == 1 && runs[0].digits <= kLongestNumber;
    return is_number ? Said{{}, {runs[0].value}} : Said{};
  }
  Said said;
  for (const Run& run : runs) said.date.push_back(run.value);
  return said;
}

// A file and what its name says.
using Named = std::pair<Numbers, RotatedFile>;

bool is_counted_upwards(const std::vector<Named>& by_time) {
  const auto disagree = [](const Named& a, const Named& b) {
    return a.first >= b.first || a.second.modified_ns == b.second.modified_ns;
  };
  return by_time.size() >= 3 &&
         std::adjacent_find(by_time.begin(), by_time.end(), disagree) == by_time.end();
}

// Puts those whose names say something of that kind into the order that they say, in the places
// that they have together.
void order_by(Numbers Said::*kind, std::string_view log, std::vector<RotatedFile>& files) {
  std::vector<Named> named;
  std::vector<RotatedFile*> places;
  for (RotatedFile& file : files) {
    const std::string name = std::filesystem::path(file.path).filename().string();
    Numbers said = said_by(std::string_view(name).substr(log.size() + 1)).*kind;
    if (said.empty()) continue;
    places.push_back(&file);
    named.emplace_back(std::move(said), file);
  }
  const bool upwards = kind == &Said::date || is_counted_upwards(named);
  std::stable_sort(named.begin(), named.end(), [upwards](const Named& a, const Named& b) {
    return upwards ? a.first < b.first : b.first < a.first;
  });
  for (std::size_t i = 0; i < places.size(); ++i) *places[i] = std::move(named[i].second);
}

}  // namespace

bool is_compressed_name(std::string_view path) { return path.ends_with(kCompressed); }

std::string_view without_compression(std::string_view path) {
  if (is_compressed_name(path)) path.remove_suffix(kCompressed.size());
  return path;
}

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::vector<RotatedFile> rotated_files(const std::string& path) {
  const std::filesystem::path log(path);
  const std::string name = log.filename().string();
  const auto directory = log.has_parent_path() ? log.parent_path() : std::filesystem::path(".");
  std::vector<RotatedFile> found;
  std::error_code problem;
  for (std::filesystem::directory_iterator entry(directory, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const std::string other = entry->path().filename().string();
    if (other.size() <= name.size() + 1 || !other.starts_with(name)) continue;
    if (std::string_view(".-_").find(other[name.size()]) == std::string_view::npos) continue;
    struct stat status {};
    if (::stat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const std::string_view rest = std::string_view(other).substr(name.size() + 1);
    found.push_back({.path = entry->path().string(),
                     .device = status.st_dev,
                     .inode = status.st_ino,
                     .size = static_cast<std::uint64_t>(status.st_size),
                     .modified_ns = nanoseconds(status.st_mtim),
                     .is_numbered = is_digit(rest[0]) || rest.starts_with("old")});
  }
  std::sort(found.begin(), found.end(), [](const RotatedFile& a, const RotatedFile& b) {
    return std::tie(a.modified_ns, a.path) < std::tie(b.modified_ns, b.path);
  });
  order_by(&Said::number, name, found);
  order_by(&Said::date, name, found);
  if (found.size() > kMaxRotated) {
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(kMaxRotated));
  }
  return found;
}

}  // namespace decnet::follow
