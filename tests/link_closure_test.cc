// A backfill announces nothing, because it cannot: nothing it links knows a bus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// What the replay library links, as CMake knows it.
const std::vector<std::string>& closure() {
  static const auto lines = lines_of(DECNET_REPLAY_CLOSURE);
  return lines;
}

TEST(ReplayLinkClosure, HasTheDatabaseAndTheRules) {
  EXPECT_THAT(closure(), AllOf(Contains("decnet_pipeline"), Contains("decnet_storage"),
                               Contains("decnet_tagging"), Contains("decnet_base")));
  EXPECT_THAT(closure(), Contains(HasSubstr("SQLite")));  // other people's libraries are seen too
}

TEST(ReplayLinkClosure, HasNoBus) {
  EXPECT_THAT(closure(), Each(AllOf(Not(HasSubstr("bus")), Not(HasSubstr("nats")))));
}

TEST(ReplayLinkClosure, IncludesNoHeaderOfTheBus) {
  int files = 0;
  for (const auto& library : closure()) {
    constexpr std::string_view kOurs = "decnet_";
    if (!library.starts_with(kOurs)) continue;
    const auto folder = source_dir() / "src" / "decnet" / library.substr(kOurs.size());
    if (!std::filesystem::exists(folder)) continue;  // decnet_options
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".cc" && extension != ".h") continue;
      ++files;
      EXPECT_THAT(lines_of(entry.path()), Each(Not(HasSubstr("#include \"decnet/bus/"))))
          << entry.path();
    }
  }
  EXPECT_GT(files, 20);
}

}  // namespace
}  // namespace decnet::test
