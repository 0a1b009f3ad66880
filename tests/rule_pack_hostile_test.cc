// The shipped pattern rules on texts that were written against them. Nothing here measures time
// (bench/pack_linearity_bench does): the texts must be judged, whole and by every rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/attack/catalogue.h"
#include "tests/hostile_texts.h"
#include "tests/rule_pack.h"

namespace decnet::rules {
namespace {

using testing::Contains;
using testing::Each;

constexpr std::size_t kLong = std::size_t{64} << 10;
constexpr std::size_t kLine = std::size_t{1} << 20;

const Rule& shipped(const std::string& id) { return *test::shipped_pack().rules->find(RuleId(id)); }

// Which of `rules` fire on a text for `rule`.
std::vector<std::string> fired_of(const RuleSet& rules, const Rule& rule, const std::string& text) {
  std::vector<std::string> ids;
  for (const Match& match : rules.match(test::sample_event(rule, text))) {
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

// Each against its own rule alone: all of them together are judged by HostileMixture.
class HostileText : public testing::TestWithParam<std::string> {
 protected:
  void TearDown() override { EXPECT_THAT(alone_->exhausted(), Each(0)); }
  [[nodiscard]] std::vector<std::string> fired(const std::string& text) const {
    return fired_of(*alone_, rule_, text);
  }

  const Rule& rule_ = shipped(GetParam());
  const std::shared_ptr<const RuleSet> alone_ =
      RuleSet::compile(std::vector{rule_.shared}, *attack::Catalogue::built_in()).rules;
  const std::vector<std::string> pieces_ = test::near_misses(test::positive_texts(rule_));
};

TEST_P(HostileText, OfRepeatedNearMissesIsJudged) {
  constexpr std::size_t kMostPieces = 60;
  const std::size_t step = 1 + pieces_.size() / kMostPieces;
  for (std::size_t i = 0; i < pieces_.size(); i += step) {
    (void)fired(test::repeated(pieces_[i], kLong / 4));
  }
}

TEST_P(HostileText, OfShuffledNearMissesIsJudged) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    (void)fired(test::shuffled(pieces_, kLong, seed));
  }
}

// The first 48 and the last 16 KiB of a text count: a match there is found, whatever is between.
TEST_P(HostileText, OfAMegabyteHidesNothingAtItsEnds) {
  const std::string filling = test::repeated("x ", kLine);
  for (const std::string& sample : test::positive_texts(rule_)) {
    EXPECT_THAT(fired(sample + "\n" + filling), Contains(GetParam())) << sample;
    EXPECT_THAT(fired(filling + "\n" + sample), Contains(GetParam())) << sample;
  }
}

TEST_P(HostileText, WithNulBytesIsJudged) {
  for (const std::string& sample : test::positive_texts(rule_)) {
    std::string torn;
    for (const char c : sample) torn += {c, '\0'};
    (void)fired(test::repeated(torn, kLong));
    EXPECT_THAT(fired(sample + "\n" + std::string(kLong / 2, '\0')), Contains(GetParam()))
        << sample;
  }
}

TEST_P(HostileText, ThatIsNoUtf8IsJudged) {
  for (const std::string& sample : test::positive_texts(rule_)) {
    EXPECT_THAT(fired(sample + "\n" + test::repeated("\xff\xc3\x80\xed\xa0", kLong / 2)),
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
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    fired_of(*test::shipped_pack().rules, *rules.front(), test::shuffled(pieces, kLong, seed));
  }
  EXPECT_THAT(test::shipped_pack().rules->exhausted(), Each(0));
}

}  // namespace
}  // namespace decnet::rules
