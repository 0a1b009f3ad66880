// Time as this system speaks it: UTC, in microseconds. Every text form is written and read here.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace decnet {

using UtcTime = std::chrono::sys_time<std::chrono::microseconds>;

// Where "now" comes from. What needs the time gets a Clock through its constructor, so that tests
// can set it. Threads: implementations may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual UtcTime now() const = 0;
};

// The machine's clock. Lives as long as the program.
const Clock& system_clock();

// "2026-04-25 06:23:30.123456": how the databases store a time. Always six fractional digits, so
// that text order is time order.
std::string to_sql_text(UtcTime time);

// "2026-04-25T06:23:30.123456+00:00"; the fraction is left out when it is exactly zero.
std::string to_iso_text(UtcTime time);

// Reads the ISO 8601 shapes met in logs, payloads and databases: 'T' or a blank between date and
// time, seconds with a fraction of any length (cut to microseconds), and "Z", "+hh:mm", "+hhmm" or
// nothing (UTC) at the end. Anything else, and a year outside 1970–9999, gives nothing.
std::optional<UtcTime> parse_time(std::string_view text);

}  // namespace decnet
