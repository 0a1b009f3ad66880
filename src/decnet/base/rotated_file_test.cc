#include "decnet/base/rotated_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "decnet/base/file.h"
#include "tests/test_main.h"

namespace decnet {
namespace {

std::string content(const std::filesystem::path& path) {
  return read_file(path).value_or("(no file)");
}

TEST(RotatedFile, KeepsSoManyBackupsOfSuchASize) {
  const test::TempDir directory;
  const auto path = directory.path() / "log";
  RotatedFile file(path, 10, 2);
  for (const auto* line : {"aaaa\n", "bbbb\n", "cccc\n", "dddd\n", "eeee\n", "ffff\n", "gggg\n"}) {
    ASSERT_TRUE(file.append(line));
  }
  EXPECT_EQ(content(path), "gggg\n");
  EXPECT_EQ(content(path.string() + ".1"), "eeee\nffff\n");
  EXPECT_EQ(content(path.string() + ".2"), "cccc\ndddd\n");
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".3"));
}

TEST(RotatedFile, ALineLargerThanTheSizeIsStillWritten) {
  const test::TempDir directory;
  const auto path = directory.path() / "log";
  RotatedFile file(path, 4, 1);
  ASSERT_TRUE(file.append("aaaaaaaa\n"));
  ASSERT_TRUE(file.append("bbbbbbbb\n"));
  EXPECT_EQ(content(path), "bbbbbbbb\n");
  EXPECT_EQ(content(path.string() + ".1"), "aaaaaaaa\n");
}

TEST(RotatedFile, TwoWritersShareOneFile) {
  const test::TempDir directory;
  const auto path = directory.path() / "log";
  RotatedFile one(path, 10, 3);
  RotatedFile other(path, 10, 3);
  ASSERT_TRUE(one.append("one 1\n"));
  ASSERT_TRUE(other.append("o 1\n"));
  ASSERT_TRUE(one.append("one 2\n"));  // rotates
  ASSERT_TRUE(other.append("o 2\n"));  // follows
  EXPECT_EQ(content(path), "one 2\no 2\n");
  EXPECT_EQ(content(path.string() + ".1"), "one 1\no 1\n");
}

TEST(RotatedFile, RefusesWhatIsNoFile) {
  const test::TempDir directory;
  RotatedFile folder(directory.path(), 10, 1);
  EXPECT_EQ(folder.append("x\n").error().message, directory.path().string() + ": Is a directory");

  const auto pipe = directory.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  RotatedFile fifo(pipe, 10, 1);  // nobody reads it: no hanging
  EXPECT_THAT(fifo.append("x\n").error().message, testing::StartsWith(pipe.string() + ": "));
}

TEST(RotatedFile, AFullDiskIsAnError) {
  RotatedFile full("/dev/full", 10, 1);
  EXPECT_EQ(full.append("x\n").error().message, "/dev/full: No space left on device");
}

}  // namespace
}  // namespace decnet
