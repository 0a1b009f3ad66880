// Every shipped rule that something in this program evaluates, held against the samples in its
// file.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/lifters/holder.h"
#include "decnet/tagging/samples.h"
#include "tests/rule_pack.h"

namespace decnet::tagging {
namespace {

TEST(ShippedPack, DoesAsItsSamplesSay) {
  const Tagger tagger(test::shipped_pack().rules, system_clock());
  std::vector<std::string> otherwise;
  for (const auto& rule : test::shipped_pack().rules->rules()) {
    const auto& definition = rule->definition;
    if (lifters::holder(definition) == nullptr) continue;
    EXPECT_FALSE(definition.samples.fires.empty()) << definition.id;
    EXPECT_FALSE(definition.samples.silent.empty()) << definition.id;
    for (const SampleVerdict& verdict : judge_samples(*rule, tagger)) {
      if (verdict.outcome == SampleVerdict::Outcome::kAsWanted) continue;
      otherwise.push_back(fmt::format("{}:{}: {}", definition.path.filename().string(),
                                      verdict.line, verdict.sample->dump()));
    }
  }
  EXPECT_THAT(otherwise, testing::IsEmpty());
}

}  // namespace
}  // namespace decnet::tagging
