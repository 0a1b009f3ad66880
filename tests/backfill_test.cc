// `decnet ttp-backfill` from the outside: what it prints, what it stores, what it leaves alone.
#include <fmt/format.h>

#include <fstream>

#include "tests/backfill_fixture.h"
#include "tests/invented_history.h"
#include "tests/rule_files.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;

class Backfill : public BackfillTest {
 protected:
  // Of the tags in the order they were stored, that column.
  std::vector<std::string> column(const std::string& name) const {
    std::vector<std::string> values;
    for (const auto& row : database().rows("SELECT " + name + " FROM ttp_tag ORDER BY rowid")) {
      values.push_back(row.front());
    }
    return values;
  }
};

TEST_F(Backfill, PrintsItsThreeLines) {
  create_database();
  add_rule("E0001", "command", "command_text", ".");
  add_attacker("a-1", R"([{"text": "id"}, {"text": "pwd"}, {"id": "no text"}, "id"])");
  const auto done = backfill();
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(
      done.out,
      MatchesRegex("TTP backfill since=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
                   "(\\.[0-9]{6})?\\+00:00 source=all dry_run=False batch_size=500\n"
                   "source=command rows=1 commands=3 inserted=2 dry_run=False "
                   "elapsed_s=[0-9]+\\.[0-9]{2}\n"
                   "source=canary rows=0 inserted=0 dry_run=False elapsed_s=[0-9]+\\.[0-9]{2}\n"));
  EXPECT_THAT(done.err, IsEmpty());  // the progress line is for terminals
}

TEST_F(Backfill, OnATerminalTheHeaderStandsOut) {
  create_database();
  add_rule("E0001", "command", "command_text", ".");
  add_attacker("a-1", R"([{"text": "id"}])");
  auto line = command({});
  line.terminal = true;
  const auto done = run(line);
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_THAT(done.out, HasSubstr("\x1b[1;36mTTP backfill since="));
  EXPECT_THAT(done.out, HasSubstr("batch_size=500\x1b[0m\r\n"));
  EXPECT_THAT(done.out, HasSubstr("source=canary rows=0 inserted=0 "));
}

TEST_F(Backfill, MakesADatabaseThatIsNotThereAndSaysSo) {
  add_rule("E0001", "command", "command_text", ".");
  const auto done = backfill();
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(value_in(done.out, "source=command", "rows"), "0");
  EXPECT_THAT(done.err, AllOf(HasSubstr(path_.string()), HasSubstr("was not there")));
  EXPECT_THAT(backfill().err, IsEmpty());
}

TEST_F(Backfill, TwoAtOnceStoreTheSameAsOne) {
  create_database();
  add_rules_for_invented_history();
  {
    auto file = database();
    invent_history(file, 6, {.attackers = 100, .commands = 20, .triggers = 20});
  }
  const auto copy = directory_.path() / "copy.db";
  std::filesystem::copy_file(path_, copy);
  Process first(command({"--batch-size", "7"}));
  Process second(command({"--batch-size", "5"}));
  EXPECT_EQ(first.wait().exit_code, 0);
  EXPECT_EQ(second.wait().exit_code, 0);
  environment_["DECNET_DB_PATH"] = copy.string();
  EXPECT_EQ(backfill().exit_code, 0);
  EXPECT_TRUE(tags() == tags_of(copy));
}

TEST_F(Backfill, TagsOneEventPerCommandInOrder) {
  create_database();
  add_rule("E0001", "command", "command_text", ".");
  add_attacker("a-1", R"([
      {"id": "c-1", "uuid": "u-1", "command_text": "one", "session_id": "s-1", "decky_id": "d-1"},
      {"uuid": "u-2", "text": "two", "decky": "d-2"},
      {"command_id": 2003, "text": "three", "command_text": ""},
      "a string",
      {"note": "no text"},
      {"service": "ssh", "decky": "d-3", "command": "six",
       "timestamp": "2026-03-04T10:05:58.120000+00:00"},
      42,
      {"command_text": 7, "text": "not looked at"},
      {"text": "eight"}])",
               "i-1");
  const auto done = backfill({"--source", "command"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(value_in(done.out, "source=command", "commands"), "7");
  EXPECT_EQ(value_in(done.out, "source=command", "inserted"), "5");
  EXPECT_THAT(column("source_id"), ElementsAre("c-1", "u-2", "2003", "a-1#cmd4", "a-1#cmd6"));
  EXPECT_THAT(column("decky_id"), ElementsAre("d-1", "d-2", "NULL", "d-3", "NULL"));
  EXPECT_THAT(column("session_id"), ElementsAre("s-1", "NULL", "NULL", "NULL", "NULL"));
  EXPECT_THAT(column("DISTINCT attacker_uuid || ' ' || identity_uuid"), ElementsAre("a-1 i-1"));
  EXPECT_THAT(column("json_extract(evidence, '$.command_text')"),
              ElementsAre("one", "two", "three", "six", "eight"));
}

TEST_F(Backfill, CountsRowsAndEntriesAsTheContractDoes) {
  create_database();
  add_rule("E0001", "command", "command_text", "^match$");
  add_attacker("a-empty-text", "");
  add_attacker("a-empty-list", "[]");
  add_attacker("a-only-others", R"(["match", null, 1, ["match"]])");
  add_attacker("a-damaged", R"([{"text": "match"})");
  add_attacker("a-object", R"({"text": "match"})");
  add_attacker("a-good", R"([{"text": "match"}, {"text": "no"}, {}])");
  const auto done = backfill({"--source=command"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_EQ(value_in(done.out, "source=command", "rows"), "4");  // not the two unreadable ones
  EXPECT_EQ(value_in(done.out, "source=command", "commands"), "3");
  EXPECT_EQ(value_in(done.out, "source=command", "inserted"), "1");
  EXPECT_THAT(done.err, AllOf(HasSubstr("a-damaged"), HasSubstr("a-object")));
}

TEST_F(Backfill, DryRunTagsButStoresNothing) {
  create_database();
  add_rules_for_invented_history();
  {
    auto file = database();
    invent_history(file, 5, {.attackers = 20, .commands = 20, .triggers = 10});
  }
  const auto before = dump_except(path_, {});
  const auto dry = backfill({"--dry-run", "--json"});
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, AllOf(HasSubstr("\"dry_run\":true"), HasSubstr("\"inserted\":0")));
  EXPECT_EQ(dump_except(path_, {}), before);
  const auto wet = backfill({"--json"});
  EXPECT_THAT(wet.out, Not(HasSubstr("\"inserted\":0,\"events\":400")));
  // What a dry run counts is what the other one stores: ids are unique and all above the floor.
  const auto dry_tags = dry.out.substr(dry.out.find("\"tags\":"), 12);
  EXPECT_THAT(wet.out, HasSubstr(dry_tags));
  EXPECT_THAT(tags(), Not(IsEmpty()));
}

TEST_F(Backfill, DryRunSaysSoInItsLines) {
  create_database();
  add_rule("E0001", "command", "command_text", ".");
  add_attacker("a-1", R"([{"text": "id"}])");
  const auto done = backfill({"--dry-run"});
  EXPECT_THAT(done.out, HasSubstr("dry_run=True batch_size=500\n"));
  EXPECT_THAT(done.out, HasSubstr("source=command rows=1 commands=1 inserted=0 dry_run=True "));
  EXPECT_THAT(done.out, HasSubstr("source=canary rows=0 inserted=0 dry_run=True "));
}

TEST_F(Backfill, CanaryEventsCarryTheFieldsOfTheRow) {
  create_database();
  for (const auto* field :
       {"token_uuid", "src_ip", "request_path", "dns_qname", "user_agent", "ua_signature"}) {
    add_rule(fmt::format("E_{}", field), "canary_fingerprint", field, ".");
  }
  add_attacker("a-1", "[]");
  auto file = database();
  file.insert("canary_triggers", {{"uuid", "t-http"},
                                  {"token_uuid", "k-1"},
                                  {"occurred_at", sql_time_ago(60)},
                                  {"src_ip", "192.0.2.1"},
                                  {"user_agent", "curl/8.5.0"},
                                  {"request_path", "/c/slug"},
                                  {"raw_headers", "{}"},
                                  {"attacker_id", "a-1"}});
  file.insert("canary_triggers", {{"uuid", "t-dns"},
                                  {"token_uuid", "k-2"},
                                  {"occurred_at", sql_time_ago(60)},
                                  {"src_ip", "192.0.2.2"},
                                  {"dns_qname", "slug.example.org"},
                                  {"raw_headers", "not json"},
                                  {"attacker_id", "a-1"}});
  file.insert("canary_triggers", {{"uuid", "t-nobody"},
                                  {"token_uuid", "k-2"},
                                  {"occurred_at", sql_time_ago(60)},
                                  {"src_ip", "192.0.2.3"},
                                  {"user_agent", "curl/8.5.0"},
                                  {"raw_headers", ""}});
  file.insert("canary_triggers", {{"uuid", "t-old"},
                                  {"token_uuid", "k-2"},
                                  {"occurred_at", sql_time_ago(8 * 86'400)},
                                  {"src_ip", "192.0.2.3"},
                                  {"user_agent", "curl/8.5.0"},
                                  {"raw_headers", ""},
                                  {"attacker_id", "a-1"}});
  const auto done = backfill({"--source", "canary"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(value_in(done.out, "source=canary", "rows"), "3");
  EXPECT_EQ(value_in(done.out, "source=canary", "inserted"), "8");
  EXPECT_THAT(done.out, Not(HasSubstr("source=command rows")));
  const auto fired = [&](const std::string& trigger) {
    std::vector<std::string> rules;
    for (const auto& row : database().rows("SELECT rule_id FROM ttp_tag WHERE source_id = '" +
                                           trigger + "' ORDER BY rule_id")) {
      rules.push_back(row.front());
    }
    return rules;
  };
  EXPECT_THAT(fired("t-http"), ElementsAre("E_request_path", "E_src_ip", "E_token_uuid",
                                           "E_ua_signature", "E_user_agent"));
  EXPECT_THAT(fired("t-dns"), ElementsAre("E_dns_qname", "E_src_ip", "E_token_uuid"));
  EXPECT_THAT(fired("t-nobody"), IsEmpty());
  EXPECT_THAT(column("DISTINCT source_kind || ' ' || attacker_uuid"),
              ElementsAre("canary_fingerprint a-1"));
}

TEST_F(Backfill, ReadsTheFingerprintOfATrigger) {
  create_database();
  write_rules(directory_);
  add_attacker("a-1", "[]");
  database().insert("canary_triggers", {{"uuid", "t-1"},
                                        {"token_uuid", "k-1"},
                                        {"occurred_at", sql_time_ago(60)},
                                        {"src_ip", "192.0.2.1"},
                                        {"raw_headers", R"({"_fp": {"nav": {"wd": true}}})"},
                                        {"attacker_id", "a-1"}});
  EXPECT_EQ(value_in(backfill().out, "source=canary", "inserted"), "1");
  EXPECT_THAT(column("rule_id"), ElementsAre("X0004"));
}

TEST_F(Backfill, ASecondRunInsertsNothing) {
  create_database();
  add_rules_for_invented_history();
  {
    auto file = database();
    invent_history(file, 1, {.attackers = 50, .commands = 40, .triggers = 40});
  }
  const auto first = backfill();
  EXPECT_NE(value_in(first.out, "source=command", "inserted"), "0");
  EXPECT_NE(value_in(first.out, "source=canary", "inserted"), "0");
  const auto before = dump_except(path_, {});
  const auto second = backfill();
  EXPECT_EQ(value_in(second.out, "source=command", "inserted"), "0");
  EXPECT_EQ(value_in(second.out, "source=canary", "inserted"), "0");
  EXPECT_EQ(value_in(second.out, "source=command", "rows"),
            value_in(first.out, "source=command", "rows"));
  EXPECT_EQ(dump_except(path_, {}), before);
}

TEST_F(Backfill, StoresTheSameWhateverTheBatchSize) {
  create_database();
  add_rules_for_invented_history();
  {
    auto file = database();
    invent_history(file, 2, {.attackers = 100, .commands = 40, .triggers = 40});
  }
  const auto empty = directory_.path() / "empty.db";
  std::filesystem::copy_file(path_, empty);
  std::vector<std::vector<SqlRow>> results;
  for (const auto* size : {"500", "1", "7", "100000"}) {
    for (const auto* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_.string() + suffix);
    }
    std::filesystem::copy_file(empty, path_);
    const auto done = backfill({"--batch-size", size});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    results.push_back(tags());
    EXPECT_TRUE(results.back() == results.front()) << "--batch-size " << size;
  }
  EXPECT_THAT(results.front(), Not(IsEmpty()));
}

TEST_F(Backfill, WritesMoreTagsAtOnceThanAStatementHasParameters) {
  create_database();
  add_rule("E0001", "command", "command_text", ".");
  std::string history = "[";
  for (int i = 0; i < 5'000; ++i) history += fmt::format(R"({}{{"text": "c{}"}})", i ? "," : "", i);
  add_attacker("a-1", history + "]");
  EXPECT_EQ(value_in(backfill({"--batch-size", "100000"}).out, "source=command", "inserted"),
            "5000");
  EXPECT_EQ(database().number("SELECT count(*) FROM ttp_tag"), 5'000);
}

TEST_F(Backfill, DropsWhatIsBelowTheFloor) {
  create_database();
  add_rule("E0001", "command", "command_text", ".", 0.3);
  add_rule("E0002", "command", "command_text", ".", 0.29);
  add_attacker("a-1", R"([{"text": "id"}])");
  EXPECT_EQ(value_in(backfill().out, "source=command", "inserted"), "1");
  EXPECT_THAT(column("rule_id"), ElementsAre("E0001"));
}

TEST_F(Backfill, SinceDaysSelectsByLastSeenAndReplaysAllOfIt) {
  create_database();
  add_rule("E0001", "command", "command_text", ".");
  add_attacker("a-now", R"([{"text": "old", "ts": "2001-01-01T00:00:00Z"}])");
  add_attacker("a-old", R"([{"text": "id"}])");
  database().run(fmt::format("UPDATE attackers SET last_seen = '{}' WHERE uuid = 'a-old'",
                             sql_time_ago(10 * 86'400)));
  EXPECT_EQ(value_in(backfill().out, "source=command", "rows"), "1");
  EXPECT_THAT(column("attacker_uuid"), ElementsAre("a-now"));
  EXPECT_EQ(value_in(backfill({"-s11"}).out, "source=command", "rows"), "2");
}

TEST_F(Backfill, SaysHowManyRowsAreTooOld) {
  create_database();
  add_rule("E0001", "command", "command_text", ".");
  for (const char* uuid : {"a-now", "a-old", "a-older"}) add_attacker(uuid, R"([{"text": "id"}])");
  database().run(fmt::format("UPDATE attackers SET last_seen = '{}' WHERE uuid <> 'a-now'",
                             sql_time_ago(10 * 86'400)));
  const auto done = backfill();
  EXPECT_EQ(value_in(done.out, "source=command", "rows"), "1");
  EXPECT_EQ(done.err, "decnet ttp-backfill: attackers passed over, older than --since-days 7: 2\n");
  EXPECT_THAT(backfill({"--json"}).out,
              AllOf(HasSubstr(R"("source":"command","rows":1,)"), HasSubstr(R"("older_rows":2,)")));
  EXPECT_THAT(backfill({"-s", "11"}).err, IsEmpty());
}

TEST_F(Backfill, JsonLinesReplaceTheHumanOnes) {
  create_database();
  add_rule("E0001", "command", "command_text", ".");
  add_attacker("a-1", R"([{"text": "id"}, {}])");
  const auto done = backfill({"--json", "-s", "30", "--batch-size=7"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(
      done.out,
      MatchesRegex(
          R"(\{"type":"start","since":"[^"]*\+00:00","source":"all","dry_run":false,"batch_size":7\})"
          "\n"
          R"(\{"type":"slice","source":"command","rows":1,"commands":2,)"
          R"("tagged_live":0,"older_than_record":0,"events":1,"tags":1,)"
          R"("inserted":1,"refused":0,"skipped_rows":0,"older_rows":0,"dry_run":false,"elapsed_s":[0-9.]+\})"
          "\n"
          R"(\{"type":"slice","source":"canary","rows":0,"events":0,"tags":0,)"
          R"("inserted":0,"refused":0,"skipped_rows":0,"older_rows":0,"dry_run":false,"elapsed_s":[0-9.]+\})"
          "\n"));
}

TEST_F(Backfill, WithoutRulesItWarnsAndGoesOn) {
  create_database();
  add_attacker("a-1", R"([{"text": "id"}])");
  const auto done = backfill();
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_EQ(value_in(done.out, "source=command", "commands"), "1");
  EXPECT_EQ(value_in(done.out, "source=command", "inserted"), "0");
  EXPECT_THAT(done.err, AllOf(HasSubstr("no rules"), HasSubstr(rules_.string())));
}

TEST_F(Backfill, AFrameworkDatabaseIsTaggedAndNotAltered) {
  DECNET_CORPUS_OR_SKIP(schema, "contract/framework-sqlite.sql");
  DECNET_CORPUS_OR_SKIP(sample, "contract/framework-sample.sql");
  {
    auto file = database();
    for (const auto& script : {schema, sample}) {
      std::ifstream in(script);
      file.run({std::istreambuf_iterator<char>(in), {}});
    }
  }
  use_shipped_rules();
  const auto before = dump_except(path_, {"ttp_tag"});
  const auto done = backfill({"--since-days", "3650"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(value_in(done.out, "source=command", "rows"), "3");  // the fourth is damaged
  EXPECT_EQ(value_in(done.out, "source=command", "commands"), "8");
  EXPECT_EQ(value_in(done.out, "source=canary", "rows"), "3");
  EXPECT_EQ(dump_except(path_, {"ttp_tag"}), before);
  EXPECT_THAT(tags(), Not(IsEmpty()));
  // A profiler entry, an entry with an id, one with a number for an id.
  EXPECT_GT(database().number("SELECT count(*) FROM ttp_tag WHERE source_id ="
                              " 'a77ac000-0000-4000-8000-000000000001#cmd0'"),
            0);
  EXPECT_GT(database().number("SELECT count(*) FROM ttp_tag WHERE source_id = 'cmd-2001' AND"
                              " identity_uuid = '1de00000-0000-4000-8000-000000000101'"),
            0);
  EXPECT_GT(database().number("SELECT count(*) FROM ttp_tag WHERE source_id = '2003'"), 0);
  EXPECT_EQ(value_in(backfill({"-s", "3650"}).out, "source=command", "inserted"), "0");
}

TEST_F(Backfill, OpensNoSocket) {
  create_database();
  add_rule("E0001", "command", "command_text", ".");
  add_attacker("a-1", R"([{"text": "id"}])");
  const auto trace = directory_.path() / "trace";
  auto line = command({});
  line.arguments.insert(line.arguments.begin(),
                        {"strace", "-f", "-e", "trace=%network,execve", "-o", trace.string()});
  // A leak check needs ptrace for itself.
  line.environment["ASAN_OPTIONS"] = "detect_leaks=0";
  const auto done = run(line);
  if (done.exit_code == 127) GTEST_SKIP() << "NOT CHECKED: no strace on this machine";
  if (!std::filesystem::exists(trace) || std::filesystem::file_size(trace) == 0) {
    GTEST_SKIP() << "NOT CHECKED: strace may not trace here: " << done.err;
  }
  EXPECT_EQ(value_in(done.out, "source=command", "inserted"), "1") << done.err;
  std::ifstream in(trace);
  const std::string calls{std::istreambuf_iterator<char>(in), {}};
  EXPECT_THAT(calls, HasSubstr("execve("));  // the trace is one
  EXPECT_THAT(calls, Not(HasSubstr("socket")));
  EXPECT_THAT(calls, Not(HasSubstr("connect(")));
}

// On both stores: what an operator decided about a rule counts in a replay too.
class BackfillUnderStates : public Backfill, public testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    environment_["DECNET_TTP_RULE_STORE_TYPE"] = GetParam();
    create_database();
    for (const char* id : {"E0001", "E0002", "E0003", "E0004"}) {
      add_rule(id, "command", "command_text", "id");
    }
    add_attacker("a-1", R"([{"text": "id"}])");
    if (GetParam() == "database") {
      ASSERT_EQ(rules({"sync"}).exit_code, 0);
    }
  }
  Finished rules(const std::vector<std::string>& words) const {
    std::vector<std::string> all = {"ttp-rules"};
    all.insert(all.end(), words.begin(), words.end());
    return decnet(directory_.path(), all, command({}).environment);
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, BackfillUnderStates, testing::Values("filesystem", "database"),
                         [](const auto& store) { return store.param; });

TEST_P(BackfillUnderStates, ADisabledRuleGivesNoTagsAndAClipIsACeiling) {
  ASSERT_EQ(rules({"disable", "E0001"}).exit_code, 0);
  ASSERT_EQ(rules({"clip", "E0002", "--max", "0.5"}).exit_code, 0);
  ASSERT_EQ(rules({"clip", "E0003", "--max", "0.2"}).exit_code, 0);
  const auto done = backfill();
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.err, IsEmpty());
  EXPECT_THAT(column("rule_id || ' ' || confidence"), ElementsAre("E0002 0.5", "E0004 0.9"));
  // Enabled again, the next replay fills in what is missing.
  ASSERT_EQ(rules({"reset", "E0001", "E0003"}).exit_code, 0);
  EXPECT_EQ(backfill().exit_code, 0);
  EXPECT_THAT(column("rule_id"), ElementsAre("E0002", "E0004", "E0001", "E0003"));
}

}  // namespace
}  // namespace decnet::test
