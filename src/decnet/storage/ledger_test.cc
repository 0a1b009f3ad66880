// The promises of the Ledger, and the look-ups of the live worker, on every backend.
#include "decnet/storage/ledger.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "decnet/storage/test_backend.h"

namespace decnet::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const UtcTime kNow = test::at("2026-03-04 10:06:00.5");

// One message for each upstream message, naming its new tags.
std::vector<OutboxMessage> name_all(std::span<const Tag* const> tags) {
  Json::Array uuids;
  for (const Tag* tag : tags) uuids.emplace_back(tag->uuid);
  const std::string id = tags.front()->uuid.substr(0, 32);
  return {{0, id, "ttp.tagged", "tagged", Json::object({{"tag_uuids", std::move(uuids)}}), kNow}};
}

Commit commit_of(std::vector<std::vector<Tag>> tags) {
  Commit commit;
  commit.tags = std::move(tags);
  commit.announce = name_all;
  return commit;
}

DeadLetter a_letter(const std::string& id) {
  DeadLetter letter;
  letter.message_id = id;
  letter.topic = "attacker.session.ended";
  letter.type = "session.ended";
  letter.payload = Json::object({{"attacker_ip", "192.0.2.9"}});
  letter.ts = 1772617200.5;
  letter.reason = "no attacker row";
  letter.attempts = 5;
  letter.died_at = kNow;
  return letter;
}

class LedgerContract : public test::StorageTest {
 protected:
  Ledger& ledger() { return database_->ledger(); }
  Committed commit(const Commit& what) {
    auto committed = ledger().commit(what);
    if (!committed) ADD_FAILURE() << committed.error().message;
    return committed ? *std::move(committed) : Committed{};
  }
  // The uuids named by the messages, one text a message.
  static std::vector<std::string> said(const std::vector<OutboxMessage>& messages) {
    std::vector<std::string> texts;
    for (const auto& message : messages) texts.push_back(message.payload.dump());
    return texts;
  }
  std::vector<std::string> announced(const Committed& committed) {
    return said(ledger().kept() ? ledger().outbox(1000).value() : committed.unkept);
  }
  static std::string naming(const std::vector<Tag>& tags) {
    Json::Array uuids;
    for (const Tag& tag : tags) uuids.emplace_back(tag.uuid);
    return Json::object({{"tag_uuids", std::move(uuids)}}).dump();
  }
  std::string count(const std::string& table) {
    return store_->value("SELECT count(*) FROM " + table);
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, LedgerContract, testing::ValuesIn(test::backends()),
                         test::backend_name);

TEST_P(LedgerContract, KeepsWhereOurTablesAre) {
  EXPECT_EQ(ledger().kept(), GetParam().has_own_tables);
}

TEST_P(LedgerContract, AnnouncesExactlyTheNewTagsOfEachMessage) {
  const Tag a = test::a_tag("a");
  const Tag b = test::a_tag("b");
  const Tag c = test::a_tag("c");
  ASSERT_TRUE(database_->repository().insert_tags(std::vector<Tag>{a}));
  Tag weak = test::a_tag("weak");
  weak.confidence = 0.2;
  Tag loose = test::a_tag("loose");
  loose.attacker_uuid.reset();
  // Stored before; stored before and new; new, weak and refused; met earlier in this batch.
  const auto committed = commit(commit_of({{a}, {a, b}, {weak, c, loose}, {b}, {}}));
  EXPECT_EQ(committed.inserted, 2U);
  EXPECT_EQ(committed.below_floor, 1U);
  ASSERT_THAT(committed.refused, SizeIs(1));
  EXPECT_EQ(committed.refused.front().index, 5U) << "position among all tags of the batch";
  EXPECT_THAT(announced(committed), ElementsAre(naming({b}), naming({c})));
  EXPECT_EQ(count("ttp_tag"), "3");
}

TEST_P(LedgerContract, SaidAgainNothingIsNew) {
  const auto batch = commit_of({{test::a_tag("a"), test::a_tag("b")}});
  commit(batch);
  const auto again = commit(batch);
  EXPECT_EQ(again.inserted, 0U);
  EXPECT_THAT(again.unkept, IsEmpty());
  EXPECT_EQ(count("ttp_tag"), "2");
  if (ledger().kept()) {
    EXPECT_EQ(ledger().outbox_depth().value(), 1U);
  }
}

TEST_P(LedgerContract, TheOutboxIsInOrderAndForgetsWhatIsDone) {
  if (!ledger().kept()) GTEST_SKIP() << "nothing is kept here";
  for (const char* id : {"a", "b", "c"}) commit(commit_of({{test::a_tag(id)}}));
  const auto first = ledger().outbox(2).value();
  ASSERT_THAT(first, SizeIs(2));
  EXPECT_LT(first[0].sequence, first[1].sequence);
  EXPECT_EQ(first[0].id, test::a_tag("a").uuid.substr(0, 32));
  EXPECT_EQ(first[0].topic, "ttp.tagged");
  EXPECT_EQ(first[0].type, "tagged");
  EXPECT_EQ(first[0].created_at, kNow);
  const std::vector<std::int64_t> done = {first[0].sequence, 4711};
  ASSERT_TRUE(ledger().outbox_done(done));
  EXPECT_EQ(said(ledger().outbox(10).value()),
            (std::vector<std::string>{naming({test::a_tag("b")}), naming({test::a_tag("c")})}));
  // Another connection, another process, sees the same.
  EXPECT_EQ(open()->ledger().outbox_depth().value(), 2U);
}

TEST_P(LedgerContract, TakesMessagesThatSpeakOfNoTags) {
  const auto message = [](const char* id) {
    return OutboxMessage{0,   id, "ttp.rule.reloaded.R1", "", Json::object({{"rule_id", "R1"}}),
                         kNow};
  };
  const std::vector<OutboxMessage> messages = {message("m-1"), message("m-2"), message("m-1")};
  ASSERT_TRUE(ledger().put(messages));
  ASSERT_TRUE(ledger().put({}));
  const auto waiting = ledger().outbox(10).value();
  if (!ledger().kept()) {
    EXPECT_THAT(waiting, IsEmpty());
    return;
  }
  ASSERT_THAT(waiting, SizeIs(2)) << "the same id is the same message";
  EXPECT_EQ(waiting[0].id, "m-1");
  EXPECT_EQ(waiting[1].id, "m-2");
  EXPECT_EQ(waiting[1].topic, "ttp.rule.reloaded.R1");
}

TEST_P(LedgerContract, AFailedCommitLeavesNothing) {
  auto batch = commit_of({{test::a_tag("a")}, {test::a_tag("b")}});
  batch.cursors = {{"triggers", {kNow, "k"}}};
  batch.seen = {{"a-1", "d-1", "id", kNow}};
  batch.dead_letters = {a_letter("m-1")};
  // The last thing a commit writes is refused: by then everything else of it was written.
  const bool kept = ledger().kept();
  store_->execute(
      fmt::format("CREATE TRIGGER no BEFORE INSERT ON {} BEGIN SELECT RAISE(ABORT, "
                  "'not this one'); END",
                  kept ? "decnet_dead_letter" : "ttp_tag"));
  EXPECT_FALSE(ledger().commit(batch));
  EXPECT_EQ(count("ttp_tag"), "0");
  if (kept) {
    for (const char* table : {"decnet_outbox", "decnet_seen", "decnet_cursor"}) {
      EXPECT_EQ(count(table), "0") << table;
    }
  }
  store_->execute("DROP TRIGGER no");
  EXPECT_EQ(commit(batch).inserted, 2U) << "the same commit works later";
}

TEST_P(LedgerContract, CursorsMoveWithTheirCommit) {
  if (!ledger().kept()) {
    Commit batch;
    batch.cursors = {{"triggers", {kNow, "k"}}};
    commit(batch);
    EXPECT_FALSE(ledger().cursor("triggers").value());
    return;
  }
  EXPECT_FALSE(ledger().cursor("triggers").value());
  for (const auto time : {kNow, kNow + std::chrono::seconds(1)}) {
    Commit batch;
    batch.cursors = {{"triggers", {time, "k"}}, {"intel", {kNow, ""}}};
    commit(batch);
    EXPECT_EQ(ledger().cursor("triggers").value(), (Cursor{time, "k"}));
  }
  EXPECT_EQ(ledger().cursor("intel").value(), (Cursor{kNow, ""}));
}

TEST_P(LedgerContract, WhatWasSeenIsRecordedWithItsCommit) {
  Commit batch;
  batch.seen = {{"a-1", "d-1", "id", kNow, "s-1#0"}};
  commit(batch);
  const std::vector<TypedCommand> met = {{"d-1", "id", kNow}};
  const auto found = database_->ledger().seen().find("a-1", met, {}).value();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found.front().has_value(), ledger().kept());
}

TEST_P(LedgerContract, DeadLettersCanBeReadAndDropped) {
  Commit batch;
  batch.dead_letters = {a_letter("m-1"), a_letter("m-2\xff")};
  commit(batch);
  if (!ledger().kept()) {
    EXPECT_THAT(ledger().dead_letters(10).value(), IsEmpty());
    EXPECT_FALSE(ledger().dead_letter(1).value());
    EXPECT_FALSE(ledger().drop_dead_letter(1).value());
    return;
  }
  const auto letters = ledger().dead_letters(10).value();
  ASSERT_THAT(letters, SizeIs(2));
  EXPECT_EQ(letters[0].message_id, "m-1");
  EXPECT_EQ(letters[0].topic, "attacker.session.ended");
  EXPECT_EQ(letters[0].type, "session.ended");
  EXPECT_EQ(letters[0].payload, a_letter("").payload);
  EXPECT_EQ(letters[0].ts, 1772617200.5);
  EXPECT_EQ(letters[0].reason, "no attacker row");
  EXPECT_EQ(letters[0].attempts, 5);
  EXPECT_EQ(letters[0].died_at, kNow);
  EXPECT_THAT(ledger().dead_letters(1).value(), SizeIs(1));
  EXPECT_TRUE(ledger().drop_dead_letter(letters[0].number).value());
  EXPECT_FALSE(ledger().drop_dead_letter(letters[0].number).value());
  EXPECT_FALSE(ledger().dead_letter(letters[0].number).value());
  EXPECT_TRUE(ledger().dead_letter(letters[1].number).value());
}

Tag a_leak(const std::string& source_id, const std::string& address) {
  Tag tag = test::a_tag(source_id);
  tag.uuid = tag_uuid({"ipv6_leak", source_id, "R0090", 1, "T1090", ""});
  tag.source_kind = "ipv6_leak";
  tag.evidence = Json::object({{"addr", address}, {"iid_kind", "eui64"}, {"mac_oui", "00:1a:2b"}});
  return tag;
}

TEST_P(LedgerContract, ANewIpv6LeakIsCountedOncePerAttackerAndBatch) {
  test::add_attacker(*store_, "a-1", "198.51.100.23", "2026-03-04 10:00:00.000000", "[]");
  const auto counted = [this] {
    return store_->value(
        "SELECT ipv6_leak_count || ' ' || last_ipv6_link_local || ' ' || last_ipv6_iid_kind || ' ' "
        "|| last_ipv6_mac_oui FROM attackers");
  };
  const auto batch = commit_of({{a_leak("l-1", "fe80::1"), a_leak("l-2", "fe80::2")}});
  commit(batch);
  EXPECT_EQ(counted(), "1 fe80::1 eui64 00:1a:2b");
  commit(batch);
  EXPECT_EQ(counted(), "1 fe80::1 eui64 00:1a:2b") << "nothing new, nothing to count";
  commit(commit_of({{a_leak("l-3", "fe80::3")}}));
  EXPECT_EQ(counted(), "2 fe80::3 eui64 00:1a:2b");
}

TEST_P(LedgerContract, EachMessageCountsItsLeak) {
  test::add_attacker(*store_, "a-1", "198.51.100.23", "2026-03-04 10:00:00.000000", "[]");
  commit(commit_of({{a_leak("l-1", "fe80::1")}, {a_leak("l-2", "fe80::2")}}));
  // How messages are grouped into commits is chance and must not show in the count.
  EXPECT_EQ(store_->value("SELECT ipv6_leak_count FROM attackers"), "2");
}

class AttackersContract : public test::StorageTest {
 protected:
  void add_intel(const std::string& uuid, const std::string& cached_at) {
    store_->execute(fmt::format("INSERT INTO attacker_intel ({}) SELECT {}", columns("\""),
                                values(uuid, cached_at)));
  }
  // Every NOT NULL column of the table, given something harmless.
  std::string columns(const std::string& quote) {
    std::string list;
    for (const auto& row : store_->rows("SELECT name FROM pragma_table_info('attacker_intel') "
                                        "ORDER BY cid")) {
      list += (list.empty() ? "" : ", ") + quote + row + quote;
    }
    return list;
  }
  std::string values(const std::string& uuid, const std::string& cached_at) {
    std::string list;
    for (const auto& row : store_->rows(
             "SELECT name, \"notnull\", type FROM pragma_table_info('attacker_intel') ORDER BY "
             "cid")) {
      const std::string name = row.substr(0, row.find('|'));
      std::string value = row.find("|1|") == std::string::npos ? "NULL" : "'2026-01-01 00:00:00'";
      if (name == "uuid") value = test::sql_literal("intel-" + uuid);
      if (name == "attacker_uuid") value = test::sql_literal(uuid);
      if (name == "attacker_ip") value = "'198.51.100.23'";
      if (name == "cached_at") value = test::sql_literal(cached_at);
      if (name == "abuseipdb_score") value = "88";
      if (name == "abuseipdb_categories") value = "'[14,22]'";
      if (name == "feodo_listed") value = "1";
      if (name == "greynoise_tags") value = "'not json'";
      list += (list.empty() ? "" : ", ") + value;
    }
    return list;
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, AttackersContract, testing::ValuesIn(test::backends()),
                         test::backend_name);

TEST_P(AttackersContract, OfSeveralRowsTheOneSeenLast) {
  // Two rows of one address exist only where the address is not unique: there the last one counts.
  test::add_attacker(*store_, "a-1", "198.51.100.23", "2026-03-04 10:00:00.000000", "[]");
  store_->execute("UPDATE attackers SET identity_id = 'i-1' WHERE uuid = 'a-1'");
  const auto found = database_->attackers().by_ip("198.51.100.23").value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->uuid, "a-1");
  EXPECT_EQ(found->identity_id, "i-1");
  EXPECT_FALSE(database_->attackers().by_ip("198.51.100.2").value());
  EXPECT_FALSE(database_->attackers().by_ip("' OR 1=1 --").value());
}

TEST_P(AttackersContract, IntelIsCaughtUpUntilATagIsNewerThanIt) {
  EXPECT_FALSE(database_->attackers().intel_to_catch_up("a-1").value());
  add_intel("a-1", "2026-03-04 10:00:00.000000");
  const auto payload = database_->attackers().intel_to_catch_up("a-1").value();
  ASSERT_TRUE(payload);
  EXPECT_EQ(payload->dump(),
            R"({"attacker_uuid":"a-1","attacker_ip":"198.51.100.23","aggregate_verdict":null,)"
            R"("abuseipdb_score":88,"abuseipdb_categories":[14,22],)"
            R"("greynoise_classification":null,"greynoise_name":null,"greynoise_tags":[],)"
            R"("feodo_listed":true,"feodo_malware_family":null,"threatfox_listed":null,)"
            R"("threatfox_threat_types":[],"threatfox_ioc_types":[],)"
            R"("threatfox_malware_families":[]})");
  Tag tag = test::a_tag("a-1");
  tag.source_kind = "intel";
  tag.created_at = test::at("2026-03-04 09:59:59.999999");
  ASSERT_TRUE(database_->repository().insert_tags(std::vector<Tag>{tag}));
  EXPECT_TRUE(database_->attackers().intel_to_catch_up("a-1").value()) << "the tag is older";
  tag.uuid = tag_uuid({"intel", "a-1", "R0051", 2, "T1083", ""});
  tag.created_at = test::at("2026-03-04 10:00:01");
  ASSERT_TRUE(database_->repository().insert_tags(std::vector<Tag>{tag}));
  EXPECT_FALSE(database_->attackers().intel_to_catch_up("a-1").value());
}

TEST_P(AttackersContract, ChangedIntelComesInTheOrderOfItsChange) {
  add_intel("a-2", "2026-03-04 10:00:02.000000");
  add_intel("a-1", "2026-03-04 10:00:01.000000");
  add_intel("a-0", "2026-03-04 09:00:00.000000");
  const auto changes =
      database_->attackers().intel_changed_since(test::at("2026-03-04 10:00:01"), 10).value();
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_EQ(changes[0].attacker_uuid, "a-1");
  EXPECT_EQ(changes[1].cached_at, test::at("2026-03-04 10:00:02"));
  EXPECT_THAT(database_->attackers().intel_changed_since(UtcTime{}, 1).value(), SizeIs(1));
}

}  // namespace
}  // namespace decnet::storage
