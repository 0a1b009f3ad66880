// Real files, rotated as real programs do it.
#include "decnet/follow/followed_log_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "decnet/follow/followed_logs.h"

namespace decnet::follow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(FollowedLogTest, GivesWhatIsThereAndWhatComes) {
  append("one\ntwo\n");
  open();
  EXPECT_FALSE(log_->live());
  EXPECT_THAT(lines(), ElementsAre("one", "two"));
  EXPECT_TRUE(log_->live());
  EXPECT_THAT(lines(), IsEmpty());
  append("three\n");
  EXPECT_THAT(lines(), ElementsAre("three"));
  EXPECT_EQ(log_->line_number(), 3U);
}

TEST_F(FollowedLogTest, AwaitsAFileThatIsNotThereYet) {
  open();
  EXPECT_THAT(lines(), IsEmpty());
  append("one\n");
  EXPECT_THAT(lines(), ElementsAre("one"));
}

TEST_F(FollowedLogTest, HalfALineWaitsForItsEnd) {
  append("one\ntw");
  open();
  EXPECT_THAT(lines(), ElementsAre("one"));
  append("o");
  EXPECT_THAT(lines(), IsEmpty());
  restart();
  EXPECT_THAT(lines(), IsEmpty());
  append("\nthree\n");
  EXPECT_THAT(lines(), ElementsAre("two", "three"));
}

TEST_F(FollowedLogTest, FinishesARenamedFileBeforeTheNewOne) {
  append("one\n");
  open();
  EXPECT_THAT(lines(), ElementsAre("one"));
  append("two\nthr");
  rename("log", "log.1");
  append("four\n");
  append("ee\n", "log.1");
  EXPECT_THAT(lines(), ElementsAre("two", "three", "four"));
  // Its writer may not have noticed yet.
  append("late\n", "log.1");
  append("five\n");
  EXPECT_THAT(lines(), ElementsAre("late", "five"));
}

TEST_F(FollowedLogTest, LeavesAnOldFileWhenItWasSilentForLong) {
  append("one\nhalf");
  open();
  lines();
  rename("log", "log.1");
  append("two\n");
  EXPECT_THAT(lines(), ElementsAre("two"));
  EXPECT_EQ(being_read(), 2U);
  now_ += FollowedLog::kLinger;
  EXPECT_THAT(lines(), ElementsAre("half")) << "no end of it will come";
  EXPECT_EQ(being_read(), 1U);
  append("nobody reads this\n", "log.1");
  append("three\n");
  EXPECT_THAT(lines(), ElementsAre("three"));
}

TEST_F(FollowedLogTest, KeepsFewOldFilesOpen) {
  append("0\n");
  open();
  std::vector<std::string> expected;
  std::vector<std::string> all;
  for (int i = 1; i < 30; ++i) {
    for (auto& line : lines()) all.push_back(std::move(line));
    rename("log", "log." + std::to_string(i));
    append(std::to_string(i) + "\n");
    expected.push_back(std::to_string(i - 1));
    EXPECT_LE(being_read(), FollowedLog::kMaxOld + 2);
  }
  EXPECT_EQ(all, expected);
}

TEST_F(FollowedLogTest, ADeletedFileIsFinishedToo) {
  append("one\n");
  open();
  lines();
  append("two\n");
  std::filesystem::remove(path());
  EXPECT_THAT(lines(), ElementsAre("two"));
  append("three\n");
  EXPECT_THAT(lines(), ElementsAre("three"));
}

TEST_F(FollowedLogTest, ACutFileBeginsAnew) {
  append("one\ntwo\n");
  open();
  lines();
  append("three\n");
  std::filesystem::copy_file(path(), path("log.1"));
  std::filesystem::resize_file(path(), 0);
  EXPECT_THAT(lines(), ElementsAre("three")) << "the rest of the old one is in its copy";
  append("four\n");
  EXPECT_THAT(lines(), ElementsAre("four"));
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(FollowedLogTest, ACutFileThatGrewBeyondItsOldSizeIsNoticed) {
  append("one\n");
  open();
  lines();
  std::filesystem::resize_file(path(), 0);
  append("a longer first line\n");
  EXPECT_THAT(lines(), ElementsAre("a longer first line"));
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("there is no copy"))) << "something may be lost";
}

TEST_F(FollowedLogTest, AWriterThatGoesOnAtItsOldPlaceLeavesAHole) {
  append("one\n");
  const int writer = ::open(path().c_str(), O_WRONLY);
  ASSERT_EQ(::lseek(writer, 5'000'000, SEEK_SET), 5'000'000);
  ASSERT_EQ(::write(writer, "two\n", 4), 4);
  open();
  EXPECT_THAT(lines(), ElementsAre("one", "two"));
  std::filesystem::resize_file(path(), 0);
  ASSERT_EQ(::write(writer, "three\n", 6), 6);
  EXPECT_THAT(lines(), ElementsAre("three"));
  restart();
  ASSERT_EQ(::write(writer, "four\n", 5), 5);
  EXPECT_THAT(lines(), ElementsAre("four"));
  ::close(writer);
}

TEST_F(FollowedLogTest, AReplacedFileIsReadFromItsBeginning) {
  append("one\n");
  open();
  lines();
  append("another one\n", "new");
  rename("new", "log");
  EXPECT_THAT(lines(), ElementsAre("another one"));
}

TEST_F(FollowedLogTest, AnotherProcessGoesOnWhereThisOneWas) {
  append("one\n");
  open();
  lines();
  restart();
  EXPECT_THAT(lines(), IsEmpty());
  append("two\n");
  std::string_view line;
  ASSERT_EQ(log_->next(line), Got::kLine);
  EXPECT_TRUE(log_->live()) << "it was written while nobody looked";
  EXPECT_EQ(log_->line_number(), 2U);
  EXPECT_EQ(line, "two");
}

TEST_F(FollowedLogTest, AnotherProcessFindsWhatWasRotatedMeanwhile) {
  append("one\n");
  open();
  lines();
  append("two\n");
  age("log", 1);
  pack("log", "log-20240501.gz");
  age("log-20240501.gz", 1);
  append("three\n");
  age("log", 2);
  rename("log", "log-20240502");
  append("four\n");
  append("not ours\n", "logbook");
  restart();
  EXPECT_THAT(lines(), ElementsAre("two", "three", "four"));
  restart();
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(FollowedLogTest, AnotherProcessFinishesACopy) {
  append("one\n");
  open();
  lines();
  append("two\n");
  std::filesystem::copy_file(path(), path("log.1"));
  std::filesystem::resize_file(path(), 0);
  append("three\n");
  restart();
  EXPECT_THAT(lines(), ElementsAre("two", "three"));
}

TEST_F(FollowedLogTest, AnEmptyNewFileIsNotForgotten) {
  append("one\n");
  age("log", 1);
  open();
  lines();
  rename("log", "log.1");
  append("");
  now_ += FollowedLog::kLinger;
  EXPECT_THAT(lines(), IsEmpty());
  now_ += FollowedLog::kLinger;
  EXPECT_THAT(lines(), IsEmpty()) << "now the old one is left";
  const Json places = log_->places();
  append("two\n");
  age("log", 2);
  rename("log", "log.2");
  append("three\n");
  open(places);
  EXPECT_THAT(lines(), ElementsAre("two", "three"));
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(FollowedLogTest, SaysWhatIsNotToBeFound) {
  append("one\n");
  open();
  lines();
  std::filesystem::remove(path());
  append("two\n");
  restart();
  EXPECT_THAT(lines(), ElementsAre("two"));
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("read up to byte 4 is not to be found")));
}

TEST_F(FollowedLogTest, PlacesThatAreNoneAreNoReasonToStop) {
  append("one\n");
  for (const char* places : {"null", "7", "{}", "[1,{},null]", R"([{"offset":-1}])"}) {
    open(Json::parse(places).value());
    EXPECT_THAT(lines(), ElementsAre("one")) << places;
  }
}

TEST_F(FollowedLogTest, AnEndlessLineIsSkipped) {
  append("one\n");
  open();
  lines();
  const std::string megabyte(1 << 20, 'x');
  std::size_t cut = 0;
  for (int i = 0; i < 12; ++i) {
    append(megabyte);
    cut += lines().size();
  }
  EXPECT_EQ(cut, 1U) << "said once";
  restart();
  append("still it\ntwo\n");
  EXPECT_THAT(lines(), ElementsAre("two"));
}

TEST_F(FollowedLogTest, RefusesWhatCannotGrow) {
  const auto refused = [this](const std::string& name) {
    const auto opened = FollowedLog::open(path(name), std::nullopt);
    return opened ? std::string("followed") : opened.error().message;
  };
  std::filesystem::create_directory(path("directory"));
  ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
  append("one\n", "text");
  pack("text", "log.gz");
  EXPECT_EQ(refused("directory"), path("directory") + ": is a directory");
  EXPECT_EQ(refused("fifo"), path("fifo") + ": is no regular file");
  EXPECT_THAT(refused("log.gz"), HasSubstr("log.gz: is gzip-compressed"));
}

TEST_F(FollowedLogTest, WaitsForAnotherFileWhenOneIsNoText) {
  open();
  append(std::string("\xFD\x37zXZ\0\n", 7));
  EXPECT_THAT(lines(), IsEmpty());
  EXPECT_THAT(lines(), IsEmpty());
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("xz-compressed"))) << "said once";
  append("one\n", "new");
  rename("new", "log");
  EXPECT_THAT(lines(), ElementsAre("one"));
}

// Whatever happens to the file, and whoever reads: each line once, in order.
TEST_F(FollowedLogTest, EveryLineComesOnceInOrder) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& acts) {
    const test::TempDir directory(true);
    const std::string path = (directory.path() / "log").string();
    std::optional<Json> places;
    auto log = FollowedLog::open(path, places).value();
    std::vector<std::string> written;
    std::vector<std::string> read;
    int rotations = 0;
    const auto read_all = [&] {
      for (std::string_view line; log->next(line) == Got::kLine;) read.emplace_back(line);
    };
    const auto rotated = [&] { return path + "." + std::to_string(++rotations); };
    std::ofstream(path) << "begin\n";
    written.emplace_back("begin");
    for (const std::uint8_t act : acts) {
      switch (act % 6) {
        case 0:
        case 1:
          written.push_back("line " + std::to_string(written.size()) + std::string(act, '.'));
          std::ofstream(path, std::ios::app) << written.back() << "\n";
          break;
        case 2:
          read_all();
          break;
        case 3:  // a process ends and another begins
          read_all();
          places = log->places();
          log = FollowedLog::open(path, places).value();
          break;
        case 4:
          read_all();  // two rotations between two looks are told apart only by a new process
          std::filesystem::rename(path, rotated());
          written.push_back("line " + std::to_string(written.size()));
          std::ofstream(path) << written.back() << "\n";
          break;
        default:
          read_all();
          std::filesystem::copy_file(path, rotated());
          std::filesystem::resize_file(path, 0);
          written.push_back("line " + std::to_string(written.size()));
          std::ofstream(path, std::ios::app) << written.back() << "\n";
          break;
      }
    }
    read_all();
    RC_ASSERT(read == written);
  }));
}

TEST_F(FollowedLogTest, SeveralLogsAreOneSource) {
  append("a1\n", "a");
  append("b1\n", "b");
  std::vector<std::unique_ptr<FollowedLog>> each;
  each.push_back(FollowedLog::open(path("a"), std::nullopt).value());
  each.push_back(FollowedLog::open(path("b"), std::nullopt).value());
  FollowedLogs logs(std::move(each));
  std::string_view line;
  const auto next = [&] {
    const auto got = logs.next(line).value();
    return got == Got::kIdle ? std::string("idle")
                             : logs.name().substr(logs.name().size() - 1) + " " + std::string(line);
  };
  EXPECT_EQ(next(), "a a1");
  EXPECT_EQ(next(), "b b1");
  EXPECT_EQ(next(), "idle");
  append("b2\n", "b");
  EXPECT_EQ(next(), "b b2");
  const auto places = logs.places();
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[1].first, path("b"));
  EXPECT_EQ(*places[1].second.array()->back().find("offset"), Json(6));
}

}  // namespace
}  // namespace decnet::follow
