#include "decnet/follow/growing_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/test_main.h"

namespace decnet::follow {
namespace {

// The file at a path may be another one than a moment before: what was opened is asked.
TEST(GrowingFile, KnowsWhetherItBeginsSo) {
  const test::TempDir directory;
  const auto path = directory.write("log", std::string(3, '\0') + "one\ntwo\n");
  const auto old = directory.write("log.1", "another\n");
  const HeadMark head{3, 4, head_of(directory.write("head", "one\n"))->sha256};
  const auto file = GrowingFile::open(path, 7).value();
  EXPECT_TRUE(file->begins_with(head));
  EXPECT_FALSE(file->begins_with({3, 5, head.sha256})) << "the mark is of fewer bytes";
  EXPECT_FALSE(file->begins_with({100, 4, head.sha256})) << "it ends before";
  EXPECT_FALSE(GrowingFile::open(old, 7).value()->begins_with(head));
  std::filesystem::rename(old, path);
  EXPECT_TRUE(file->begins_with(head)) << "whatever its path leads to by now";
}

}  // namespace
}  // namespace decnet::follow
