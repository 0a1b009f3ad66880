// ObservationBatch: what a stretch of log says, gathered by attacker, ready to be stored at once.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/storage/observations.h"

namespace decnet::importers {

// What a stretch of log says about one session of an attacker.
struct SessionSighting {
  std::string log;  // as begin_log() named it
  bool live = false;
  std::string ip;
  std::string decky;
  std::string id;  // empty when the log names none
  std::string service;
  UtcTime first;
  UtcTime last;
  std::optional<UtcTime> ended;      // nothing: it goes on
  std::optional<double> duration_s;  // as the log says
};

// What tells one session from another.
std::string session_key(std::string_view ip, std::string_view decky, std::string_view id);

class ObservationBatch {
 public:
  // Whether sessions are gathered too; off until this is called.
  void track_sessions() { tracks_sessions_ = true; }
  [[nodiscard]] bool tracks_sessions() const { return tracks_sessions_; }
  // The lines that follow are of this log. `live`: nobody has read them before.
  void begin_log(std::string_view name, bool live);

  // A line of a session. A line that begins a session (`starts`) whose end is known begins another
  // one of that name.
  SessionSighting& session(std::string_view ip, std::string_view decky, std::string_view id,
                           UtcTime time, bool starts = false);

  // An attacker was seen: on which decoy, through which service ("" for what is not known).
  storage::Observation& sighting(std::string_view ip, UtcTime time, std::string_view decky,
                                 std::string_view service);
  // A command, login, event or trigger of the attacker that sighting() gave.
  void add(storage::Observation& attacker, storage::ObservedCommand command);
  void add(storage::Observation& attacker, storage::ObservedLogin login);
  void add(storage::Observation& attacker, storage::ObservedEvent event);
  void add(storage::Observation& attacker, storage::ObservedTrigger trigger);

  // One an attacker, in the order first seen.
  [[nodiscard]] std::span<const storage::Observation> observations() const { return attackers_; }
  [[nodiscard]] bool empty() const { return attackers_.empty(); }
  // In the order first seen.
  [[nodiscard]] std::span<const SessionSighting> sessions() const { return sessions_; }
  // What it holds in memory, roughly.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  void clear();

 private:
  std::vector<storage::Observation> attackers_;
  std::unordered_map<std::string, std::size_t> by_ip_;  // index into attackers_
  bool tracks_sessions_ = false;
  bool live_ = false;
  std::string log_;
  std::vector<SessionSighting> sessions_;
  std::unordered_map<std::string, std::size_t> by_session_;  // index into sessions_, of the latest
  std::size_t bytes_ = 0;
};

}  // namespace decnet::importers
