// Event: one piece of telemetry to be judged, whatever it came from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/json.h"

namespace decnet {

// The sorts of telemetry the tagger knows.
enum class SourceKind : std::uint8_t {
  kCommand,
  kSession,
  kIntel,
  kEmail,
  kCanaryFingerprint,
  kIdentity,
  kCredential,
  kAuthAttempt,
  kHttpRequest,
  kPayload,
  kHttpFingerprint,
  kIpv6Leak,
};

inline constexpr std::array<std::string_view, 12> kSourceKindNames = {
    "command",    "session",      "intel",        "email",   "canary_fingerprint", "identity",
    "credential", "auth_attempt", "http_request", "payload", "http_fingerprint",   "ipv6_leak"};

constexpr std::string_view to_string(SourceKind kind) {
  return kSourceKindNames[static_cast<std::size_t>(kind)];
}

// Nothing for a word that names no known kind: legal, but nobody claims it.
constexpr std::optional<SourceKind> source_kind(std::string_view name) {
  for (std::size_t i = 0; i < kSourceKindNames.size(); ++i) {
    if (kSourceKindNames[i] == name) return static_cast<SourceKind>(i);
  }
  return std::nullopt;
}

// The ids are text of the source, any characters, any length; an empty optional is null. source_id
// is stable: the same item met again has the same one, and with it the same tags.
struct Event {
  std::string source_kind;  // usually a name of kSourceKindNames
  std::string source_id;
  std::optional<std::string> attacker_uuid;
  std::optional<std::string> identity_uuid;
  std::optional<std::string> session_id;
  std::optional<std::string> decky_id;
  Json payload;  // an object

  // A tag must hang on an attacker or an identity; an event with neither yields none.
  [[nodiscard]] bool has_anchor() const { return attacker_uuid || identity_uuid; }

  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace decnet
