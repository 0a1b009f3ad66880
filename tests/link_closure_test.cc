// A backfill announces nothing, because it cannot: nothing it links knows a bus. Nor does what
// reads logs: whether their sessions are published is decided elsewhere.
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

struct Library {
  std::string name;
  std::vector<std::string> links;  // among others
  std::string closure;             // the file that lists what it links, as CMake knows it
};

class LinkClosure : public testing::TestWithParam<Library> {
 protected:
  const std::vector<std::string> closure_ = lines_of(GetParam().closure);
};

INSTANTIATE_TEST_SUITE_P(
    Libraries, LinkClosure,
    testing::ValuesIn(std::vector<Library>{
        {"Replay",
         {"decnet_pipeline", "decnet_storage", "decnet_tagging", "decnet_base"},
         DECNET_REPLAY_CLOSURE},
        {"Follow", {"decnet_follow", "decnet_importers", "decnet_storage"}, DECNET_FOLLOW_CLOSURE},
    }),
    [](const auto& row) { return row.param.name; });

TEST_P(LinkClosure, IsWhole) {
  for (const auto& library : GetParam().links) EXPECT_THAT(closure_, Contains(library));
  EXPECT_THAT(closure_, Contains(HasSubstr("SQLite")));  // other people's libraries are seen too
}

TEST_P(LinkClosure, HasNoBus) {
  EXPECT_THAT(closure_, Each(AllOf(Not(HasSubstr("bus")), Not(HasSubstr("nats")))));
}

TEST_P(LinkClosure, IncludesNoHeaderOfTheBus) {
  int files = 0;
  for (const auto& library : closure_) {
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
