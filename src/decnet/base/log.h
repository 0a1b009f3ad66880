// Log records for operators: RFC 5424 lines on stderr and in a rotated file.
//
//   <134>1 2026-04-25T06:23:30.123456+00:00 host ttp.worker 4711 decnet.ttp.worker - message
//
// Threads:  any; records of several threads do not mix.
// Safety:   a message is one line whatever is in it (printable(), at most kMaxMessageBytes), so
//           that an attacker's text cannot forge a record or steer a terminal. Never log a command,
//           a password or a mail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace decnet::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarning, kError, kCritical };

inline constexpr std::size_t kMaxMessageBytes = 8192;
inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{10} << 20;
inline constexpr int kFileBackups = 5;

// How a record looks on stderr. The file always holds RFC 5424 lines.
enum class Form : std::uint8_t {
  kRecord,  // RFC 5424: for a service manager, a file, another program
  kPlain,   // "decnet: warning: message": for a person at a terminal
};

struct Settings {
  std::filesystem::path file;  // empty: stderr only
  Level level = Level::kInfo;
  Level stderr_level = Level::kInfo;  // what of it goes to stderr too
  Form stderr_form = Form::kRecord;
};

// Sets the sinks. Until it is called, warnings and worse go to stderr in plain form. The file is
// created by the first record, rotated at 10 MiB with 5 backups ("<file>.1" is the youngest), and
// opened again when it was moved or deleted. A file that cannot be written costs a WARNING on
// stderr, never the program.
void start(const Settings& settings);

// Closes the file; as before start().
void stop();

// `component` names who speaks: cli, ttp.worker, ttp.engine, ttp.store.filesystem, …
void write(Level level, std::string_view component, std::string_view message);

inline void debug(std::string_view component, std::string_view message) {
  write(Level::kDebug, component, message);
}
inline void info(std::string_view component, std::string_view message) {
  write(Level::kInfo, component, message);
}
inline void warning(std::string_view component, std::string_view message) {
  write(Level::kWarning, component, message);
}
inline void error(std::string_view component, std::string_view message) {
  write(Level::kError, component, message);
}

struct Record {
  Level level = Level::kInfo;
  std::string component;
  std::string message;
  friend bool operator==(const Record&, const Record&) = default;
};

// While it lives, it gets the records of every level and every thread, and the sinks get none.
// For tests of what is logged. One at a time.
class Capture {
 public:
  Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture();
  [[nodiscard]] std::vector<Record> records() const;
};

}  // namespace decnet::log
