#include "decnet/base/limited_warning.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/base/log.h"

namespace decnet::log {
namespace {

using testing::ElementsAre;

class SetClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override { return time; }
  UtcTime time = *parse_time("2026-03-04T10:06:00Z");
};

class LimitedWarningTest : public testing::Test {
 protected:
  void say(int times, const std::string& message) {
    for (int i = 0; i < times; ++i) warning_.say(message);
  }
  // What was logged since the last call.
  std::vector<std::string> said() {
    std::vector<std::string> messages;
    const auto records = log_.records();
    for (; read_ < records.size(); ++read_) messages.push_back(records[read_].message);
    return messages;
  }

  const Capture log_;
  std::size_t read_ = 0;
  SetClock clock_;
  LimitedWarning warning_{"bus.client", clock_};
};

TEST_F(LimitedWarningTest, AFewAreAllSaid) {
  say(5, "no envelope");
  EXPECT_EQ(said(), std::vector<std::string>(5, "no envelope"));
}

TEST_F(LimitedWarningTest, OfAFloodOneAMinuteAndHowManyMore) {
  say(1000, "a");
  EXPECT_THAT(said(), ElementsAre("a", "a", "a", "a", "a"));
  clock_.time += LimitedWarning::kPause;
  say(500, "b");
  EXPECT_THAT(said(), ElementsAre("b (and 995 more like it since the last one)"));
  clock_.time += LimitedWarning::kPause;
  say(1, "c");
  EXPECT_THAT(said(), ElementsAre("c (and 499 more like it since the last one)"));
  clock_.time += LimitedWarning::kPause;
  say(1, "d");
  EXPECT_THAT(said(), ElementsAre("d")) << "the flood is over";
}

TEST_F(LimitedWarningTest, AClockThatIsSetBackDoesNotSilenceIt) {
  say(6, "a");
  EXPECT_THAT(said(), testing::SizeIs(5));
  clock_.time -= std::chrono::hours{24};
  say(1, "b");
  EXPECT_THAT(said(), ElementsAre("b (and 1 more like it since the last one)"));
}

}  // namespace
}  // namespace decnet::log
