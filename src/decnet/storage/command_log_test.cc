#include "decnet/storage/command_log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rapidcheck.h>

#include "decnet/base/json.h"

namespace decnet::storage {
namespace {

using Added = CommandLog::Added;

ObservedCommand command(const std::string& id, const std::string& time) {
  return {id, *parse_time(time), Json::object({{"id", id}, {"ts", time}})};
}

struct Case {
  std::string name;
  std::string stored;
  std::string added;  // id of a command at 10:05
  std::string expected;
};
class CommandLogPlace : public testing::TestWithParam<Case> {};

const std::string kNew = R"({"id":"n","ts":"2026-03-04T10:05:00"})";

INSTANTIATE_TEST_SUITE_P(
    Table, CommandLogPlace,
    testing::ValuesIn(std::vector<Case>{
        {"IntoNothing", "", "n", "[" + kNew + "]"},
        {"IntoAnEmptyList", " [ ] ", "n", "[" + kNew + "]"},
        {"BehindAByteOrderMark", "\xEF\xBB\xBF[1]", "n", "[1," + kNew + "]"},
        {"BeforeALaterOne", R"([{"id":"b","ts":"2026-03-04T10:06:00"}])", "n",
         "[" + kNew + R"(,{"id":"b","ts":"2026-03-04T10:06:00"}])"},
        {"AfterAnEarlierOne", R"([{"id":"b","ts":"2026-03-04T10:04:00"}])", "n",
         R"([{"id":"b","ts":"2026-03-04T10:04:00"},)" + kNew + "]"},
        {"ByIdWithinAnInstant",
         R"([{"id":"a","ts":"2026-03-04T10:05:00"}, {"id":"z","ts":"2026-03-04T10:05:00"}])", "n",
         R"([{"id":"a","ts":"2026-03-04T10:05:00"},)" + kNew +
             R"(,{"id":"z","ts":"2026-03-04T10:05:00"}])"},
        {"NeverBeforeOneWithoutAnId",
         R"([{"command":"w","timestamp":"2026-03-04T11:00:00"}, {"id":"b","ts":"2026-03-04T10:06:00"}])",
         "n",
         R"([{"command":"w","timestamp":"2026-03-04T11:00:00"},)" + kNew +
             R"(,{"id":"b","ts":"2026-03-04T10:06:00"}])"},
        {"NeverBeforeOneWithoutATime", R"([{"id":"b"}])", "n", R"([{"id":"b"},)" + kNew + "]"},
        {"NeverBeforeOneThatIsNoObject", R"(["]", [1, {"x": "}\"]"}], null])", "n",
         R"(["]",[1, {"x": "}\"]"}],null,)" + kNew + "]"},
    }),
    [](const auto& row) { return row.param.name; });

TEST_P(CommandLogPlace, OfANewCommand) {
  auto log = CommandLog::read(GetParam().stored).value();
  EXPECT_FALSE(log.changed());
  EXPECT_EQ(log.add(command(GetParam().added, "2026-03-04T10:05:00")), Added::kNew);
  EXPECT_TRUE(log.changed());
  EXPECT_EQ(log.text(), GetParam().expected);
  EXPECT_EQ(log.add(command(GetParam().added, "2026-03-04T10:05:00")), Added::kKnown);
}

TEST(CommandLog, KnowsIdsInEveryForm) {
  auto log = CommandLog::read(
                 R"([{"id": "", "uuid": "u-1"}, {"command_id": 7}, {"id": "i-1", "uuid": "x"}])")
                 .value();
  EXPECT_EQ(log.add(command("u-1", "2026-03-04T10:05:00")), Added::kKnown);
  EXPECT_EQ(log.add(command("7", "2026-03-04T10:05:00")), Added::kKnown);
  EXPECT_EQ(log.add(command("i-1", "2026-03-04T10:05:00")), Added::kKnown);
  EXPECT_EQ(log.add(command("x", "2026-03-04T10:05:00")), Added::kNew);
}

TEST(CommandLog, KnowsAnUnnamedEntryByTimeTextAndDecoy) {
  const auto entry = [](const std::string& text, const std::string& decoy,
                        const std::string& time) {
    auto made = command("n", time);
    made.element.set("command_text", text);
    made.element.set("decky", decoy);
    return made;
  };
  const auto add = [](const ObservedCommand& made) {
    auto log = CommandLog::read(R"([{"service": "ssh", "decky": "d1", "command": "w",)"
                                R"( "timestamp": "2026-03-04T10:05:00.000000+00:00"}])")
                   .value();
    return log.add(made);
  };
  EXPECT_EQ(add(entry("w", "d1", "2026-03-04T10:05:00")), Added::kKnown);
  EXPECT_EQ(add(entry("w", "", "2026-03-04T10:05:00")), Added::kKnown);
  EXPECT_EQ(add(entry("w", "d2", "2026-03-04T10:05:00")), Added::kNew);
  EXPECT_EQ(add(entry("ls", "d1", "2026-03-04T10:05:00")), Added::kNew);
  EXPECT_EQ(add(entry("w", "d1", "2026-03-04T10:05:00.000001")), Added::kNew);
}

TEST(CommandLog, RefusesWhatIsNoArray) {
  for (const std::string text : {"{}", "null", "[", "[]]", "[1,]", "\"[]\"", "[1] [2]",
                                 // One byte order mark is passed over, a second is not JSON.
                                 "\xEF\xBB\xBF\xEF\xBB\xBF[1]"}) {
    EXPECT_FALSE(CommandLog::read(text)) << text;
  }
}

TEST(CommandLog, StopsWhereTheColumnEnds) {
  auto log = CommandLog::read("").value();
  const std::string bulk(kMaxHistoryBytes / 4, 'x');
  std::size_t taken = 0;
  for (int i = 0; i < 6; ++i) {
    auto big = command(fmt::format("c-{}", i), "2026-03-04T10:05:00");
    big.element.set("command_text", bulk);
    taken += log.add(big) == Added::kNew ? 1 : 0;
  }
  EXPECT_EQ(taken, 3U);
  // To the very last byte.
  const std::size_t left = kMaxHistoryBytes - log.text().size();
  auto last = command("last", "2026-03-04T10:05:00");
  last.element.set("t", "");
  const std::size_t bare = last.element.dump().size() + 1;
  last.element.set("t", std::string(left - bare + 1, 'x'));
  EXPECT_EQ(log.add(last), Added::kFull);
  last.element.set("t", std::string(left - bare, 'x'));
  EXPECT_EQ(log.add(last), Added::kNew);
  EXPECT_EQ(log.text().size(), kMaxHistoryBytes);
}

Json any_json(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 7 : 5)) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
    case 4: {
      const std::string alphabet = "ab\"\\[]{},: \n";
      return *rc::gen::container<std::string>(rc::gen::elementOf(alphabet));
    }
    case 5: {
      Json::Array array;
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) array.push_back(any_json(depth - 1));
      return array;
    }
    default: {
      Json object = Json::object({});
      const std::vector<std::string> keys = {"id", "ts", "command", "\"]", "timestamp"};
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        object.set(*rc::gen::elementOf(keys), any_json(depth - 1));
      }
      return object;
    }
  }
}

// Whatever is stored reads back as the same elements, in the same order, and a command added to
// them is one element more.
TEST(CommandLog, LosesNothing) {
  EXPECT_TRUE(rc::check([] {
    Json::Array elements;
    for (int i = *rc::gen::inRange(0, 6); i > 0; --i) elements.push_back(any_json(3));
    auto log = CommandLog::read(Json(elements).dump()).value();
    RC_ASSERT(*Json::parse(log.text())->array() == elements);
    const auto added = command("new", "2026-03-04T10:05:00");
    RC_ASSERT(log.add(added) == Added::kNew);
    auto after = *Json::parse(log.text())->array();
    const auto place = std::find(after.begin(), after.end(), added.element);
    RC_ASSERT(place != after.end());
    after.erase(place);
    RC_ASSERT(after == elements);
  }));
}

}  // namespace
}  // namespace decnet::storage
