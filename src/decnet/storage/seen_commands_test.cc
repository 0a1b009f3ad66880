// The promises of SeenCommands on every backend.
#include "decnet/storage/seen_commands.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "decnet/storage/test_backend.h"

namespace decnet::storage {
namespace {

using testing::ElementsAre;
using testing::Optional;

const UtcTime kNoon = test::at("2026-03-04 12:00:00.5");

class SeenCommandsContract : public test::StorageTest {
 protected:
  SeenCommands& seen() { return database_->ledger().seen(); }
  void add(const std::vector<SeenCommand>& commands) { ASSERT_TRUE(seen().add(commands)); }
  std::optional<SeenAs> find(const SeenCommand& command, std::optional<SeenIn> in = {}) {
    const std::vector<TypedCommand> one = {{command.decky, command.text, command.instant}};
    return seen().find(command.attacker_uuid, one, in).value().front();
  }
  bool skip() { return !seen().kept(); }
};

INSTANTIATE_TEST_SUITE_P(Backends, SeenCommandsContract, testing::ValuesIn(test::backends()),
                         test::backend_name);

TEST_P(SeenCommandsContract, KeepsWhereOurTablesAre) {
  EXPECT_EQ(seen().kept(), GetParam().has_own_tables);
  const SeenCommand command{"a-1", "d-1", "id", kNoon, "s-1#0"};
  add({command});
  EXPECT_EQ(find(command).has_value(), seen().kept());
  EXPECT_EQ(seen().forget(kNoon + std::chrono::years(100), 0, 10).value(), seen().kept() ? 1U : 0U);
  EXPECT_EQ(seen().forgotten_until().value().has_value(), seen().kept());
}

TEST_P(SeenCommandsContract, RecognisesACommandByAllOfIt) {
  if (skip()) GTEST_SKIP() << "nothing is kept here";
  const SeenCommand command{"a-1", "d-1", "cat /etc/passwd", kNoon, "s-1#0"};
  add({command, command});
  EXPECT_THAT(find(command), Optional(SeenAs{"s-1#0", SeenIn::kLive}));
  EXPECT_FALSE(find({"a-2", "d-1", command.text, kNoon}));
  EXPECT_FALSE(find({"a-1", "d-2", command.text, kNoon}));
  EXPECT_FALSE(find({"a-1", "d-1", "cat /etc/passwd ", kNoon}));
  EXPECT_FALSE(find({"a-1", "d-1", command.text, kNoon + std::chrono::microseconds(1)}));
  EXPECT_EQ(store_->value("SELECT count(*) FROM decnet_seen"), "1");
}

TEST_P(SeenCommandsContract, RecognisesACommandWhateverItsBytes) {
  if (skip()) GTEST_SKIP() << "nothing is kept here";
  const SeenCommand odd{"a\xff", "d\xfe", std::string("\0x\xc3", 3), kNoon, "s\x01#0"};
  add({odd});
  EXPECT_THAT(find(odd), Optional(SeenAs{"s\x01#0", SeenIn::kLive}));
  SeenCommand similar = odd;
  similar.text = std::string("\0y\xc3", 3);
  EXPECT_FALSE(find(similar));
}

TEST_P(SeenCommandsContract, KnowsWhereItWasTagged) {
  if (skip()) GTEST_SKIP() << "nothing is kept here";
  const SeenCommand live{"a-1", "d-1", "id", kNoon, "s-1#0"};
  const SeenCommand stored{"a-1", "d-1", "ls", kNoon, "a-1#cmd7", SeenIn::kHistory};
  add({live, stored});
  EXPECT_THAT(find(stored), Optional(SeenAs{"a-1#cmd7", SeenIn::kHistory}));
  EXPECT_THAT(find(stored, SeenIn::kHistory), Optional(SeenAs{"a-1#cmd7", SeenIn::kHistory}));
  EXPECT_FALSE(find(stored, SeenIn::kLive));
  EXPECT_FALSE(find(live, SeenIn::kHistory));
}

TEST_P(SeenCommandsContract, IdsTooLongAreNotKept) {
  if (skip()) GTEST_SKIP() << "nothing is kept here";
  const std::string large(1'000'000, 'x');
  const SeenCommand of_a_large_id{"a-1", "d-1", "id", kNoon, large};
  const SeenCommand of_a_large_decoy{"a-1", large, "id2", kNoon, "s"};
  const SeenCommand of_a_large_attacker{large, "d-1", "id3", kNoon, "s"};
  add({of_a_large_id, of_a_large_decoy, of_a_large_attacker});
  EXPECT_THAT(find(of_a_large_id), Optional(SeenAs{"", SeenIn::kLive})) << "known, but not as what";
  EXPECT_FALSE(find(of_a_large_decoy));
  EXPECT_FALSE(find(of_a_large_attacker));
}

TEST_P(SeenCommandsContract, FindsManyAtOnceAmongMany) {
  if (skip()) GTEST_SKIP() << "nothing is kept here";
  // Every third second something was tagged; every fifth is asked for; others' are in between.
  std::vector<SeenCommand> record;
  std::vector<TypedCommand> asked;
  for (int i = 0; i < 3000; ++i) {
    const UtcTime then = kNoon + std::chrono::seconds(i);
    if (i % 3 == 0) record.push_back({"a-1", "d", "id", then, fmt::format("s#{}", i)});
    record.push_back({"a-2", "d", "id", then, fmt::format("other#{}", i)});
    if (i % 5 == 0 || i > 2900) asked.push_back({"d", "id", then});
  }
  add(record);
  std::reverse(asked.begin(), asked.end());
  const auto found = seen().find("a-1", asked, {}).value();
  ASSERT_EQ(found.size(), asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto n = std::chrono::duration_cast<std::chrono::seconds>(asked[i].instant - kNoon);
    ASSERT_EQ(found[i].has_value(), n.count() % 3 == 0) << n.count();
    if (found[i]) {
      EXPECT_EQ(found[i]->source_id, fmt::format("s#{}", n.count()));
    }
  }
  EXPECT_THAT(seen().find("a-1", {}, {}).value(), testing::IsEmpty());
}

TEST_P(SeenCommandsContract, ARowThatWasSpoiledIsPassedOver) {
  if (skip()) GTEST_SKIP() << "nothing is kept here";
  const SeenCommand command{"a-1", "d-1", "id", kNoon, "s-1#0"};
  for (int i = 0; i < 40; ++i) {
    add({{"a-1", "d-1", "ls", kNoon - std::chrono::hours(1), fmt::format("s#{}", i)}});
  }
  store_->execute("UPDATE decnet_seen SET command_time = '2026-03-04 12:00:00.5 or so'");
  add({command});
  EXPECT_TRUE(find(command));
}

TEST_P(SeenCommandsContract, ForgetsTheOldestInPortions) {
  if (skip()) GTEST_SKIP() << "nothing is kept here";
  EXPECT_EQ(seen().forget(kNoon, 1000, 10).value(), 0U);
  EXPECT_FALSE(seen().forgotten_until().value());
  std::vector<SeenCommand> record;
  for (int i = 0; i < 10; ++i) record.push_back({"a-1", "d", fmt::format("c{}", i), kNoon, "s"});
  add(record);
  const auto left = [this] { return store_->rows("SELECT id FROM decnet_seen ORDER BY id"); };
  const UtcTime long_ago = kNoon - std::chrono::years(1);
  EXPECT_EQ(seen().forget(long_ago, 1000, 100).value(), 0U);
  EXPECT_EQ(seen().forget(long_ago, 7, 2).value(), 2U) << "no more than asked for at once";
  EXPECT_EQ(seen().forget(long_ago, 7, 2).value(), 1U);
  EXPECT_THAT(left(), ElementsAre("4", "5", "6", "7", "8", "9", "10"));
  EXPECT_FALSE(find(record[2]));
  EXPECT_TRUE(find(record[3]));
  // And by when they were added, whatever they say of themselves.
  store_->execute("UPDATE decnet_seen SET seen_at = '2026-01-01 00:00:00.000000' WHERE id < 6");
  EXPECT_EQ(seen().forget(test::at("2026-01-02 00:00:00"), 1000, 100).value(), 2U);
  EXPECT_THAT(left(), ElementsAre("6", "7", "8", "9", "10"));
  EXPECT_EQ(seen().forget(test::at("2026-01-02 00:00:00"), 1000, 100).value(), 0U);
}

TEST_P(SeenCommandsContract, SaysUntilWhenItHasForgotten) {
  if (skip()) GTEST_SKIP() << "nothing is kept here";
  add({{"a-1", "d", "1", kNoon, "s"},
       {"a-1", "d", "2", kNoon, "s"},
       {"a-1", "d", "3", kNoon, "s"}});
  store_->execute("UPDATE decnet_seen SET seen_at = '2026-01-0' || id || ' 00:00:00.000000'");
  EXPECT_EQ(seen().forget(test::at("2026-01-02 12:00:00"), 1000, 100).value(), 2U);
  EXPECT_THAT(seen().forgotten_until().value(), Optional(test::at("2026-01-02 00:00:00")));
  EXPECT_EQ(open()->ledger().seen().forgotten_until().value(), test::at("2026-01-02 00:00:00"));
}

}  // namespace
}  // namespace decnet::storage
