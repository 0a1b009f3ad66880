#include "decnet/base/clock.h"

#include <fmt/format.h>

namespace decnet {
namespace {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

struct Parts {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::microseconds> time;
};

Parts split(UtcTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  return {std::chrono::year_month_day{day},
          std::chrono::hh_mm_ss<std::chrono::microseconds>{time - day}};
}

std::string date_and_time(const Parts& parts, char separator) {
  return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", static_cast<int>(parts.date.year()),
                     static_cast<unsigned>(parts.date.month()),
                     static_cast<unsigned>(parts.date.day()), separator, parts.time.hours().count(),
                     parts.time.minutes().count(), parts.time.seconds().count());
}

// Takes text apart from the left; every step answers whether what it wanted was there.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool digits(std::size_t count, int& value) {
    if (rest_.size() < count) return false;
    value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }

  bool one_of(std::string_view wanted) {
    if (rest_.empty() || wanted.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }

 private:
  std::string_view rest_;
};

// The fraction after the point, as microseconds. Further digits are read and dropped.
bool read_fraction(Reader& reader, int& microseconds) {
  int scale = 100'000;
  int digit = 0;
  bool any = false;
  microseconds = 0;
  while (reader.digits(1, digit)) {
    microseconds += digit * scale;
    scale /= 10;
    any = true;
  }
  return any;
}

bool read_offset(Reader& reader, std::chrono::minutes& offset) {
  offset = std::chrono::minutes{0};
  if (reader.at_end() || reader.one_of("Zz")) return reader.at_end();
  const bool west = reader.front() == '-';
  int hours = 0;
  int minutes = 0;
  if (!reader.one_of("+-") || !reader.digits(2, hours)) return false;
  reader.one_of(":");
  if (!reader.digits(2, minutes) || !reader.at_end() || hours > 23 || minutes > 59) return false;
  offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
  if (west) offset = -offset;
  return true;
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string to_sql_text(UtcTime time) {
  const Parts parts = split(time);
  return fmt::format("{}.{:06}", date_and_time(parts, ' '), parts.time.subseconds().count());
}

std::string to_iso_text(UtcTime time) {
  const Parts parts = split(time);
  const auto fraction = parts.time.subseconds().count();
  std::string text = date_and_time(parts, 'T');
  if (fraction != 0) text += fmt::format(".{:06}", fraction);
  return text + "+00:00";
}

std::optional<UtcTime> parse_time(std::string_view text) {
  Reader reader(text);
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int fraction = 0;
  if (!reader.digits(4, year) || !reader.one_of("-") || !reader.digits(2, month) ||
      !reader.one_of("-") || !reader.digits(2, day) || !reader.one_of("T t") ||
      !reader.digits(2, hour) || !reader.one_of(":") || !reader.digits(2, minute) ||
      !reader.one_of(":") || !reader.digits(2, second)) {
    return std::nullopt;
  }
  if (reader.one_of(".,") && !read_fraction(reader, fraction)) return std::nullopt;
  std::chrono::minutes offset{0};
  if (!read_offset(reader, offset)) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  // 60 is a leap second; it reads as the first moment of the next minute.
  if (!date.ok() || year < 1970 || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return UtcTime{std::chrono::sys_days{date}} + std::chrono::hours{hour} +
         std::chrono::minutes{minute} + std::chrono::seconds{second} +
         std::chrono::microseconds{fraction} - offset;
}

}  // namespace decnet
