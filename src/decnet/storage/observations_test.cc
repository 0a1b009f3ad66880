#include "decnet/storage/observations.h"

#include <fmt/format.h>
#include <rapidcheck.h>

#include "decnet/storage/test_backend.h"

namespace decnet::storage {
namespace {

using testing::ElementsAre;

class ObservationsContract : public test::StorageTest {
 protected:
  MergeOutcome merge(const std::vector<Observation>& observations) {
    auto outcome = database_->observations().merge(observations);
    if (!outcome) ADD_FAILURE() << outcome.error().message;
    return outcome ? *outcome : MergeOutcome{};
  }
  // Everything that merging may change, but for the time of the change.
  std::vector<std::string> everything() {
    auto rows = store_->rows(
        "SELECT uuid, ip, identity_id, first_seen, last_seen, event_count, service_count, "
        "decky_count, services, deckies, commands FROM attackers ORDER BY uuid");
    if (GetParam().has_own_tables) {
      for (auto& row : store_->rows("SELECT * FROM decnet_auth_attempt ORDER BY id")) {
        rows.push_back(std::move(row));
      }
    }
    return rows;
  }
  std::string commands() { return store_->value("SELECT commands FROM attackers"); }
};

INSTANTIATE_TEST_SUITE_P(Backends, ObservationsContract, testing::ValuesIn(test::backends()),
                         test::backend_name);

UtcTime minute(int count) { return test::at("2026-03-04 10:00:00") + std::chrono::minutes(count); }

ObservedCommand command(const std::string& id, int when, const std::string& text = "id") {
  return {id, minute(when),
          Json::object({{"id", id}, {"command_text", text}, {"ts", to_iso_text(minute(when))}})};
}

ObservedLogin login(const std::string& id, int when) {
  return {id, minute(when), "s-1", "decky-01", "ssh", "root", "123456", false};
}

Observation observation(const std::string& ip, int first, int last,
                        std::vector<ObservedCommand> commands = {},
                        std::vector<ObservedLogin> logins = {}) {
  return {ip,           minute(first),       minute(last),     {"ssh"},
          {"decky-01"}, std::move(commands), std::move(logins)};
}

TEST_P(ObservationsContract, ANewAttackerGetsAWholeRow) {
  const auto outcome = merge({observation("192.0.2.10", 1, 5, {command("c-1", 2)})});
  EXPECT_EQ(outcome.new_attackers, 1U);
  EXPECT_EQ(outcome.new_commands, 1U);
  EXPECT_EQ(
      store_->value("SELECT uuid, ip, identity_id, first_seen, last_seen, event_count, "
                    "service_count, decky_count, services, deckies, is_traversal, bounty_count, "
                    "credential_count, fingerprints, commands, rotation_count, ipv6_leak_count "
                    "FROM attackers"),
      // UUIDv5 of "attacker|192.0.2.10" in the namespace of tag uuids.
      uuid_v5(tag_namespace(), "attacker|192.0.2.10") +
          "|192.0.2.10|NULL|2026-03-04 10:01:00.000000|2026-03-04 10:05:00.000000|1|1|1|"
          "[\"ssh\"]|[\"decky-01\"]|0|0|0|[]|"
          "[{\"id\":\"c-1\",\"command_text\":\"id\",\"ts\":\"2026-03-04T10:02:00+00:00\"}]|0|0");
}

TEST_P(ObservationsContract, MergingTwiceChangesNothing) {
  const std::vector<Observation> batch = {
      observation("192.0.2.10", 1, 5, {command("c-1", 2), command("c-2", 3)}, {login("l-1", 1)}),
      observation("192.0.2.11", 1, 5)};
  merge(batch);
  const auto before = everything();
  const auto updated = store_->rows("SELECT updated_at FROM attackers ORDER BY uuid");
  const auto again = merge(batch);
  EXPECT_EQ(again.new_attackers, 0U);
  EXPECT_EQ(again.new_commands, 0U);
  EXPECT_EQ(again.known_commands, 2U);
  EXPECT_EQ(again.new_logins, 0U);
  EXPECT_EQ(again.known_logins, GetParam().has_own_tables ? 1U : 0U);
  EXPECT_EQ(everything(), before);
  EXPECT_EQ(store_->rows("SELECT updated_at FROM attackers ORDER BY uuid"), updated);
}

TEST_P(ObservationsContract, SaysWhichWereNew) {
  merge({observation("192.0.2.10", 1, 5, {command("c-2", 3)}, {login("l-1", 1)})});
  const std::vector<Observation> batch = {
      observation("192.0.2.10", 1, 5, {command("c-3", 4), command("c-2", 3), command("c-1", 2)},
                  {login("l-1", 1), login("l-2", 2)}),
      observation("192.0.2.11", 1, 5, {command("c-4", 2), command("c-4", 2)})};
  const auto outcome = database_->observations().merge(batch).value();
  std::vector<std::string> commands;
  for (const auto& each : outcome.commands) {
    commands.push_back(each.attacker->ip + " " + each.command->id);
  }
  EXPECT_THAT(commands, ElementsAre("192.0.2.10 c-1", "192.0.2.10 c-3", "192.0.2.11 c-4"));
  std::vector<std::string> logins;
  for (const auto& each : outcome.logins)
    logins.push_back(each.attacker->ip + " " + each.login->id);
  if (GetParam().has_own_tables) {
    EXPECT_THAT(logins, ElementsAre("192.0.2.10 l-2"));
  } else {
    EXPECT_TRUE(logins.empty());
  }
}

TEST_P(ObservationsContract, ASecondLogExtendsTheRow) {
  merge({observation("192.0.2.10", 10, 20, {command("c-2", 12)})});
  Observation more = observation("192.0.2.10", 5, 15, {command("c-1", 6), command("c-3", 14)});
  more.services = {"telnet"};
  more.deckies = {"decky-02", "decky-01"};
  merge({more});
  EXPECT_EQ(store_->value("SELECT first_seen, last_seen, event_count, service_count, decky_count, "
                          "services, deckies FROM attackers"),
            "2026-03-04 10:05:00.000000|2026-03-04 10:20:00.000000|3|2|2|[\"ssh\",\"telnet\"]|"
            "[\"decky-01\",\"decky-02\"]");
  EXPECT_THAT(store_->rows("SELECT json_extract(value, '$.id') FROM attackers, "
                           "json_each(commands) ORDER BY key"),
              ElementsAre("c-1", "c-2", "c-3"));
}

TEST_P(ObservationsContract, WhatLacksAServiceGainsItLater) {
  ObservedCommand bare_command = command("c-1", 2);
  ObservedCommand full_command = bare_command;
  full_command.element.set("service", "ssh");
  ObservedLogin bare_login = login("l-1", 1);
  bare_login.service.clear();
  const std::vector<Observation> bare = {
      observation("192.0.2.10", 1, 5, {bare_command, command("c-2", 3)}, {bare_login})};
  const std::vector<Observation> full = {
      observation("192.0.2.10", 1, 5, {full_command}, {login("l-1", 1)})};

  merge(bare);
  const auto outcome = merge(full);
  EXPECT_EQ(outcome.new_commands, 0U);
  EXPECT_EQ(outcome.known_commands, 1U);
  EXPECT_EQ(outcome.new_logins, 0U);
  const auto completed = everything();
  EXPECT_EQ(commands(),
            "[" + full_command.element.dump() + "," + command("c-2", 3).element.dump() + "]");
  merge(bare);
  EXPECT_EQ(everything(), completed);

  store_->execute("DELETE FROM attackers");
  if (GetParam().has_own_tables) store_->execute("DELETE FROM decnet_auth_attempt");
  merge(full);
  merge(bare);
  EXPECT_EQ(everything(), completed);
}

TEST_P(ObservationsContract, OneAddressInSeveralObservationsIsOneAttacker) {
  const auto outcome =
      merge({observation("192.0.2.10", 1, 2, {command("c-1", 1)}), observation("192.0.2.11", 1, 2),
             observation("192.0.2.10", 3, 4, {command("c-1", 1), command("c-2", 3)})});
  EXPECT_EQ(outcome.new_attackers, 2U);
  EXPECT_EQ(outcome.new_commands, 2U);
  EXPECT_EQ(outcome.known_commands, 1U);
  EXPECT_EQ(store_->value("SELECT last_seen FROM attackers WHERE ip = '192.0.2.10'"),
            "2026-03-04 10:04:00.000000");
}

TEST_P(ObservationsContract, OfSeveralRowsOneIsTakenTheOneSeenLast) {
  test::add_attacker(*store_, "older", "192.0.2.10", "2026-01-01 00:00:00.000000", "[]");
  test::add_attacker(*store_, "newest", "192.0.2.10", "2026-01-03 00:00:00.000000", "[]");
  test::add_attacker(*store_, "old", "192.0.2.10", "2026-01-02 00:00:00.000000", "[]");
  EXPECT_EQ(merge({observation("192.0.2.10", 1, 2, {command("c-1", 1)})}).new_attackers, 0U);
  EXPECT_THAT(store_->rows("SELECT uuid FROM attackers WHERE commands <> '[]'"),
              ElementsAre("newest"));
}

// What another program stored stays, byte for byte and in its place: an entry without an id is
// known by its position.
TEST_P(ObservationsContract, EntriesOfOthersStayAsTheyAre) {
  const std::string others =
      R"([{"service": "ssh", "decky": "decky-01", "command": "uname -a", )"
      R"("timestamp": "2026-03-04T10:30:00+00:00"}, "text", 1.50, )"
      R"({"big": 123456789012345678901234567890, "timestamp": "2026-03-04T10:31:00+00:00"}])";
  test::add_attacker(*store_, "a-1", "192.0.2.10", "2026-01-03 00:00:00.000000", others);
  merge({observation("192.0.2.10", 1, 2, {command("c-1", 1)})});
  EXPECT_THAT(commands(), testing::StartsWith(
                              R"([{"service": "ssh", "decky": "decky-01", "command": "uname -a", )"
                              R"("timestamp": "2026-03-04T10:30:00+00:00"},"text",1.50,)"
                              R"({"big": 123456789012345678901234567890, )"));
  EXPECT_THAT(
      commands(),
      testing::EndsWith(R"(,{"id":"c-1","command_text":"id","ts":"2026-03-04T10:01:00+00:00"}])"));
  EXPECT_EQ(store_->value("SELECT event_count FROM attackers"), "2");
}

TEST_P(ObservationsContract, RecognisesWhatOthersStored) {
  test::add_attacker(
      *store_, "a-1", "192.0.2.10", "2026-01-03 00:00:00.000000",
      R"([{"uuid": "c-1", "text": "x"}, {"command_id": 2, "text": "y"},)"
      R"( {"service": "ssh", "decky": "decky-01", "command": "w", "timestamp": "2026-03-04T10:03:00+00:00"}])");
  auto by_content = command("c-3", 3, "w");
  by_content.element.set("decky", "decky-01");
  auto elsewhere = command("c-4", 3, "w");
  elsewhere.element.set("decky", "decky-02");
  const auto outcome = merge({observation(
      "192.0.2.10", 1, 2, {command("c-1", 1), command("2", 1), by_content, elsewhere})});
  EXPECT_EQ(outcome.known_commands, 3U);
  EXPECT_EQ(outcome.new_commands, 1U);
}

TEST_P(ObservationsContract, AHistoryThatCannotBeReadIsLeftAlone) {
  test::add_attacker(*store_, "a-1", "192.0.2.10", "2026-01-03 00:00:00.000000", "[{\"id\": ");
  const auto outcome = merge({observation("192.0.2.10", 1, 2, {command("c-1", 1)})});
  EXPECT_EQ(outcome.refused_commands, 1U);
  EXPECT_EQ(outcome.new_commands, 0U);
  EXPECT_EQ(store_->value("SELECT commands, last_seen FROM attackers"),
            "[{\"id\": |2026-03-04 10:02:00.000000");
}

TEST_P(ObservationsContract, AFullHistoryTakesNoMore) {
  const std::string filler(kMaxHistoryBytes / 2, 'x');
  EXPECT_EQ(merge({observation("192.0.2.10", 1, 2, {command("c-1", 1, filler)})}).new_commands, 1U);
  const auto outcome = merge({observation(
      "192.0.2.10", 1, 2, {command("c-2", 2, filler), command("c-3", 3), command("c-1", 1)})});
  EXPECT_EQ(outcome.refused_commands, 1U);
  EXPECT_EQ(outcome.new_commands, 1U);
  EXPECT_EQ(outcome.known_commands, 1U);
  EXPECT_EQ(store_->value("SELECT length(commands) < 9000000, event_count FROM attackers"), "1|2");
}

TEST_P(ObservationsContract, ListsOfOthersThatCannotBeReadStay) {
  test::add_attacker(*store_, "a-1", "192.0.2.10", "2026-01-03 00:00:00.000000", "[]");
  store_->execute(
      "UPDATE attackers SET services = 'ssh, http', service_count = 2, "
      "deckies = '[\"decky-09\", 7]'");
  merge({observation("192.0.2.10", 1, 2)});
  EXPECT_EQ(store_->value("SELECT services, service_count, deckies FROM attackers"),
            "ssh, http|2|[\"decky-09\", 7]");
}

TEST_P(ObservationsContract, KeepsLoginsWhereThereIsAPlaceForThem) {
  const auto outcome = merge(
      {observation("192.0.2.10", 1, 2, {}, {login("l-1", 1), login("l-2", 2), login("l-1", 1)})});
  EXPECT_EQ(outcome.logins_kept, GetParam().has_own_tables);
  if (!GetParam().has_own_tables) {
    EXPECT_EQ(outcome.new_logins, 0U);
    return;
  }
  EXPECT_EQ(outcome.new_logins, 2U);
  EXPECT_EQ(outcome.known_logins, 1U);
  EXPECT_EQ(store_->value("SELECT event_count FROM attackers"), "2");
  EXPECT_EQ(store_->value("SELECT * FROM decnet_auth_attempt WHERE id = 'l-1'"),
            "l-1|" + uuid_v5(tag_namespace(), "attacker|192.0.2.10") +
                "|2026-03-04 10:01:00.000000|s-1|decky-01|ssh|root|123456|0");
}

TEST_P(ObservationsContract, AllOfItOrNothing) {
  store_->execute(
      "CREATE TRIGGER no_seven BEFORE INSERT ON attackers WHEN new.ip = '192.0.2.7' "
      "BEGIN SELECT RAISE(ABORT, 'seven is not welcome'); END");
  const std::vector<Observation> batch = {observation("192.0.2.6", 1, 2, {command("c-1", 1)}),
                                          observation("192.0.2.7", 1, 2)};
  EXPECT_FALSE(database_->observations().merge(batch));
  EXPECT_EQ(store_->value("SELECT count(*) FROM attackers"), "0");
}

TEST_P(ObservationsContract, NothingIsNothing) {
  EXPECT_EQ(merge({}).new_attackers, 0U);
  EXPECT_EQ(store_->value("SELECT count(*) FROM attackers"), "0");
}

TEST_P(ObservationsContract, TextIsStoredAsTextWhateverItSays) {
  auto hostile = command("c-1", 1, std::string("'); DROP TABLE attackers; --\0\n\"", 31));
  merge({observation("192.0.2.10'", 1, 2, {hostile})});
  const auto stream =
      database_->history().iter_attacker_commands_since(test::at("2026-01-01 00:00:00")).value();
  const auto row = stream->next().value();
  ASSERT_TRUE(row);
  ASSERT_EQ(row->commands.size(), 1U);
  EXPECT_EQ(row->commands[0], hostile.element);
}

// However observations are ordered, split into calls and repeated, the rows end up the same.
TEST_P(ObservationsContract, OrderAndRepetitionDoNotMatter) {
  EXPECT_TRUE(rc::check([this] {
    const auto draw = [] {
      const int first = *rc::gen::inRange(0, 50);
      std::vector<ObservedCommand> commands;
      for (const int n : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12))) {
        commands.push_back(command(fmt::format("c-{}", n), n / 2));
      }
      std::vector<ObservedLogin> logins;
      for (const int n : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6))) {
        logins.push_back(login(fmt::format("l-{}", n), n));
      }
      // Ids are of one attacker, as they are in life.
      const int attacker = *rc::gen::inRange(0, 2);
      for (auto& each : commands) {
        each.id += fmt::format("@{}", attacker);
        each.element.set("id", each.id);
      }
      for (auto& each : logins) each.id += fmt::format("@{}", attacker);
      Observation drawn = observation(fmt::format("192.0.2.{}", attacker), first,
                                      first + *rc::gen::inRange(0, 50), commands, logins);
      const std::vector<std::string> services = {"ssh", "telnet", "smtp"};
      for (const auto& service : services) {
        if (*rc::gen::arbitrary<bool>()) drawn.services.insert(service);
      }
      return drawn;
    };
    std::vector<Observation> all;
    for (int i = *rc::gen::inRange(1, 5); i > 0; --i) all.push_back(draw());

    const auto outcome_of = [this](const std::vector<Observation>& order, bool one_by_one) {
      store_->execute("DELETE FROM attackers");
      if (GetParam().has_own_tables) store_->execute("DELETE FROM decnet_auth_attempt");
      if (!one_by_one) merge(order);
      if (one_by_one) {
        for (const auto& each : order) merge({each});
      }
      return everything();
    };
    const auto reference = outcome_of(all, false);
    std::vector<Observation> shuffled = all;
    std::reverse(shuffled.begin(), shuffled.end());
    shuffled.push_back(all[*rc::gen::inRange<std::size_t>(0, all.size())]);
    RC_ASSERT(outcome_of(shuffled, true) == reference);
    merge(all);
    RC_ASSERT(everything() == reference);
  }));
}

}  // namespace
}  // namespace decnet::storage
