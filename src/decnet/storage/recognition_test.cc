#include "decnet/storage/recognition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "decnet/base/uuid.h"

namespace decnet::storage {
namespace {

UtcTime at(std::string_view text) { return *parse_time(text); }

struct Row {
  std::string instant;
  std::string decky;
  std::string text;
  std::string id;
  SeenIn in = SeenIn::kLive;
};
struct Typed {
  std::string instant;
  std::string decky;
  std::string text;
};

struct Case {
  const char* name;
  std::vector<Row> record;
  std::vector<Typed> commands;
  std::vector<std::string> ids;  // of the commands, "-" for none; sorted where several are equal
};

std::vector<std::string> ids_of(const std::vector<Typed>& typed, const std::vector<Row>& record) {
  std::vector<TypedCommand> commands;
  for (const Typed& each : typed) commands.push_back({each.decky, each.text, at(each.instant)});
  Recognition recognition(commands);
  for (const Row& row : record) {
    recognition.offer(at(row.instant), row.decky, sha256_hex(row.text), {row.id, row.in});
  }
  std::vector<std::string> ids;
  for (const auto& as : recognition.take()) ids.push_back(as ? as->source_id : "-");
  return ids;
}

constexpr const char* kNoon = "2026-03-04T12:00:00Z";
constexpr SeenIn kHistory = SeenIn::kHistory;

class Recognised : public testing::TestWithParam<Case> {};

TEST_P(Recognised, HaveTheirIds) {
  auto ids = ids_of(GetParam().commands, GetParam().record);
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(ids, GetParam().ids);
}

INSTANTIATE_TEST_SUITE_P(
    Commands, Recognised,
    testing::ValuesIn(std::vector<Case>{
        {"TheSame", {{kNoon, "d", "id", "s#0"}}, {{kNoon, "d", "id"}}, {"s#0"}},
        {"NothingRecorded", {}, {{kNoon, "d", "id"}}, {"-"}},
        {"NoCommands", {{kNoon, "d", "id", "s#0"}}, {}, {}},
        {"AnotherText", {{kNoon, "d", "id", "s#0"}}, {{kNoon, "d", "id "}}, {"-"}},
        {"AnotherDecoy", {{kNoon, "d", "id", "s#0"}}, {{kNoon, "e", "id"}}, {"-"}},
        {"ADecoyNotRecorded", {{kNoon, "", "id", "s#0"}}, {{kNoon, "d", "id"}}, {"s#0"}},
        {"ADecoyNotTold", {{kNoon, "d", "id", "s#0"}}, {{kNoon, "", "id"}}, {"s#0"}},
        {"AnotherZone",
         {{"2026-03-04T12:00:00.25+00:00", "d", "id", "s#0"}},
         {{"2026-03-04T13:30:00.250000+01:30", "d", "id"}},
         {"s#0"}},
        {"WithoutItsFraction",
         {{"2026-03-04T12:00:00.25Z", "d", "id", "s#0"}},
         {{kNoon, "d", "id"}},
         {"s#0"}},
        {"WithAFractionThen",
         {{kNoon, "d", "id", "s#0"}},
         {{"2026-03-04T12:00:00.999999Z", "d", "id"}},
         {"s#0"}},
        {"AnotherFraction",
         {{"2026-03-04T12:00:00.25Z", "d", "id", "s#0"}},
         {{"2026-03-04T12:00:00.250001Z", "d", "id"}},
         {"-"}},
        {"TheNextSecond",
         {{kNoon, "d", "id", "s#0"}},
         {{"2026-03-04T12:00:01Z", "d", "id"}},
         {"-"}},
        {"TwiceInOneSecond",
         {{kNoon, "d", "id", "s#0"}, {kNoon, "d", "id", "s#1"}},
         {{kNoon, "d", "id"}, {kNoon, "d", "id"}},
         {"s#0", "s#1"}},
        {"TwiceUnderOneLiveId",
         {{kNoon, "d", "id", "192.0.2.1-12:00:00"}},
         {{kNoon, "d", "id"}, {kNoon, "d", "id"}},
         {"192.0.2.1-12:00:00", "192.0.2.1-12:00:00"}},
        {"AnIdOfTheHistoryIsOfOneEntry",
         {{kNoon, "d", "id", "a#cmd3", kHistory}},
         {{kNoon, "d", "id"}, {kNoon, "d", "id"}},
         {"-", "a#cmd3"}},
        {"SeenOftenerThanTyped",
         {{kNoon, "d", "id", "s#0"}, {kNoon, "d", "id", "t#0"}},
         {{kNoon, "d", "id"}},
         {"s#0"}},
        {"OneOfTwoDecoys",
         {{kNoon, "d", "id", "s#0"}, {kNoon, "e", "id", "t#0"}},
         {{kNoon, "e", "id"}, {kNoon, "f", "id"}},
         {"-", "t#0"}},
        {"BytesThatAreNoUtf8",
         {{kNoon, "d", "\xEF\xBF\xBD", "s#0"}},
         {{kNoon, "d", "\xff"}},
         {"s#0"}},
        {"AnIdThatWasTooLong", {{kNoon, "d", "id", ""}}, {{kNoon, "d", "id"}}, {""}},
    }),
    [](const auto& row) { return row.param.name; });

// With fractions everywhere and one id each it is a matching of equals, whatever the order.
TEST(Recognition, IsByContentWhateverTheOrder) {
  EXPECT_TRUE(rc::check(
      [](const std::vector<std::uint8_t>& typed, const std::vector<std::uint8_t>& recorded) {
        const auto instant = [](std::uint8_t any) {
          return "2026-03-04T12:00:0" + std::to_string(any % 3) + ".5Z";
        };
        const auto text = [](std::uint8_t any) { return std::string(1, "abc"[any / 3 % 3]); };
        std::vector<Typed> commands;
        std::map<std::string, int> balance;
        for (const auto any : typed) {
          commands.push_back({instant(any), "d", text(any)});
          ++balance[instant(any) + text(any)];
        }
        std::vector<Row> record;
        for (const auto any : recorded) {
          record.push_back({instant(any), "d", text(any), std::to_string(record.size()), kHistory});
          --balance[instant(any) + text(any)];
        }
        std::size_t expected = 0;
        for (const auto& [what, left] : balance)
          expected += static_cast<std::size_t>(std::max(left, 0));
        const auto ids = ids_of(commands, record);
        RC_ASSERT(static_cast<std::size_t>(std::count(ids.begin(), ids.end(), "-")) == expected);
        std::set<std::string> distinct(ids.begin(), ids.end());
        distinct.erase("-");
        RC_ASSERT(distinct.size() == ids.size() - expected);
      }));
}

TEST(Recognition, AFloodOfEqualCommandsStaysLinear) {
  const std::vector<TypedCommand> commands(100'000, {"d", "id", at(kNoon)});
  Recognition recognition(commands);
  const std::string digest = sha256_hex("id");
  for (int i = 0; i < 100'000; ++i) {
    recognition.offer(at(kNoon), "d", digest, {std::to_string(i), SeenIn::kLive});
    recognition.offer(at(kNoon), "e", digest, {std::to_string(i), SeenIn::kLive});
  }
  for (const auto& as : recognition.take()) ASSERT_TRUE(as);
}

TEST(Recognition, KnowsTheSecondsThatMatter) {
  const std::vector<TypedCommand> commands = {{"", "a", at("2026-03-04T12:00:05.5Z")},
                                              {"", "b", at("2026-03-04T12:00:01Z")}};
  const Recognition recognition(commands);
  const auto second = [](std::string_view text) {
    return std::chrono::floor<std::chrono::seconds>(at(text));
  };
  EXPECT_EQ(recognition.next_second({}), second("2026-03-04T12:00:01Z"));
  EXPECT_EQ(recognition.next_second(second("2026-03-04T12:00:02Z")),
            second("2026-03-04T12:00:05Z"));
  EXPECT_EQ(recognition.next_second(second("2026-03-04T12:00:06Z")), std::nullopt);
}

}  // namespace
}  // namespace decnet::storage
