// Whole logs into a real database.
#include "decnet/importers/cowrie.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sqlite3.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "decnet/base/file.h"
#include "decnet/storage/database.h"
#include "tests/test_main.h"

namespace decnet::importers {
namespace {

using test::TempDir;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;

struct Imported {
  ImportReport report;
  std::optional<Error> error;
};

// A database of its own for one test.
class Store {
 public:
  Store() : database_(storage::open_sqlite(path(), storage::OpenMode::kCreate)) {
    if (!database_) ADD_FAILURE() << database_.error().message;
  }

  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "decnet.db"; }
  [[nodiscard]] const TempDir& directory() const { return directory_; }

  Imported import_file(const std::filesystem::path& log, const ImportOptions& options = {}) {
    Imported result;
    auto source = open_lines(log.string());
    if (!source) return {{}, source.error()};
    const auto done = import_cowrie(**source, (*database_)->observations(), options, result.report);
    if (!done) result.error = done.error();
    return result;
  }
  Imported import_text(std::string_view log, const ImportOptions& options = {}) {
    return import_file(directory_.write("cowrie.json", log), options);
  }

  // The rows of a query, columns joined by '|', sorted.
  [[nodiscard]] std::vector<std::string> rows(const std::string& query) const {
    std::vector<std::string> found;
    sqlite3* handle = nullptr;
    sqlite3_open_v2(path().c_str(), &handle, SQLITE_OPEN_READONLY, nullptr);
    const auto add = [](void* into, int count, char** values, char**) {
      std::string row;
      for (int i = 0; i < count; ++i) {
        row += i == 0 ? "" : "|";
        row += values[i] == nullptr ? "NULL" : values[i];
      }
      static_cast<std::vector<std::string>*>(into)->push_back(row);
      return 0;
    };
    char* problem = nullptr;
    sqlite3_exec(handle, query.c_str(), add, &found, &problem);
    EXPECT_EQ(problem, nullptr) << problem;
    sqlite3_close(handle);
    std::sort(found.begin(), found.end());
    return found;
  }

  // Empties it: making a database costs more than most tests.
  void clear() const {
    sqlite3* handle = nullptr;
    sqlite3_open_v2(path().c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
    EXPECT_EQ(
        sqlite3_exec(
            handle,
            "DELETE FROM attackers; DELETE FROM decnet_event; DELETE FROM decnet_auth_attempt",
            nullptr, nullptr, nullptr),
        SQLITE_OK);
    sqlite3_close(handle);
  }

  // Everything that an import writes, but for the time of writing.
  [[nodiscard]] std::vector<std::string> everything() const {
    auto all = rows(
        "SELECT uuid, ip, first_seen, last_seen, event_count, services, deckies, commands "
        "FROM attackers");
    const auto logins = rows("SELECT * FROM decnet_auth_attempt");
    all.insert(all.end(), logins.begin(), logins.end());
    const auto events = rows("SELECT * FROM decnet_event");
    all.insert(all.end(), events.begin(), events.end());
    return all;
  }

 private:
  TempDir directory_;
  Result<std::unique_ptr<storage::Database>> database_;
};

// Empty when both are the same; else the first row that is not in both.
std::string difference(const std::vector<std::string>& some,
                       const std::vector<std::string>& others) {
  for (std::size_t i = 0; i < std::max(some.size(), others.size()); ++i) {
    const std::string one = i < some.size() ? some[i] : "(no row)";
    const std::string other = i < others.size() ? others[i] : "(no row)";
    if (one != other) return one + "\ninstead of\n" + other;
  }
  return "";
}

std::filesystem::path sample() { return test::source_dir() / "samples" / "cowrie.json"; }

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  const auto source = open_lines(path.string());
  std::string_view line;
  while ((*source)->next(line).value() == LineSource::Got::kLine) lines.emplace_back(line);
  return lines;
}

std::string joined(std::vector<std::string>::const_iterator begin,
                   std::vector<std::string>::const_iterator end) {
  std::string text;
  for (auto line = begin; line != end; ++line) text += *line + "\n";
  return text;
}

TEST(Cowrie, TheSampleLogIsReadWhole) {
  Store store;
  const auto [report, error] = store.import_file(sample());
  EXPECT_FALSE(error);
  EXPECT_EQ(report.lines, 229u);
  EXPECT_EQ(report.ignored, 1u);
  EXPECT_EQ(report.damaged, 2u);
  EXPECT_EQ(report.events, 226u);
  EXPECT_THAT(report.damage, SizeIs(2));
  EXPECT_THAT(report.damage.at(0), HasSubstr("samples/cowrie.json:168: not JSON at byte "));
  EXPECT_EQ(report.stored.new_attackers, 8u);
  EXPECT_EQ(report.stored.new_commands, 82u);
  EXPECT_EQ(report.stored.new_logins, 50u);
  EXPECT_TRUE(report.stored.logins_kept);
}

constexpr std::string_view kSession =
    R"({"eventid":"cowrie.session.connect","src_ip":"192.0.2.7","session":"s1","protocol":"telnet","sensor":"web-1","timestamp":"2024-03-05T10:00:00.000000Z"}
{"eventid":"cowrie.login.failed","username":"root","password":"x'y","src_ip":"192.0.2.7","session":"s1","sensor":"web-1","timestamp":"2024-03-05T10:00:01.500000Z"}
{"eventid":"cowrie.command.input","input":"uname -a","src_ip":"192.0.2.7","session":"s1","sensor":"web-1","timestamp":"2024-03-05T10:00:02.000000Z"}
{"eventid":"cowrie.session.closed","duration":3.0,"src_ip":"192.0.2.7","session":"s1","sensor":"web-1","timestamp":"2024-03-05T10:00:03.000000Z"}
)";

TEST(Cowrie, ASessionBecomesAnAttackerWithCommandsAndLogins) {
  Store store;
  store.import_text(kSession);
  EXPECT_THAT(store.rows("SELECT ip, first_seen, last_seen, services, deckies FROM attackers"),
              ElementsAre("192.0.2.7|2024-03-05 10:00:00.000000|2024-03-05 10:00:03.000000|"
                          "[\"telnet\"]|[\"web-1\"]"));
  const auto commands = store.rows("SELECT commands FROM attackers");
  ASSERT_THAT(commands, SizeIs(1));
  const auto element = Json::parse(commands[0]).value().array()->at(0);
  const auto member = [&element](const char* key) { return *element.find(key)->string(); };
  EXPECT_EQ(member("id").size(), 36u);
  EXPECT_EQ(member("session_id"), "s1");
  EXPECT_EQ(member("decky"), "web-1");
  EXPECT_EQ(member("service"), "telnet");
  EXPECT_EQ(member("command_text"), "uname -a");
  EXPECT_EQ(member("ts"), "2024-03-05T10:00:02+00:00");
  EXPECT_THAT(*element.object(), SizeIs(6));
  EXPECT_THAT(store.rows("SELECT attempted_at, session_id, decky_id, service, username, password, "
                         "success FROM decnet_auth_attempt"),
              ElementsAre("2024-03-05 10:00:01.500000|s1|web-1|telnet|root|x'y|0"));
}

TEST(Cowrie, TheSameFileTwiceAddsNothing) {
  Store store;
  const auto first = store.import_file(sample());
  const auto stored = store.everything();
  const auto second = store.import_file(sample());
  EXPECT_EQ(difference(store.everything(), stored), "");
  EXPECT_EQ(second.report.stored.new_attackers, 0u);
  EXPECT_EQ(second.report.stored.new_commands, 0u);
  EXPECT_EQ(second.report.stored.new_logins, 0u);
  EXPECT_EQ(second.report.stored.known_commands, first.report.stored.new_commands);
  EXPECT_EQ(second.report.stored.known_logins, first.report.stored.new_logins);
}

TEST(Cowrie, OverlappingHalvesInAnyOrderAreTheWhole) {
  Store whole;
  whole.import_file(sample());
  const auto lines = lines_of(sample());
  // The part in both is longer than a session.
  const std::string head = joined(lines.begin(), lines.begin() + 140);
  const std::string tail = joined(lines.begin() + 90, lines.end());
  Store forwards;
  forwards.import_text(head);
  forwards.import_text(tail);
  EXPECT_EQ(difference(forwards.everything(), whole.everything()), "");
  Store backwards;
  backwards.import_text(tail);
  backwards.import_text(head);
  EXPECT_EQ(difference(backwards.everything(), whole.everything()), "");
}

TEST(Cowrie, HoweverALogIsCutAndMixedTheSameIsStored) {
  const auto lines = lines_of(sample());
  // A session cut from its first line loses its service where only that line says it, and nothing
  // else: what it loses is left out here.
  const std::string commands =
      "SELECT ip, json_extract(c.value, '$.id'), json_extract(c.value, '$.session_id'), "
      "json_extract(c.value, '$.decky'), json_extract(c.value, '$.ts'), "
      "json_extract(c.value, '$.command_text') FROM attackers, json_each(commands) AS c";
  const std::string logins =
      "SELECT id, attacker_uuid, attempted_at, session_id, decky_id, username, password, success "
      "FROM decnet_auth_attempt";
  const std::string attackers =
      "SELECT uuid, ip, first_seen, last_seen, event_count, deckies FROM attackers";
  const std::string events = "SELECT * FROM decnet_event";
  Store whole;
  whole.import_file(sample());
  const auto wanted_events = whole.rows(events);
  const auto wanted_commands = whole.rows(commands);
  const auto wanted_logins = whole.rows(logins);
  const auto wanted_attackers = whole.rows(attackers);
  Store store;
  EXPECT_TRUE(rc::check([&] {
    const auto size = static_cast<int>(lines.size());
    const auto cut = *rc::gen::inRange(0, size);
    const auto overlap = *rc::gen::inRange(0, size - cut);
    std::vector<std::string> parts{joined(lines.begin(), lines.begin() + cut + overlap),
                                   joined(lines.begin() + cut, lines.end())};
    if (*rc::gen::arbitrary<bool>()) std::swap(parts[0], parts[1]);
    const ImportOptions options{.batch_lines = *rc::gen::inRange<std::size_t>(1, 300)};
    store.clear();
    for (const std::string& part : parts) store.import_text(part, options);
    RC_ASSERT(difference(store.rows(commands), wanted_commands) == "");
    RC_ASSERT(difference(store.rows(logins), wanted_logins) == "");
    RC_ASSERT(difference(store.rows(events), wanted_events) == "");
    RC_ASSERT(difference(store.rows(attackers), wanted_attackers) == "");
  }));
}

TEST(Cowrie, AGzipFileIsThePlainFile) {
  const std::string text = read_file(sample()).value();
  Store plain;
  plain.import_text(text);
  Store packed;
  const auto path = packed.directory().path() / "cowrie.json.gz";
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  const auto result = packed.import_file(path);
  EXPECT_FALSE(result.error);
  EXPECT_EQ(difference(packed.everything(), plain.everything()), "");
}

TEST(Cowrie, WhatComesBeforeTheDamageOfAFileIsStored) {
  Store store;
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text +=
        fmt::format(R"({{"eventid":"cowrie.command.input","input":"echo {}","src_ip":"192.0.2.{}",)"
                    R"("session":"s{}","sensor":"a","timestamp":"2024-03-05T10:00:00.{:06}Z"}})"
                    "\n",
                    i * 7919, i % 250, i / 10, i);
  }
  const auto path = store.directory().path() / "cowrie.json.gz";
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const auto [report, error] = store.import_file(path);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::kInvalid);
  EXPECT_THAT(error->message,
              HasSubstr(fmt::format("cowrie.json.gz: after line {}: ", report.lines)));
  EXPECT_GT(report.lines, 5'000u);
  EXPECT_EQ(report.stored.new_commands, report.lines);
  EXPECT_EQ(report.damaged, 0u);
}

TEST(Cowrie, StoppedItKeepsWhatIsStoredAndASecondRunCompletesIt) {
  Store whole;
  whole.import_file(sample());
  Store store;
  std::vector<std::uint64_t> seen;
  ImportOptions options{.batch_lines = 60, .tick_lines = 50};
  options.progress = [&seen](const ImportReport& report, const LineSource& source) {
    EXPECT_EQ(report.lines, source.line_number());
    EXPECT_LE(source.bytes_read(), source.bytes_total());
    seen.push_back(report.lines);
  };
  options.stop = [&seen] { return seen.size() == 3; };
  const auto stopped = store.import_file(sample(), options);
  EXPECT_FALSE(stopped.error);
  EXPECT_THAT(seen, ElementsAre(50u, 60u, 100u));
  EXPECT_LT(stopped.report.stored.new_commands, 82u);
  EXPECT_NE(difference(store.everything(), whole.everything()), "");
  store.import_file(sample());
  EXPECT_EQ(difference(store.everything(), whole.everything()), "");
}

TEST(Cowrie, TheFirstTenDamagedLinesAreNamedAndAllAreCounted) {
  Store store;
  std::string text;
  for (int i = 0; i < 40; ++i) text += i % 2 == 0 ? "{\x1b[2J\n" : "{}\n";
  const auto [report, error] = store.import_text(text + std::string(kSession));
  EXPECT_FALSE(error);
  EXPECT_EQ(report.damaged, 20u);
  EXPECT_EQ(report.ignored, 20u);
  EXPECT_EQ(report.events, 4u);
  ASSERT_THAT(report.damage, SizeIs(ImportReport::kMaxNamedLines));
  EXPECT_THAT(report.damage[0], HasSubstr("cowrie.json:1: not JSON"));
  EXPECT_THAT(report.damage[9], HasSubstr("cowrie.json:19: not JSON"));
  for (const std::string& line : report.damage) EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

TEST(Cowrie, AnEventWithoutAddressIsIgnoredUnlessItsSessionIsKnown) {
  const std::string command =
      R"({"eventid":"cowrie.command.input","input":"id","session":"s1","sensor":"web-1",)"
      R"("timestamp":"2024-03-05T10:00:09Z"})";
  Store unknown;
  const auto without = unknown.import_text(command);
  EXPECT_EQ(without.report.ignored, 1u);
  EXPECT_THAT(unknown.everything(), SizeIs(0));
  Store known;
  const auto with = known.import_text(std::string(kSession) + command);
  EXPECT_EQ(with.report.events, 5u);
  EXPECT_EQ(with.report.stored.new_commands, 2u);
}

TEST(Cowrie, TheLongestLineIsReadAndALongerOneIsDamaged) {
  const auto command = [](std::size_t size) {
    return R"({"eventid":"cowrie.command.input","src_ip":"192.0.2.7","session":"s1","sensor":"a",)"
           R"("timestamp":"2024-03-05T10:00:00Z","input":")" +
           std::string(size, 'x') + "\"}";
  };
  const std::size_t most = LineSource::kMaxLineBytes - command(0).size();
  Store store;
  const auto [report, error] =
      store.import_text(command(most) + "\n" + command(most + 1) + "\n" + std::string(kSession));
  EXPECT_FALSE(error);
  EXPECT_EQ(report.events, 5u);
  EXPECT_EQ(report.damaged, 1u);
  EXPECT_THAT(report.damage, ElementsAre(EndsWith("cowrie.json:2: longer than 4194304 bytes")));
  EXPECT_EQ(report.stored.new_commands, 2u);
}

TEST(Cowrie, ABatchIsBoundedByItsBytesToo) {
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += fmt::format(R"({{"eventid":"cowrie.login.failed","src_ip":"192.0.2.7","session":"s1",)"
                        R"("timestamp":"2024-03-05T10:00:{:02}Z","username":"u","password":"{}"}})"
                        "\n",
                        i, std::string(1 << 20, 'x'));
  }
  Store store;
  std::vector<std::uint64_t> stored;
  ImportOptions options;
  options.batch_bytes = std::size_t{4} << 20;
  options.progress = [&stored](const ImportReport& report, const LineSource&) {
    stored.push_back(report.stored.new_logins);
  };
  const auto result = store.import_text(text, options);
  EXPECT_FALSE(result.error);
  EXPECT_THAT(stored, ElementsAre(4, 8, 12, 16, 20, 20));
}

TEST(Cowrie, AMutilatedLogIsCountedToTheLastLine) {
  const std::string text = read_file(sample()).value();
  constexpr std::size_t kMark = 8;  // the first bytes say what kind of file it is
  Store store;
  EXPECT_TRUE(rc::check([&](const std::vector<std::pair<std::uint16_t, char>>& edits) {
    std::string mutated = text;
    for (const auto& [at, byte] : edits) mutated[kMark + at % (mutated.size() - kMark)] = byte;
    const auto [report, error] = store.import_text(mutated);
    RC_ASSERT(!error);
    RC_ASSERT(report.lines == report.events + report.ignored + report.damaged);
    RC_ASSERT(report.stored.new_commands <= 83u + edits.size());
  }));
}

struct RealLog {
  std::string year;
  std::string file;
  std::uint64_t lines, attackers, commands, logins;
};

class RealLogs : public testing::TestWithParam<RealLog> {};

// Counted from the files by other means (distinct src_ip; command.input with more than blanks;
// login.success and .failed).
TEST_P(RealLogs, AreReadWhole) {
  DECNET_CORPUS_OR_SKIP(log, "corpora/raw/" + GetParam().file);
  Store store;
  const auto [report, error] = store.import_file(log);
  EXPECT_FALSE(error);
  EXPECT_EQ(report.damaged, 0u);
  EXPECT_EQ(report.ignored, 0u);
  EXPECT_EQ(report.lines, GetParam().lines);
  EXPECT_EQ(report.events, GetParam().lines);
  EXPECT_EQ(report.stored.new_attackers, GetParam().attackers);
  EXPECT_EQ(report.stored.new_commands, GetParam().commands);
  EXPECT_EQ(report.stored.known_commands, 0u);
  EXPECT_EQ(report.stored.new_logins, GetParam().logins);
  EXPECT_EQ(report.stored.known_logins, 0u);
  EXPECT_THAT(store.rows("SELECT ip FROM attackers WHERE services NOT IN "
                         "('[\"ssh\"]', '[\"telnet\"]', '[\"ssh\",\"telnet\"]')"),
              SizeIs(0));
  EXPECT_THAT(store.rows("SELECT c.value FROM attackers, json_each(commands) AS c "
                         "WHERE json_extract(c.value, '$.service') IS NULL"),
              SizeIs(0));
}

INSTANTIATE_TEST_SUITE_P(Years, RealLogs,
                         testing::ValuesIn(std::vector<RealLog>{
                             {"In2017", "cowrie-2017-10-07.json", 4377, 98, 823, 258},
                             {"In2018", "cowrie-2018-06-16.json", 5915, 74, 8, 579},
                             {"In2022", "cowrie-2022-07-17.json", 5426, 126, 52, 973},
                         }),
                         [](const auto& row) { return row.param.year; });

}  // namespace
}  // namespace decnet::importers
