// Upstream: one bus message, and the events the tagger gets from it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/bus/envelope.h"
#include "decnet/model/event.h"
#include "decnet/storage/activity.h"
#include "decnet/storage/seen_commands.h"

namespace decnet::worker {

// What the database knows of an attacker, as far as building events needs it. Errors of the
// database (kUnavailable) mean: this message later.
class AttackerDirectory {
 public:
  struct Attacker {
    std::string uuid;
    std::optional<std::string> identity_uuid;
  };
  virtual ~AttackerDirectory() = default;
  // Of several rows with that address, the one seen last.
  virtual Result<std::optional<Attacker>> by_ip(std::string_view ip) = 0;
  // The projection of the attacker's intel row that is payload of an intel event, when there is one
  // that no intel tag of this attacker is newer than.
  virtual Result<std::optional<Json>> intel_to_catch_up(std::string_view attacker_uuid) = 0;
  // For each of these commands of the attacker: the id under which it was tagged already, from his
  // history; nothing for the others, whatever came live.
  virtual Result<std::vector<std::optional<std::string>>> tagged_from_history(
      std::string_view attacker_uuid, std::span<const storage::TypedCommand> commands) = 0;

  // As of storage::Activity. A directory without one knows nothing of it.
  virtual Result<std::optional<storage::Beacon>> beacon_of(std::string_view /*attacker_uuid*/) {
    return std::optional<storage::Beacon>();
  }
  virtual Result<std::optional<storage::SharedPassword>> shared_password(
      std::string_view /*identity_uuid*/) {
    return std::optional<storage::SharedPassword>();
  }
  virtual Result<std::optional<std::string>> reused_secret(std::string_view /*finding*/) {
    return std::optional<std::string>();
  }
};

// What all events of one message may repeat of it together: ids for each command, the payload for
// each attacker of a reuse finding. Without a bound one frame of 1 MiB could become gigabytes.
inline constexpr std::size_t kMaxRepeatedBytes = std::size_t{8} << 20;

struct Expansion {
  enum class Outcome {
    kEvents,           // in the order they are to be tagged
    kNotDispatchable,  // nothing to do, ever: `reason` says why
    kUnknownAttacker,  // `ip` has no row yet; it usually appears seconds later
    kOversized,        // its events would repeat more than kMaxRepeatedBytes: `reason` says what
  };
  Outcome outcome = Outcome::kNotDispatchable;
  std::vector<Event> events;
  std::string reason;
  std::string ip;
};

// Builds the events of one message: resolves the attacker, chooses the source id, fans a session
// out into its commands and what they add up to, a reuse finding into its attackers, and adds
// stored intel to a session's end, how an attacker comes back to his sessions, what is known of
// passwords to identities and reuse findings. The fingerprint of an attacker's own server (types
// `jarm` and `hassh`) becomes a session event. A command that catch-up or a backfill met before the
// bus brought it keeps the id it got then. Never fails for what is in the message: a wrong type is
// no signal. Errors: of the directory.
Result<Expansion> expand(const bus::Envelope& message, AttackerDirectory& directory);

}  // namespace decnet::worker
