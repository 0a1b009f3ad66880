#include "tests/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/test_main.h"

namespace decnet::test {
namespace {

CommandLine shell(const std::string& script) { return {.arguments = {"/bin/sh", "-c", script}}; }

TEST(Process, SeesOutputErrorAndExitCode) {
  const auto finished = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(finished.out, "out\n");
  EXPECT_EQ(finished.err, "err\n");
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_EQ(finished.signal, 0);
}

TEST(Process, PassesMegabytesThroughWithoutStalling) {
  auto command = shell("cat");
  command.input = std::string(std::size_t{4} << 20, 'x');
  EXPECT_EQ(run(command).out, command.input);
}

TEST(Process, RunsWhereAndWithWhatItIsTold) {
  const TempDir directory;
  auto command = shell("pwd; echo $DECNET_CONFIG $DECNET_MODE $UNHEARD");
  command.directory = directory.path();
  command.environment = {{"DECNET_MODE", "agent"}};
  setenv("UNHEARD", "x", 1);
  EXPECT_EQ(run(command).out, directory.path().string() + "\n/dev/null agent\n");
}

TEST(Process, GivesATerminalWhenAsked) {
  auto command = shell("test -t 1 && test -t 2 && echo yes && stty size <&1");
  command.terminal = true;
  EXPECT_EQ(run(command).out, "yes\r\n40 100\r\n");
}

TEST(Process, CanBeSignalledOnceItHasSpoken) {
  Process process(shell("echo ready; exec sleep 1000"));
  ASSERT_TRUE(process.wait_for_output("ready\n"));
  process.signal(SIGTERM);
  const auto finished = process.wait();
  EXPECT_EQ(finished.exit_code, -1);
  EXPECT_EQ(finished.signal, SIGTERM);
}

TEST(Process, SaysWhenAProgramEndedWithoutTheText) {
  Process process(shell("echo other"));
  EXPECT_FALSE(process.wait_for_output("ready"));
  EXPECT_EQ(process.wait().exit_code, 0);
}

TEST(Process, AMissingProgramIs127) {
  EXPECT_EQ(run({.arguments = {"/no/such/program"}}).exit_code, 127);
}

}  // namespace
}  // namespace decnet::test
