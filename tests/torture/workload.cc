#include "tests/torture/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "decnet/pipeline/stored_events.h"
#include "decnet/storage/repository.h"
#include "decnet/worker/upstream.h"
#include "tests/rule_pack.h"

namespace decnet::torture {
namespace {

constexpr std::size_t kKnownAttackers = 8;
constexpr std::size_t kLatestRow = 3000;  // milliseconds after its event
constexpr std::string_view kSessionPrefix = "session-";
constexpr std::string_view kOwnPrefix = "attacker-of-";

// Of a known attacker, or of the one that belongs to an event alone.
std::string known_address(std::size_t attacker) { return fmt::format("198.51.100.{}", attacker); }
std::string known_uuid(std::size_t attacker) { return fmt::format("known-{}", attacker); }
std::string own_address(std::size_t number) { return fmt::format("2001:db8::{:x}", number + 1); }
std::string own_uuid(std::size_t number) { return fmt::format("{}{:07}", kOwnPrefix, number); }

std::optional<std::size_t> number_after(std::string_view prefix, std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  std::size_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

SourceRow attacker_row(std::string uuid, std::string ip, std::string commands) {
  const std::string now = to_sql_text(system_clock().now());
  return {"attackers",
          {{"uuid", std::move(uuid)},
           {"ip", std::move(ip)},
           {"first_seen", now},
           {"last_seen", now},
           {"updated_at", now},
           {"event_count", "1"},
           {"service_count", "1"},
           {"decky_count", "1"},
           {"services", "[]"},
           {"deckies", "[]"},
           {"is_traversal", "0"},
           {"bounty_count", "0"},
           {"credential_count", "0"},
           {"fingerprints", "[]"},
           {"commands", std::move(commands)},
           {"rotation_count", "0"},
           {"ipv6_leak_count", "0"}}};
}

// As if every row were there.
class AllAttackers final : public worker::AttackerDirectory {
 public:
  explicit AllAttackers(std::size_t number) : number_(number) {}
  Result<std::optional<Attacker>> by_ip(std::string_view ip) override {
    const auto known = number_after("198.51.100.", ip);
    return std::optional(Attacker{known ? known_uuid(*known) : own_uuid(number_), std::nullopt});
  }
  Result<std::optional<Json>> intel_to_catch_up(std::string_view) override {
    return std::optional<Json>();
  }
  Result<std::vector<std::optional<std::string>>> tagged_from_history(
      std::string_view, std::span<const storage::TypedCommand> commands) override {
    return std::vector<std::optional<std::string>>(commands.size());
  }

 private:
  std::size_t number_;
};

std::string said_by(const Tag& tag) {
  return fmt::format("{} {} {}", tag.rule_id.text(), tag.technique_id.text(),
                     tag.sub_technique_id ? tag.sub_technique_id->text() : "");
}

}  // namespace

std::optional<std::size_t> event_of(const TagRow& tag) {
  if (const auto own = number_after(kOwnPrefix, tag.attacker_uuid)) return own;
  return number_after(kSessionPrefix, tag.session_id);
}

std::string signature_of(const TagRow& tag) {
  return tag.attacker_uuid.starts_with(kOwnPrefix) ? tag.said : tag.uuid;
}

std::size_t Comparison::count(Fate fate) const {
  return static_cast<std::size_t>(std::count(fates.begin(), fates.end(), fate));
}

Workload::Workload(std::uint64_t seed)
    : random_(seed), tagger_(test::shipped_pack().rules, system_clock()) {}

std::vector<SourceRow> Workload::known_attackers() {
  std::vector<SourceRow> rows;
  for (std::size_t i = 0; i < kKnownAttackers; ++i) {
    rows.push_back(attacker_row(known_uuid(i), known_address(i), "[]"));
  }
  return rows;
}

NumberedEvent Workload::next() {
  switch (random_() % 10) {
    case 0:
    case 1:
      return next(Kind::kNewAttacker);
    case 2:
      return next(Kind::kTrigger);
    default:
      return next(Kind::kSession);
  }
}

NumberedEvent Workload::next(Kind kind) {
  return kind == Kind::kTrigger ? trigger() : session(kind == Kind::kNewAttacker);
}

NumberedEvent Workload::session(bool of_new_attacker) {
  NumberedEvent event;
  event.number = number_++;
  const std::string session = fmt::format("{}{:07}", kSessionPrefix, event.number);
  const UtcTime began = system_clock().now();
  Json::Array commands;
  storage::AttackerCommands stored{own_uuid(event.number), std::nullopt, {}};
  const std::size_t count = 1 + random_() % 6;
  for (std::size_t i = 0; i < count; ++i) {
    // The first one always shows a technique: no event goes without a tag.
    const std::string text = i == 0 ? "whoami" : test::invented_command(random_);
    const std::string instant = to_iso_text(began + std::chrono::milliseconds(i));
    commands.push_back(Json::object({{"id", fmt::format("{}#{}", session, i)},
                                     {"command_text", text},
                                     {"ts", instant},
                                     {"decky", "web-07"},
                                     {"service", "bash"}}));
    stored.commands.push_back(Json::object(
        {{"service", "bash"}, {"decky", "web-07"}, {"command", text}, {"timestamp", instant}}));
  }
  const std::string address =
      of_new_attacker ? own_address(event.number) : known_address(event.number % kKnownAttackers);
  event.envelope = bus::make_envelope("attacker.session.ended", "session.ended",
                                      Json::object({{"session_id", session},
                                                    {"attacker_uuid", Json()},
                                                    {"attacker_ip", address},
                                                    {"decky_id", "decoy-1"},
                                                    {"service", "ssh"},
                                                    {"ended_at", to_iso_text(began)},
                                                    {"commands", std::move(commands)}}),
                                      began);
  std::vector<Event> copy;
  if (of_new_attacker) {
    event.rows.push_back(
        attacker_row(stored.uuid, address,
                     Json(Json::Array(stored.commands.begin(), stored.commands.end())).dump()));
    event.rows_after = std::chrono::milliseconds(random_() % kLatestRow);
    for (std::size_t i = 0; i < stored.commands.size(); ++i) {
      if (auto command = pipeline::command_event(stored, i, stored.commands[i])) {
        copy.push_back(*std::move(command));
      }
    }
  }
  expect(event, copy);
  return event;
}

NumberedEvent Workload::trigger() {
  NumberedEvent event;
  event.number = number_++;
  const UtcTime now = system_clock().now();
  const std::string id = fmt::format("trigger-{:07}", event.number);
  const std::string address = own_address(event.number);
  event.envelope = bus::make_envelope("canary.token-1.triggered", "",
                                      Json::object({{"token_id", "token-1"},
                                                    {"trigger_id", id},
                                                    {"decky_name", "decoy-1"},
                                                    {"src_ip", address},
                                                    {"user_agent", "Mozilla/5.0"},
                                                    {"request_path", "/c/1"},
                                                    {"dns_qname", Json()},
                                                    {"navigator_webdriver", true}}),
                                      now);
  storage::CanaryTrigger stored;
  stored.uuid = id;
  stored.token_uuid = "token-1";
  stored.occurred_at = now;
  stored.src_ip = address;
  stored.raw_headers = Json::parse(R"({"_fp":{"nav":{"wd":true}}})").value();
  event.rows.push_back(attacker_row(own_uuid(event.number), address, "[]"));
  event.rows.push_back({"canary_triggers",
                        {{"uuid", id},
                         {"token_uuid", stored.token_uuid},
                         {"occurred_at", to_sql_text(now)},
                         {"src_ip", address},
                         {"raw_headers", stored.raw_headers.dump()}}});
  Event copy = pipeline::trigger_event(std::move(stored));
  copy.attacker_uuid = own_uuid(event.number);
  expect(event, {copy});
  return event;
}

void Workload::count(const Event& event, TagCounts& counts) const {
  for (const Tag& tag : tagger_.tag(event)) {
    if (tag.confidence < storage::kConfidenceFloor) continue;
    ++counts[signature_of({tag.uuid, tag.attacker_uuid.value_or(""), "", said_by(tag)})];
  }
}

void Workload::expect(const NumberedEvent& event, const std::vector<Event>& copy) {
  AllAttackers attackers(event.number);
  const auto expansion = worker::expand(event.envelope, attackers);
  if (!expansion) throw std::runtime_error(expansion.error().message);
  Expected expected;
  for (const Event& live : expansion->events) count(live, expected.from_bus);
  for (const Event& stored : copy) count(stored, expected.from_database);
  if (expected.from_bus.empty() || (!copy.empty() && expected.from_database.empty())) {
    throw std::runtime_error("an event of the workload shows no technique");
  }
  const std::lock_guard lock(mutex_);
  expected_.push_back(std::move(expected));
}

Comparison Workload::compare(const std::map<std::size_t, TagCounts>& stored) const {
  static const TagCounts kNone;
  Comparison comparison;
  const std::lock_guard lock(mutex_);
  for (std::size_t number = 0; number < expected_.size(); ++number) {
    const Expected& expected = expected_[number];
    const auto entry = stored.find(number);
    const TagCounts& found = entry == stored.end() ? kNone : entry->second;
    const bool too_many = std::any_of(found.begin(), found.end(), [&](const auto& tag) {
      const auto allowed = expected.from_bus.find(tag.first);
      return allowed == expected.from_bus.end() || tag.second > allowed->second;
    });
    Fate fate = Fate::kTorn;
    if (too_many) {
      fate = Fate::kDoubled;
    } else if (found == expected.from_bus ||
               (!expected.from_database.empty() && found == expected.from_database)) {
      fate = Fate::kWhole;
    } else if (found.empty()) {
      fate = Fate::kAbsent;
    }
    comparison.fates.push_back(fate);
    comparison.in_database.push_back(!expected.from_database.empty());
    for (const auto& [signature, times] : expected.from_bus) comparison.expected_tags += times;
  }
  return comparison;
}

}  // namespace decnet::torture
