#include "decnet/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "tests/test_main.h"

namespace decnet {
namespace {

using testing::HasSubstr;

class ReadFile : public testing::Test {
 protected:
  // Its bytes, or the error without the path it begins with.
  static std::string outcome(const std::filesystem::path& path, std::size_t max_bytes = 1000) {
    const auto read = read_file(path, max_bytes);
    if (read) return "read " + *read;
    const std::string& message = read.error().message;
    EXPECT_TRUE(message.starts_with(path.string() + ": ")) << message;
    return message.substr(path.string().size() + 2);
  }
  test::TempDir directory_;
};

TEST_F(ReadFile, GivesItsBytes) {
  EXPECT_EQ(outcome(directory_.write("empty", "")), "read ");
  const std::string bytes("a\0\n\xff", 4);
  EXPECT_EQ(outcome(directory_.write("file", bytes), 4), "read " + bytes);
  const std::string large(200'000, 'x');
  EXPECT_EQ(outcome(directory_.write("large", large), large.size()), "read " + large);
  EXPECT_EQ(outcome("/dev/null"), "read ");
}

TEST_F(ReadFile, RefusesWhatIsTooLarge) {
  EXPECT_EQ(outcome(directory_.write("file", "12345"), 4), "larger than 4 bytes");
  EXPECT_EQ(outcome("/dev/zero", 100'000), "larger than 100000 bytes");
}

TEST_F(ReadFile, NamesWhatIsWrong) {
  const auto missing = read_file(directory_.path() / "none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(outcome(directory_.path()), "is a directory");
  const auto file = directory_.write("file", "x");
  EXPECT_THAT(outcome(file / "below"), HasSubstr("Not a directory"));
}

TEST_F(ReadFile, WaitsForNobody) {
  const auto pipe = directory_.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(outcome(pipe), "is no regular file");
  const auto link = directory_.path() / "link";
  std::filesystem::create_symlink(pipe, link);
  EXPECT_EQ(outcome(link), "is no regular file");
}

TEST_F(ReadFile, WaitsForTheWriterOfAPipeWhenToldSo) {
  const auto pipe = directory_.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const std::string large(200'000, 'x');  // more than a pipe holds
  std::thread writer([&] { std::ofstream(pipe) << large; });
  const auto read = read_file(pipe, large.size(), Pipes::kAwaited);
  writer.join();
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, large);
}

}  // namespace
}  // namespace decnet
