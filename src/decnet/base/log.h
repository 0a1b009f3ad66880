// Log records for operators: RFC 5424 lines on stderr and in a rotated file.
//
//   <134>1 2026-04-25T06:23:30.123456+00:00 host ttp.worker 4711 decnet.ttp.worker - message
//
// Threads:  any; records of several threads do not mix.
// Safety:   a message is one line whatever is in it (printable()), so that an attacker's text
//           cannot forge a record or steer a terminal. Never log a command, a password or a mail.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace decnet::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarning, kError, kCritical };

struct Settings {
  std::filesystem::path file;  // empty: stderr only
  Level level = Level::kInfo;
  bool to_stderr = true;
};

// Opens the sinks. Until it is called, warnings and worse go to stderr. A file that cannot be
// written costs a WARNING on stderr, never the program. The file is rotated at 10 MiB with 5
// backups, and opened again when it was moved or deleted.
void start(const Settings& settings);

// Writes everything out and closes the file.
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

}  // namespace decnet::log
