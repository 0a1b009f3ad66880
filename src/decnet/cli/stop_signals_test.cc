#include "decnet/cli/stop_signals.h"

#include <gtest/gtest.h>

namespace decnet::cli {
namespace {

class Stopping : public testing::TestWithParam<int> {};

TEST_P(Stopping, TheFirstSignalIsRemembered) {
  const StopSignals signals;
  EXPECT_EQ(signals.received(), 0);
  std::raise(GetParam());
  EXPECT_EQ(signals.received(), GetParam());
}

TEST_P(Stopping, TheSecondEndsTheProgram) {
  EXPECT_EXIT(
      {
        const StopSignals signals;
        std::raise(GetParam());
        std::raise(GetParam());
      },
      testing::KilledBySignal(GetParam()), "");
}

TEST_P(Stopping, AfterwardsAllIsAsBefore) {
  { const StopSignals signals; }
  EXPECT_EXIT(std::raise(GetParam()), testing::KilledBySignal(GetParam()), "");
}

INSTANTIATE_TEST_SUITE_P(, Stopping, testing::Values(SIGINT, SIGTERM), [](const auto& number) {
  return number.param == SIGINT ? "Interrupt" : "Terminate";
});

TEST(StopSignals, ForgetsWhatAnEarlierOneReceived) {
  {
    const StopSignals signals;
    std::raise(SIGINT);
  }
  const StopSignals signals;
  EXPECT_EQ(signals.received(), 0);
}

}  // namespace
}  // namespace decnet::cli
