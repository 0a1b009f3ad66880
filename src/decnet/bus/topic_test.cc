#include "decnet/bus/topic.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace decnet::bus {
namespace {

struct Case {
  const char* name;
  const char* pattern;
  const char* topic;
  bool matches;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.pattern << " on " << c.topic; }

class TopicMatching : public testing::TestWithParam<Case> {};

TEST_P(TopicMatching, FollowsTheTable) {
  EXPECT_EQ(topic_matches(GetParam().pattern, GetParam().topic), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    Patterns, TopicMatching,
    testing::Values(Case{"Literal", "a.b", "a.b", true}, Case{"CaseCounts", "a.b", "a.B", false},
                    Case{"LongerTopic", "a.b", "a.b.c", false},
                    Case{"LongerPattern", "a.b.c", "a.b", false},
                    Case{"RestOfOne", "canary.>", "canary.ab12", true},
                    Case{"RestOfTwo", "canary.>", "canary.ab12.triggered", true},
                    Case{"RestOfNone", "canary.>", "canary", false},
                    Case{"RestNeedsAToken", "ttp.rule.fired.>", "ttp.rule.fired", false},
                    Case{"StarInTheMiddle", "system.*.health", "system.ttp.health", true},
                    Case{"StarIsOneToken", "system.*", "system.ttp.health", false},
                    Case{"StarIsNotEmpty", "system.*", "system.", false},
                    Case{"AfterTheRestNothingCounts", "a.>.z", "a.b.c", true},
                    Case{"Everything", ">", "a", true}, Case{"EmptyTopic", "*", "", false}),
    [](const auto& case_info) { return case_info.param.name; });

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> tokens{""};
  for (const char c : text) {
    if (c == '.') {
      tokens.emplace_back();
    } else {
      tokens.back() += c;
    }
  }
  return tokens;
}

// The rule of the table again, on lists of tokens.
bool naive(const std::vector<std::string>& pattern, const std::vector<std::string>& topic) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (i >= topic.size()) return false;
    if (pattern[i] == ">") return true;
    if (pattern[i] == "*" ? topic[i].empty() : pattern[i] != topic[i]) return false;
  }
  return pattern.size() == topic.size();
}

TEST(TopicMatchingProperty, AgreesWithTokenByToken) {
  EXPECT_TRUE(rc::check([] {
    const auto text = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab.*>")));
    const std::string pattern = *text;
    const std::string topic = *text;
    RC_ASSERT(topic_matches(pattern, topic) == naive(split(pattern), split(topic)));
  }));
}

TEST(TopicMatchingProperty, ALegalTopicMatchesItselfAndEverything) {
  EXPECT_TRUE(rc::check([] {
    const auto token = rc::gen::nonEmpty(
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcXYZ019_-"))));
    std::string topic = *token;
    for (int more = *rc::gen::inRange(0, 4); more > 0; --more) topic += "." + *token;
    RC_ASSERT(is_topic(topic));
    RC_ASSERT(topic_matches(topic, topic));
    RC_ASSERT(topic_matches(">", topic));
  }));
}

TEST(Topics, RefuseWhatWouldNotTravel) {
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "a b", "a.*", "a.>", "a\n", "\xC3\xA9"}) {
    EXPECT_FALSE(is_topic(bad)) << bad;
  }
  EXPECT_TRUE(is_pattern("a.*.b.>"));
  EXPECT_FALSE(is_pattern("a*.b"));
  EXPECT_FALSE(is_token("a.b"));
}

}  // namespace
}  // namespace decnet::bus
