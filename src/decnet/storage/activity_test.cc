#include "decnet/storage/activity.h"

#include <fmt/format.h>

#include "decnet/base/uuid.h"
#include "decnet/storage/test_backend.h"

namespace decnet::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

UtcTime minute(int count) { return test::at("2026-03-04 10:00:00") + std::chrono::minutes(count); }

ObservedLogin login(const std::string& id, int when, const std::string& user = "root",
                    const std::string& password = "x") {
  return {id, minute(when), "s-1", "decky-01", "ssh", user, password, false};
}

ObservedEvent event(const std::string& id, int when, SourceKind kind = SourceKind::kPayload) {
  return {id, kind, minute(when), "s-1", "decky-01", Json::object({{"transfer", "upload"}})};
}

class ActivityContract : public test::StorageTest {
 protected:
  MergeOutcome merge(const std::vector<Observation>& observations) {
    auto outcome = database_->observations().merge(observations);
    if (!outcome) ADD_FAILURE() << outcome.error().message;
    return outcome ? *outcome : MergeOutcome{};
  }
  static Observation of(const std::string& ip, std::vector<ObservedLogin> logins,
                        std::vector<ObservedEvent> events = {},
                        std::vector<ObservedTrigger> triggers = {}) {
    Observation made;
    made.ip = ip;
    made.first_seen = minute(0);
    made.last_seen = minute(60);
    made.logins = std::move(logins);
    made.events = std::move(events);
    made.triggers = std::move(triggers);
    return made;
  }
  std::string uuid_of(const std::string& ip) {
    return database_->attackers().by_ip(ip).value()->uuid;
  }
  Activity& activity() { return database_->activity(); }
  [[nodiscard]] bool kept() const { return GetParam().has_own_tables; }
};

INSTANTIATE_TEST_SUITE_P(Backends, ActivityContract, testing::ValuesIn(test::backends()),
                         test::backend_name);

TEST_P(ActivityContract, LoginsComeByAttackerAndTimePageByPage) {
  merge({of("192.0.2.1", {login("b", 5), login("a", 5), login("c", 1)}),
         of("192.0.2.2", {login("d", 0), login("e", 2)})});
  std::vector<std::string> seen;
  std::optional<AttackerLogin> last;
  for (;;) {
    const auto page = activity().logins_after(last ? &*last : nullptr, minute(1), 2).value();
    if (page.empty()) break;
    for (const auto& row : page) seen.push_back(row.login.id);
    last = page.back();
  }
  if (!kept()) {
    EXPECT_THAT(seen, IsEmpty());
    return;
  }
  const bool first_is_first = uuid_of("192.0.2.1") < uuid_of("192.0.2.2");
  EXPECT_EQ(seen, first_is_first ? std::vector<std::string>({"c", "a", "b", "e"})
                                 : std::vector<std::string>({"e", "c", "a", "b"}));
}

TEST_P(ActivityContract, OfOneAttackerTheNewestLogins) {
  merge({of("192.0.2.1", {login("a", 1), login("b", 2), login("c", 3)})});
  std::vector<std::string> ids;
  const auto found = activity().logins_of(uuid_of("192.0.2.1"), minute(0), 2).value();
  for (const auto& each : found) {
    ids.push_back(each.id);
  }
  EXPECT_EQ(ids, kept() ? std::vector<std::string>({"b", "c"}) : std::vector<std::string>());
}

TEST_P(ActivityContract, EventsAreStoredOnceWithTheEarliestTime) {
  const auto first = merge({of("192.0.2.1", {}, {event("a", 5), event("b", 6)})});
  EXPECT_EQ(first.events_kept, kept());
  EXPECT_EQ(first.new_events, kept() ? 2U : 0U);
  const auto again = merge({of("192.0.2.1", {}, {event("a", 3), event("b", 9)})});
  EXPECT_EQ(again.new_events, 0U);
  EXPECT_EQ(again.known_events, kept() ? 2U : 0U);
  EXPECT_THAT(again.events, IsEmpty());
  const auto all = activity().events_after(0, minute(0), 10).value();
  if (!kept()) {
    EXPECT_THAT(all, IsEmpty());
    return;
  }
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].event.time, minute(3));
  EXPECT_EQ(all[1].event.time, minute(6));
  EXPECT_EQ(all[0].attacker_uuid, uuid_of("192.0.2.1"));
  EXPECT_EQ(all[0].event.payload.dump(), R"({"transfer":"upload"})");
  EXPECT_EQ(store_->value("SELECT event_count FROM attackers"), "2");
}

TEST_P(ActivityContract, EventsComeInTheOrderOfRows) {
  merge({of("192.0.2.1", {}, {event("z", 5), event("a", 1), event("m", 9)})});
  if (!kept()) return;
  const auto page = activity().events_after(0, minute(2), 1).value();
  ASSERT_THAT(page, SizeIs(1));
  EXPECT_EQ(page[0].event.id, "z");
  const auto rest = activity().events_after(page[0].row, minute(2), 10).value();
  ASSERT_THAT(rest, SizeIs(1));
  EXPECT_EQ(rest[0].event.id, "m");
}

TEST_P(ActivityContract, OfOneKindAndAttackerByTime) {
  merge(
      {of("192.0.2.1", {}, {event("z", 5), event("a", 1), event("r", 2, SourceKind::kHttpRequest)}),
       of("192.0.2.2", {}, {event("o", 1)})});
  if (!kept()) return;
  std::vector<std::string> ids;
  const auto found = activity().events_of(uuid_of("192.0.2.1"), SourceKind::kPayload, 10).value();
  for (const auto& each : found) {
    ids.push_back(each.id);
  }
  EXPECT_THAT(ids, ElementsAre("a", "z"));
}

TEST_P(ActivityContract, AnEventThatSomebodyBrokeIsPassedOver) {
  merge({of("192.0.2.1", {}, {event("a", 1), event("b", 2)})});
  if (!kept()) return;
  store_->execute("UPDATE decnet_event SET payload = '[' WHERE id = 'a'");
  const auto all = activity().events_after(0, minute(0), 10).value();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].event.id, "b");
}

TEST_P(ActivityContract, TriggersAreRowsOfTheFramework) {
  const ObservedTrigger trigger{"t-1",
                                "token",
                                minute(1),
                                "curl/8",
                                std::nullopt,
                                "x.example",
                                Json::object({{"Accept", "*/*"}})};
  EXPECT_EQ(merge({of("192.0.2.1", {}, {}, {trigger})}).new_events, 1U);
  EXPECT_EQ(merge({of("192.0.2.1", {}, {}, {trigger})}).known_events, 1U);
  EXPECT_EQ(store_->value("SELECT uuid, token_uuid, occurred_at, src_ip, user_agent, request_path, "
                          "dns_qname, raw_headers FROM canary_triggers"),
            "t-1|token|2026-03-04 10:01:00.000000|192.0.2.1|curl/8|NULL|x.example|"
            R"({"Accept":"*/*"})");
  EXPECT_EQ(store_->value("SELECT attacker_id FROM canary_triggers"), uuid_of("192.0.2.1"));
}

TEST_P(ActivityContract, BeaconsAreOfTheFrameworksRow) {
  test::add_attacker(*store_, "a-1", "192.0.2.1", "2026-03-04 10:00:00.000000", "[]");
  test::add_attacker(*store_, "a-2", "192.0.2.2", "2026-03-04 10:00:00.000000", "[]");
  for (const auto* row : {"('a-1', 60.5, 4.2)", "('a-2', NULL, NULL)"}) {
    store_->execute(fmt::format(
        "INSERT INTO attacker_behavior (attacker_uuid, beacon_interval_s, beacon_jitter_pct, "
        "tcp_fingerprint, retransmit_count, timing_stats, phase_sequence, updated_at) SELECT *, "
        "'{{}}', 0, '{{}}', '{{}}', '2026-01-01 00:00:00.000000' FROM (VALUES {})",
        row));
  }
  const auto all = activity().beacons_after("", minute(0), 10).value();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].attacker_uuid, "a-1");
  EXPECT_DOUBLE_EQ(all[0].interval_s, 60.5);
  EXPECT_DOUBLE_EQ(all[0].jitter, 0.042);  // the row says percent
  EXPECT_THAT(activity().beacons_after("", minute(1), 10).value(), IsEmpty());
  EXPECT_TRUE(activity().beacon_of("a-1").value());
  EXPECT_FALSE(activity().beacon_of("a-2").value());
  EXPECT_FALSE(activity().beacon_of("a-3").value());
}

TEST_P(ActivityContract, ASharedPasswordIsTheOneOfMostAccounts) {
  merge({of("192.0.2.1",
            {login("a", 1, "root", "x"), login("b", 2, "admin", "x"), login("c", 3, "root", "y")}),
         of("192.0.2.2", {login("d", 1, "pi", "x")})});
  store_->execute("UPDATE attackers SET identity_id = 'i-1'");
  const auto shared = activity().shared_password("i-1").value();
  if (kept()) {
    ASSERT_TRUE(shared);
    EXPECT_EQ(shared->sha256, sha256_hex("x"));
    EXPECT_EQ(shared->accounts, 3);
  } else {
    EXPECT_FALSE(shared);
  }
  EXPECT_FALSE(activity().shared_password("i-2").value());
  EXPECT_THAT(activity().identities_after("", minute(0), 10).value(), ElementsAre("i-1"));
  EXPECT_THAT(activity().identities_after("i-1", minute(0), 10).value(), IsEmpty());
}

TEST_P(ActivityContract, PasswordsTheFrameworkSawCountToo) {
  test::add_attacker(*store_, "a-1", "192.0.2.1", "2026-03-04 10:00:00.000000", "[]");
  store_->execute("UPDATE attackers SET identity_id = 'i-1'");
  for (const auto* account : {"root", "admin"}) {
    store_->execute(fmt::format(
        "INSERT INTO credentials (attacker_ip, attacker_uuid, decky_name, service, principal_key, "
        "secret_kind, secret_sha256, fields, first_seen, last_seen, attempt_count) VALUES "
        "('192.0.2.1', 'a-1', 'd', 'ssh', '{}', 'plaintext', 'abc', '{{}}', "
        "'2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', 1)",
        account));
  }
  const auto shared = activity().shared_password("i-1").value();
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->sha256, "abc");
  EXPECT_EQ(shared->accounts, 2);
}

TEST_P(ActivityContract, AFindingIsOfASecret) {
  store_->execute(
      "INSERT INTO credential_reuse (id, secret_sha256, secret_kind, principal_key, "
      "attacker_uuids, attacker_ips, deckies, services, target_count, attempt_count, confidence, "
      "first_seen, last_seen, updated_at) VALUES ('f-1', 'abc', 'plaintext', 'root', '[]', '[]', "
      "'[]', '[]', 2, 3, 1.0, '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', "
      "'2026-01-01 00:00:00.000000')");
  EXPECT_EQ(activity().reused_secret("f-1").value(), "abc");
  EXPECT_FALSE(activity().reused_secret("f-2").value());
}

}  // namespace
}  // namespace decnet::storage
