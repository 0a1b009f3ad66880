#include "decnet/base/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <optional>

#include "decnet/base/clock.h"
#include "decnet/base/rotated_file.h"
#include "decnet/base/utf8.h"

namespace decnet::log {
namespace {

// For a process that was told nothing about logging.
Settings unstarted() {
  return {.file = {},
          .level = Level::kWarning,
          .stderr_level = Level::kWarning,
          .stderr_form = Form::kPlain};
}

struct State {
  std::mutex mutex;
  Settings settings;
  std::optional<RotatedFile> file;
  bool file_fails = false;  // said once, until it works again
  std::string host = "-";
  bool capturing = false;
  std::vector<Record> captured;
};

State& state() {
  // Never destroyed: destructors of other statics may still have something to say.
  static State* const the_state = [] {
    auto* made = new State;
    made->settings = unstarted();
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0') made->host = name.data();
    return made;
  }();
  return *the_state;
}

std::string_view word(Level level) {
  constexpr std::array<std::string_view, 5> kWords = {"debug", "info", "warning", "error",
                                                      "critical"};
  return kWords[static_cast<std::size_t>(level)];
}

// Facility local0 (16 · 8) and the severity of RFC 5424, table 2.
int priority(Level level) {
  constexpr std::array<int, 5> kSeverities = {7, 6, 4, 3, 2};
  return 128 + kSeverities[static_cast<std::size_t>(level)];
}

std::string record_line(const std::string& host, Level level, std::string_view component,
                        std::string_view message) {
  std::string time =
      to_sql_text(system_clock().now());  // unlike ISO text, it always has a fraction
  time[10] = 'T';
  return fmt::format("<{}>1 {}+00:00 {} {} {} decnet{}{} - {}\n", priority(level), time, host,
                     component.empty() ? "decnet" : component, getpid(),
                     component.empty() ? "" : ".", component, message);
}

// Erases the line first: a progress line may stand there.
std::string plain_line(Level level, std::string_view message) {
  return fmt::format("{}decnet: {}: {}\n", isatty(STDERR_FILENO) != 0 ? "\r\x1b[K" : "",
                     word(level), message);
}

void write_to_stderr(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody is left to be told
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

void write_to_stderr(const State& current, Level level, std::string_view component,
                     std::string_view message) {
  write_to_stderr(current.settings.stderr_form == Form::kPlain
                      ? plain_line(level, message)
                      : record_line(current.host, level, component, message));
}

std::string one_line(std::string_view message) {
  if (message.size() <= kMaxMessageBytes) return printable(message);
  return printable(utf8_prefix(message, kMaxMessageBytes)) + "…";
}

}  // namespace

void start(const Settings& settings) {
  State& current = state();
  const std::lock_guard lock(current.mutex);
  current.settings = settings;
  current.file_fails = false;
  current.file.reset();
  if (!settings.file.empty()) current.file.emplace(settings.file, kMaxFileBytes, kFileBackups);
}

void stop() { start(unstarted()); }

void write(Level level, std::string_view component, std::string_view message) {
  State& current = state();
  const std::lock_guard lock(current.mutex);
  const std::string safe = one_line(message);
  if (current.capturing) {
    current.captured.push_back({level, std::string(component), safe});
    return;
  }
  if (level < current.settings.level) return;
  if (level >= current.settings.stderr_level) write_to_stderr(current, level, component, safe);
  if (!current.file) return;
  const auto appended = current.file->append(record_line(current.host, level, component, safe));
  if (!appended && !current.file_fails) {
    write_to_stderr(
        current, Level::kWarning, "cli",
        one_line(fmt::format("the log file cannot be written: {}", appended.error().message)));
  }
  current.file_fails = !appended;
}

Capture::Capture() {
  State& current = state();
  const std::lock_guard lock(current.mutex);
  current.capturing = true;
  current.captured.clear();
}

Capture::~Capture() {
  State& current = state();
  const std::lock_guard lock(current.mutex);
  current.capturing = false;
  current.captured.clear();
}

std::vector<Record> Capture::records() const {
  State& current = state();
  const std::lock_guard lock(current.mutex);
  return current.captured;
}

}  // namespace decnet::log
