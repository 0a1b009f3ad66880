#include "decnet/tagging/rate_limit.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <atomic>
#include <thread>

namespace decnet::tagging {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SetClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override { return UtcTime(microseconds(now_)); }
  void pass(microseconds time) { now_ += time.count(); }

 private:
  std::atomic<std::int64_t> now_{1'000'000'000'000'000};
};

const RuleId kRule("R0012");

// How many of `attempts` at once are admitted.
int admitted(RateLimit& limit, int attempts, std::string_view whom = "a") {
  int count = 0;
  for (int i = 0; i < attempts; ++i) count += limit.admit(kRule, whom) ? 1 : 0;
  return count;
}

TEST(RateLimit, GivesItsTokensAtOnceAndThenOneByOne) {
  SetClock clock;
  RateLimit limit({20, seconds(60)}, clock);
  EXPECT_EQ(admitted(limit, 100), 20);
  clock.pass(seconds(3) - microseconds(1));
  EXPECT_EQ(admitted(limit, 100), 0);
  clock.pass(microseconds(1));
  EXPECT_EQ(admitted(limit, 100), 1);
  clock.pass(seconds(30));
  EXPECT_EQ(admitted(limit, 100), 10);
  clock.pass(seconds(3600));
  EXPECT_EQ(admitted(limit, 100), 20);
}

TEST(RateLimit, PairsHaveTokensOfTheirOwn) {
  SetClock clock;
  RateLimit limit({1, seconds(60)}, clock);
  EXPECT_TRUE(limit.admit(RuleId("R1"), "a"));
  EXPECT_FALSE(limit.admit(RuleId("R1"), "a"));
  EXPECT_TRUE(limit.admit(RuleId("R1"), "b"));
  EXPECT_TRUE(limit.admit(RuleId("R2"), "a"));
  EXPECT_TRUE(limit.admit(RuleId("R"), "1a"));  // ids are not run together
}

TEST(RateLimit, ForgetsWhoWasMetLongestAgoFirst) {
  SetClock clock;
  RateLimit limit({1, seconds(60)}, clock, 3);
  for (const char* whom : {"a", "b", "c"}) EXPECT_TRUE(limit.admit(kRule, whom));
  EXPECT_FALSE(limit.admit(kRule, "a"));  // met again
  EXPECT_TRUE(limit.admit(kRule, "d"));   // in place of b
  EXPECT_FALSE(limit.admit(kRule, "a"));
  EXPECT_FALSE(limit.admit(kRule, "c"));
  EXPECT_TRUE(limit.admit(kRule, "b"));
  EXPECT_EQ(limit.pairs(), 3U);
}

TEST(RateLimit, AFloodOfAttackersIsNotRemembered) {
  SetClock clock;
  RateLimit limit({5, seconds(60)}, clock, 1'000);
  const std::string long_id(10'000, 'x');
  for (int i = 0; i < 20'000; ++i) {
    EXPECT_TRUE(limit.admit(kRule, long_id + std::to_string(i)));
    ASSERT_LE(limit.pairs(), 1'000U);
  }
  clock.pass(seconds(60));
  for (int i = 0; i < 1'000; ++i) limit.admit(kRule, "a");
  EXPECT_EQ(limit.pairs(), 999U);  // two went as one came
  for (int i = 0; i < 1'000; ++i) limit.admit(kRule, std::to_string(i));
  EXPECT_EQ(limit.pairs(), 1'000U);
}

TEST(RateLimit, AClockSetBackDelaysByAWindowAtMost) {
  SetClock clock;
  RateLimit limit({2, seconds(60)}, clock);
  EXPECT_EQ(admitted(limit, 2), 2);
  clock.pass(-seconds(86'400));
  EXPECT_EQ(admitted(limit, 2), 0);
  clock.pass(seconds(60));
  EXPECT_EQ(admitted(limit, 4), 2);
}

Tag tag(std::string_view rule, std::string_view source_id, std::string_view technique,
        std::string_view attacker = "a") {
  Tag result;
  result.rule_id = RuleId(rule);
  result.source_kind = "command";
  result.source_id = source_id;
  result.technique_id = TechniqueId(technique);
  result.attacker_uuid = attacker;
  return result;
}

std::vector<std::string> shown(const std::vector<Tag>& tags) {
  std::vector<std::string> result;
  for (const Tag& each : tags) {
    result.push_back(
        fmt::format("{} {} {}", each.rule_id.text(), each.source_id, each.technique_id.text()));
  }
  return result;
}

TEST(RateLimit, WhatARuleGivesForOneEventStaysOrGoesTogether) {
  SetClock clock;
  RateLimit limit({1, seconds(60)}, clock);
  std::vector<Tag> tags = {tag("R1", "e1", "T1"), tag("R1", "e1", "T2"), tag("R2", "e1", "T1"),
                           tag("R1", "e2", "T1"), tag("R1", "e2", "T2"), tag("R3", "e2", "T1")};
  const auto expected = tags;
  const auto withheld = limit.limit(tags);
  EXPECT_THAT(shown(tags), ElementsAre("R1 e1 T1", "R1 e1 T2", "R2 e1 T1", "R3 e2 T1"));
  ASSERT_THAT(withheld, SizeIs(2));
  EXPECT_EQ(withheld[0], suppressed(expected[3], Suppressed::Reason::kRateLimited));
  EXPECT_EQ(withheld[1], suppressed(expected[4], Suppressed::Reason::kRateLimited));
  EXPECT_EQ(tags[3], expected[5]);
  EXPECT_THAT(limit.limit(tags), SizeIs(4));
  EXPECT_THAT(tags, IsEmpty());
  EXPECT_THAT(limit.limit(tags), IsEmpty());
}

TEST(RateLimit, AnIdentityCountsWhereThereIsNoAttacker) {
  SetClock clock;
  RateLimit limit({1, seconds(60)}, clock);
  std::vector<Tag> tags = {tag("R1", "e1", "T1", "x")};
  Tag of_identity = tag("R1", "e2", "T1");
  of_identity.attacker_uuid.reset();
  of_identity.identity_uuid = "x";  // another than the attacker of that id
  tags.push_back(of_identity);
  of_identity.source_id = "e3";
  tags.push_back(of_identity);
  EXPECT_THAT(limit.limit(tags), SizeIs(1));
  EXPECT_THAT(shown(tags), ElementsAre("R1 e1 T1", "R1 e2 T1"));
}

// What it promises: no pair gets more than its tokens and what came back since, and none that is
// remembered gets less.
TEST(RateLimitProperty, AdmitsWhatTheRateSays) {
  EXPECT_TRUE(rc::check([] {
    SetClock clock;
    const auto count = *rc::gen::inRange<std::uint32_t>(1, 30);
    const auto window = seconds(*rc::gen::inRange(1, 100));
    RateLimit limit({count, window}, clock);
    const microseconds token = microseconds(window) / count;
    const UtcTime begin = clock.now();
    std::int64_t given = 0;
    for (int step = 0; step < 200; ++step) {
      clock.pass(microseconds(*rc::gen::inRange<std::int64_t>(0, token.count() * 2)));
      given += limit.admit(kRule, "a") ? 1 : 0;
      RC_ASSERT(given <= count + (clock.now() - begin) / token);
    }
    clock.pass(window);
    RC_ASSERT(admitted(limit, 100) == static_cast<int>(count));
  }));
}

// However many threads ask, each token is given once.
TEST(RateLimitThreads, GiveEachTokenOnce) {
  SetClock clock;
  RateLimit limit({1'000, seconds(60)}, clock, 8);
  std::atomic<int> given{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&limit, &given, i] {
      for (int attempt = 0; attempt < 1'000; ++attempt) {
        given += limit.admit(kRule, "a") ? 1 : 0;
        limit.admit(kRule, std::to_string(i));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(given, 1'000);
}

struct Written {
  std::string text;
  std::optional<Rate> rate;
};

class Rates : public testing::TestWithParam<Written> {};

TEST_P(Rates, AreRead) {
  const auto rate = read_rate(GetParam().text);
  ASSERT_TRUE(rate) << rate.error().message;
  EXPECT_EQ(*rate, GetParam().rate);
}

INSTANTIATE_TEST_SUITE_P(RateLimit, Rates,
                         testing::ValuesIn(std::vector<Written>{
                             {"", {}},
                             {"off", {}},
                             {"20/60s", Rate{20, seconds(60)}},
                             {"100/5m", Rate{100, seconds(300)}},
                             {"1000000/24h", Rate{1'000'000, seconds(86'400)}},
                             {"1/1s", Rate{1, seconds(1)}},
                         }));

class NoRates : public testing::TestWithParam<std::string> {};

TEST_P(NoRates, AreNamed) {
  const auto rate = read_rate(GetParam());
  ASSERT_FALSE(rate);
  EXPECT_EQ(rate.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(rate.error().message, testing::HasSubstr("expected off, or a count"));
  EXPECT_EQ(rate.error().message.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(RateLimit, NoRates,
                         testing::Values("20", "20/", "/60s", "20/60", "20/60d", "0/60s", "-1/60s",
                                         "20/0s", "20/-1s", "1000001/60s", "20/86401s", "20/25h",
                                         "20/60s ", " 20/60s", "2.5/60s", "20/60s\n",
                                         "99999999999999999999/1s", "1/99999999999999999999s"));

}  // namespace
}  // namespace decnet::tagging
