#include "decnet/tagging/measurements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace decnet::tagging {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Tag tag(const std::string& rule, const std::string& technique) {
  Tag made;
  made.rule_id = RuleId(rule);
  made.technique_id = TechniqueId(technique);
  return made;
}

TEST(Measurements, BeginWithNothing) {
  const auto empty = Measurements().snapshot();
  EXPECT_EQ(empty.events, 0U);
  EXPECT_EQ(empty.total_ms, 0);
  EXPECT_THAT(empty.fired, IsEmpty());
}

TEST(Measurements, CountAnEventInEveryClassThatHoldsIt) {
  Measurements measurements;
  measurements.record(microseconds{10}, {});   // on the first bound
  measurements.record(microseconds{70}, {});   // at most 0.1 ms
  measurements.record(milliseconds{200}, {});  // at most 200 ms
  measurements.record(milliseconds{5000}, {});
  const auto snapshot = measurements.snapshot();
  EXPECT_EQ(snapshot.events, 4U);
  EXPECT_NEAR(snapshot.total_ms, 5200.08, 1e-6);
  EXPECT_THAT(snapshot.at_most, ElementsAre(1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3));
}

TEST(Measurements, CountARuleOnceAnEventAndTechnique) {
  Measurements measurements;
  const std::vector<Tag> tags = {tag("R1", "T1059"), tag("R1", "T1059"), tag("R1", "T1105"),
                                 tag("R2", "T1059")};
  measurements.record(microseconds{1}, tags);
  measurements.record(microseconds{1}, std::span(tags).first(1));
  EXPECT_THAT(measurements.snapshot().fired,
              ElementsAre(Pair(Pair("R1", "T1059"), 2), Pair(Pair("R1", "T1105"), 1),
                          Pair(Pair("R2", "T1059"), 1)));
}

TEST(MeasurementsThreads, LoseNothing) {
  Measurements measurements;
  const std::vector<Tag> tags = {tag("R1", "T1059")};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) measurements.record(microseconds{1}, tags);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(measurements.snapshot().events, 2000U);
  EXPECT_THAT(measurements.snapshot().fired, ElementsAre(Pair(Pair("R1", "T1059"), 2000)));
}

}  // namespace
}  // namespace decnet::tagging
