#include "tests/torture/workload.h"

#include <fmt/format.h>

#include <stdexcept>

#include "decnet/storage/repository.h"
#include "decnet/worker/upstream.h"
#include "tests/rule_pack.h"
#include "tests/sqlite_file.h"

namespace decnet::torture {
namespace {

constexpr int kAttackers = 8;
constexpr int kLate = 99;

std::string address(int attacker) { return fmt::format("198.51.100.{}", attacker); }
std::string uuid(int attacker) { return fmt::format("attacker-{}", attacker); }

void add_attacker(const std::filesystem::path& database, int attacker) {
  test::SqliteFile(database).run(fmt::format(
      "PRAGMA busy_timeout = 60000;"
      "INSERT OR IGNORE INTO attackers (uuid, ip, first_seen, last_seen, event_count, "
      "service_count, decky_count, services, deckies, is_traversal, bounty_count, "
      "credential_count, fingerprints, commands, rotation_count, ipv6_leak_count, updated_at) "
      "VALUES ('{}', '{}', '2026-01-01 00:00:00.000000', '2026-03-04 10:00:00.000000', 1, 1, 1, "
      "'[]', '[]', 0, 0, 0, '[]', '[]', 0, 0, '2026-01-01 00:00:00.000000')",
      uuid(attacker), address(attacker)));
}

// The rows that the database has, or will have.
class KnownAttackers final : public worker::AttackerDirectory {
 public:
  Result<std::optional<Attacker>> by_ip(std::string_view ip) override {
    const auto dot = ip.rfind('.');
    return std::optional(Attacker{"attacker-" + std::string(ip.substr(dot + 1)), std::nullopt});
  }
  Result<std::optional<Json>> intel_to_catch_up(std::string_view) override {
    return std::optional<Json>();
  }
};

}  // namespace

Workload::Workload(std::uint64_t seed)
    : random_(seed), tagger_(test::shipped_pack().rules, system_clock()) {}

bus::Envelope Workload::next(bool of_late_attacker) {
  const std::string session = fmt::format("t-{:07}", number_);
  const int attacker =
      of_late_attacker ? kLate : static_cast<int>(number_ % static_cast<std::size_t>(kAttackers));
  ++number_;
  Json::Array commands;
  const std::size_t count = 1 + random_() % 6;
  for (std::size_t i = 0; i < count; ++i) {
    commands.push_back(Json::object({{"id", fmt::format("{}#{}", session, i)},
                                     {"command_text", test::invented_command(random_)},
                                     {"ts", "2026-03-04T10:00:05+00:00"},
                                     {"decky", "web-07"},
                                     {"service", "bash"}}));
  }
  auto event = bus::make_envelope("attacker.session.ended", "session.ended",
                                  Json::object({{"session_id", session},
                                                {"attacker_uuid", Json()},
                                                {"attacker_ip", address(attacker)},
                                                {"decky_id", "d-1"},
                                                {"service", "ssh"},
                                                {"commands", std::move(commands)}}),
                                  system_clock().now());
  expect(event, session);
  return event;
}

void Workload::expect(const bus::Envelope& event, const std::string& session) {
  KnownAttackers attackers;
  const auto expansion = worker::expand(event, attackers);
  if (!expansion) throw std::runtime_error(expansion.error().message);
  auto& uuids = expected_[session];
  for (const Tag& tag : tagger_.tag(expansion->events)) {
    if (tag.confidence >= storage::kConfidenceFloor) uuids.insert(tag.uuid);
  }
}

void Workload::add_attackers(const std::filesystem::path& database) {
  for (int i = 0; i < kAttackers; ++i) add_attacker(database, i);
}

void Workload::add_late_attacker(const std::filesystem::path& database) {
  add_attacker(database, kLate);
}

}  // namespace decnet::torture
