// The shipped patterns in the fast matcher, one by one in RE2, and in PCRE2 with its own dialect:
// all say the same on real texts and on texts written against the rules.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "decnet/base/json.h"
#include "tests/hostile_texts.h"
#include "tests/reference_matcher.h"
#include "tests/rule_pack.h"
#include "tests/test_main.h"

namespace decnet::rules {
namespace {

using testing::IsEmpty;

using Strings = std::vector<std::string>;

Strings shipped_patterns(std::string_view kind) {
  Strings patterns;
  for (const Rule* rule : test::shipped_pattern_rules(kind)) {
    patterns.push_back(rule->definition.pattern);
  }
  return patterns;
}

// Every text of a corpus: the values of one key, a line of JSON each.
Strings texts_of(const std::filesystem::path& corpus, std::string_view key) {
  Strings texts;
  std::ifstream file(corpus);
  for (std::string line; std::getline(file, line);) {
    const auto json = Json::parse(line);
    const Json* text = json ? json->find(key) : nullptr;
    if (text != nullptr && text->string() != nullptr) texts.push_back(*text->string());
  }
  return texts;
}

struct Corpus {
  std::string name;
  std::string key;   // of the texts
  std::string kind;  // of the rules
};

class ShippedPatternsOnCorpus : public testing::TestWithParam<Corpus> {};

TEST_P(ShippedPatternsOnCorpus, AreReadAlikeByAllMatchers) {
  DECNET_CORPUS_OR_SKIP(corpus, "corpora/" + GetParam().name + ".dev.jsonl");
  const auto result =
      test::compare(shipped_patterns(GetParam().kind), texts_of(corpus, GetParam().key));
  EXPECT_THAT(result.violations, IsEmpty());
  EXPECT_GT(result.matches, 0);
  EXPECT_EQ(result.exhausted, 0);
  std::cout << GetParam().name << ": " << result.summary() << '\n';
}

std::string name_of(const testing::TestParamInfo<Corpus>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Pack, ShippedPatternsOnCorpus,
                         testing::ValuesIn(std::vector<Corpus>{
                             {"cowrie_commands", "text", "command"},
                             {"nl2bash_benign", "text", "command"},
                             {"logprecis", "text", "command"},
                             {"atomic_linux", "text", "command"},
                             {"atomic_macos", "text", "command"},
                             {"gtfobins", "text", "command"},
                             {"http_crs", "uri", "http_request"},
                         }),
                         name_of);

TEST(ShippedPatterns, AreReadAlikeOnHostileTexts) {
  for (const std::string_view kind : {"command", "http_request"}) {
    Strings texts;
    for (const Rule* rule : test::shipped_pattern_rules(kind)) {
      const auto pieces = test::near_misses(test::positive_texts(*rule));
      if (pieces.empty()) continue;                     // its samples are whole payloads
      for (std::uint64_t seed = 0; seed < 5; ++seed) {  // few and short: PCRE2 is to bear them
        texts.push_back(test::shuffled(pieces, 300 + 20 * seed, seed));
      }
    }
    const auto result = test::compare(shipped_patterns(kind), texts);
    EXPECT_THAT(result.violations, IsEmpty());
    EXPECT_GT(result.matches, 100);
    std::cout << kind << ": " << result.summary() << '\n';
  }
}

}  // namespace
}  // namespace decnet::rules
