// The shipped pattern rules on texts that were written against them. Nothing here measures time
// (bench/pack_linearity_bench does): the texts must be judged, whole and by every rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/hostile_texts.h"
#include "tests/rule_pack.h"

namespace decnet::rules {
namespace {

using testing::Contains;
using testing::Each;

constexpr std::size_t kLong = std::size_t{64} << 10;
constexpr std::size_t kLine = std::size_t{1} << 20;

const Rule& shipped(const std::string& id) { return *test::shipped_pack().rules->find(RuleId(id)); }

std::vector<std::string> fired(const Rule& rule, const std::string& text) {
  std::vector<std::string> ids;
  for (const Match& match : test::shipped_pack().rules->match(test::sample_event(rule, text))) {
    EXPECT_LE(match.where.begin, match.where.end);
    EXPECT_LE(match.matched.size(), Match::kMaxMatchedBytes);
    ids.push_back(match.rule->definition.id.text());
  }
  return ids;
}

std::vector<std::string> pattern_rules() {
  std::vector<std::string> ids;
  for (int i = 7; i <= 29; ++i) ids.push_back((i < 10 ? "R000" : "R00") + std::to_string(i));
  return ids;
}

class HostileText : public testing::TestWithParam<std::string> {
 protected:
  void TearDown() override { EXPECT_THAT(test::shipped_pack().rules->exhausted(), Each(0)); }
  const Rule& rule_ = shipped(GetParam());
  const std::vector<std::string> pieces_ = test::near_misses(test::positive_texts(rule_));
};

TEST_P(HostileText, OfRepeatedNearMissesIsJudged) {
  for (const std::string& piece : pieces_) fired(rule_, test::repeated(piece, kLong));
}

TEST_P(HostileText, OfShuffledNearMissesIsJudged) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    fired(rule_, test::shuffled(pieces_, kLong, seed));
  }
}

// The first 48 and the last 16 KiB of a text count: a match there is found, whatever is between.
TEST_P(HostileText, OfAMegabyteHidesNothingAtItsEnds) {
  const std::string filling = test::repeated("x ", kLine);
  for (const std::string& sample : test::positive_texts(rule_)) {
    EXPECT_THAT(fired(rule_, sample + "\n" + filling), Contains(GetParam())) << sample;
    EXPECT_THAT(fired(rule_, filling + "\n" + sample), Contains(GetParam())) << sample;
  }
}

TEST_P(HostileText, WithNulBytesIsJudged) {
  for (const std::string& sample : test::positive_texts(rule_)) {
    std::string torn;
    for (const char c : sample) torn += {c, '\0'};
    fired(rule_, test::repeated(torn, kLong));
    EXPECT_THAT(fired(rule_, sample + "\n" + std::string(kLong / 2, '\0')), Contains(GetParam()))
        << sample;
  }
}

TEST_P(HostileText, ThatIsNoUtf8IsJudged) {
  for (const std::string& sample : test::positive_texts(rule_)) {
    EXPECT_THAT(fired(rule_, sample + "\n" + test::repeated("\xff\xc3\x80\xed\xa0", kLong / 2)),
                Contains(GetParam()))
        << sample;
  }
}

std::string id_of(const testing::TestParamInfo<std::string>& info) { return info.param; }

INSTANTIATE_TEST_SUITE_P(Pack, HostileText, testing::ValuesIn(pattern_rules()), id_of);

// Texts for each rule alone would be hundreds; near misses of all of them in one text are what is
// hardest on the patterns together.
TEST(HostileMixture, OfNearMissesOfEveryCommandRuleIsJudged) {
  std::vector<std::string> samples;
  const auto rules = test::shipped_pattern_rules("command");
  for (const Rule* rule : rules) {
    const auto texts = test::positive_texts(*rule);
    samples.insert(samples.end(), texts.begin(), texts.end());
  }
  const auto pieces = test::near_misses(samples);
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    fired(*rules.front(), test::shuffled(pieces, kLong, seed));
  }
  EXPECT_THAT(test::shipped_pack().rules->exhausted(), Each(0));
}

}  // namespace
}  // namespace decnet::rules
