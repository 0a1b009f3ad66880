// Files that were rotated away before anybody looked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "decnet/follow/followed_log_test.h"

namespace decnet::follow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::SizeIs;

class MissedFiles : public FollowedLogTest {
 protected:
  // Another process read "one"; "two" and "three" came and went since, and "four" is there.
  void miss_two_and_three() {
    append("one\n");
    open();
    EXPECT_THAT(lines(), ElementsAre("one"));
    const Json places = log_->places();
    rename("log", "log.3");
    append("two\n", "log.2");
    append("three\n", "log.1");
    append("four\n");
    open(places);
  }
};

// Whoever waits long for a database finds that more than one file came and went.
TEST_F(MissedFiles, FilesThatWereRotatedBetweenTwoLooksAreRead) {
  append("zero\n", "log.1");
  age("log.1", 1);
  append("one\n");
  open();
  EXPECT_THAT(lines(), ElementsAre("one"));
  append("two\n");
  rename("log.1", "log.3");
  rename("log", "log.2");
  append("three\nfour\n");
  rename("log", "log.1");
  append("five\n");
  EXPECT_THAT(lines(), ElementsAre("two", "three", "four", "five"));
  pack("log.2", "log.2.gz");
  EXPECT_THAT(lines(), IsEmpty());
  rename("log", "log.0");
  append("six\n");
  EXPECT_THAT(lines(), ElementsAre("six")) << "and nothing again";
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(MissedFiles, AFileThatIsBeingCompressedIsReadWhereItIsWhole) {
  append("one\n");
  open();
  EXPECT_THAT(lines(), ElementsAre("one"));
  const Json places = log_->places();
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  rename("log", "log.3");
  append("two\n", "log.2");
  append(text, "log.1");
  append("last\n");
  open(places);
  std::string_view line;
  ASSERT_EQ(log_->next(line), Got::kLine);
  EXPECT_EQ(line, "two");
  // Rotated once more before its turn comes, and gzip has begun.
  rename("log.1", "log.2");
  append(text, "whole");
  pack("whole", "log.2.gz");
  std::filesystem::resize_file(path("log.2.gz"), std::filesystem::file_size(path("log.2.gz")) / 2);
  EXPECT_THAT(lines(), SizeIs(20'001));
  EXPECT_THAT(warnings(), IsEmpty());
}

// Attackers can write a log's first bytes.
TEST_F(MissedFiles, AFileThatBeginsAsAKnownOneIsReadAllTheSame) {
  const std::string command = std::string(2000, 'a') + "\n";
  append(command + "one\n");
  open();
  EXPECT_THAT(lines(), SizeIs(2));
  rename("log", "log.1");
  append("two\n");
  EXPECT_THAT(lines(), ElementsAre("two"));
  now_ += std::chrono::minutes(10);
  EXPECT_THAT(lines(), IsEmpty());
  const Json places = log_->places();
  rename("log.1", "log.3");
  rename("log", "log.2");
  append(command + "three\n", "log.1");
  append("four\n");
  open(places);
  EXPECT_THAT(lines(), IsSupersetOf({"three", "four"}));
}

TEST_F(MissedFiles, WhatWasWrittenAndRotatedBeforeAnythingWasReadIsRead) {
  append("old\n", "log.1");
  append("");
  open();
  EXPECT_THAT(lines(), IsEmpty());
  const Json places = log_->places();
  rename("log.1", "log.2");
  append("one\n");
  rename("log", "log.1");
  append("two\n");
  open(places);
  EXPECT_THAT(lines(), ElementsAre("one", "two"));
}

// As when a machine starts with a wrong clock, or somebody touched a file.
TEST_F(MissedFiles, AFileDatedInTheFutureHidesNoLaterOnes) {
  append("zero\n", "log.2");
  append("one\n", "log.1");
  age("log.1", 400'000'000);
  append("two\n");
  open();
  EXPECT_THAT(lines(), ElementsAre("two"));
  append("three\n");
  rename("log.2", "log.4");
  rename("log.1", "log.3");
  rename("log", "log.2");
  append("four\n", "log.1");
  append("five\n");
  EXPECT_THAT(lines(), ElementsAre("three", "four", "five"));
  restart();
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(MissedFiles, AClockSetBackHidesNothingFromAnotherProcess) {
  append("zero\n", "log-20240430");
  append("one\n");
  open();
  EXPECT_THAT(lines(), ElementsAre("one"));
  append("two\n");
  age("log", 5'000);
  const Json places = log_->places();
  rename("log", "log-20240501");
  append("three\n", "log-20240502");
  age("log-20240502", 4'000);
  append("four\n", "log-20240503");
  age("log-20240503", 3'000);
  append("five\n");
  open(places);
  EXPECT_THAT(lines(), ElementsAre("two", "three", "four", "five"));
  restart();
  EXPECT_THAT(lines(), IsEmpty());
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(MissedFiles, PlacesOfAnEarlierReleaseGoByTimes) {
  append("zero\n", "log.2");
  age("log.2", 1);
  append("one\n");
  age("log", 2);
  open();
  EXPECT_THAT(lines(), ElementsAre("one"));
  Json::Array places = *log_->places().array();
  std::erase_if(places, [](const Json& each) { return each.find("known") != nullptr; });
  rename("log.2", "log.3");
  rename("log", "log.2");
  append("two\n", "log.1");
  age("log.1", 3);
  append("three\n");
  open(places);
  EXPECT_THAT(lines(), ElementsAre("two", "three"));
}

TEST_F(MissedFiles, OpensOfManyUnreadFilesOneAtATime) {
  const auto descriptors = [] {
    const std::filesystem::directory_iterator open("/proc/self/fd");
    return std::distance(begin(open), end(open));
  };
  append("0\n");
  open();
  std::vector<std::string> expected = lines();
  const Json places = log_->places();
  const auto before = descriptors();
  constexpr int kFiles = 40;
  rename("log", "log." + std::to_string(kFiles));
  for (int i = 1; i < kFiles; ++i) {
    expected.push_back(std::to_string(i));
    append(expected.back() + "\n", "log." + std::to_string(kFiles - i));
  }
  append("last\n");
  open(places);
  EXPECT_LE(descriptors(), before + 1);
  std::vector<std::string> all{"0"};
  for (std::string_view line; log_->next(line) == Got::kLine;) {
    all.emplace_back(line);
    EXPECT_LE(descriptors(), before + 2) << line;
  }
  expected.emplace_back("last");
  EXPECT_EQ(all, expected);
}

// Reading what was missed takes long: meanwhile the log is rotated again.
TEST_F(MissedFiles, UnreadFilesThatAreRenamedAreFoundAgain) {
  miss_two_and_three();
  std::string_view line;
  ASSERT_EQ(log_->next(line), Got::kLine);
  EXPECT_EQ(line, "two");
  rename("log.3", "log.4");
  rename("log.2", "log.3");
  pack("log.1", "log.2.gz");
  rename("log", "log.1");
  append("five\n");
  EXPECT_THAT(lines(), ElementsAre("three", "four", "five"));
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(MissedFiles, UnreadFilesThatAreDeletedAreNamed) {
  miss_two_and_three();
  std::filesystem::remove(path("log.1"));
  EXPECT_THAT(lines(), ElementsAre("two", "four"));
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("log.1: ")));
}

// Shippers and scripts keep files of their own beside a log.
TEST_F(MissedFiles, FilesOfOtherProgramsBesideItAreNotRead) {
  append("one\n");
  open();
  EXPECT_THAT(lines(), ElementsAre("one"));
  append("1234 5678\n", "log.pos");
  append("{\n}\n", "log.pretty");
  append("half\n", "log-copy");
  append("two\n");
  rename("log", "log.1");
  append("three\n");
  EXPECT_THAT(lines(), ElementsAre("two", "three"));
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(MissedFiles, FilesThatWereCopiedAndCutBetweenTwoLooksAreRead) {
  auto copy_and_cut = [this, copies = 0](const std::string& to) mutable {
    std::filesystem::copy_file(path(), path(to));
    age(to, ++copies);
    std::filesystem::resize_file(path(), 0);
  };
  append("one\n");
  open();
  EXPECT_THAT(lines(), ElementsAre("one"));
  append("two\n");
  copy_and_cut("log.1");
  append("three\n");
  copy_and_cut("log.2");
  append("four\n");
  EXPECT_THAT(lines(), ElementsAre("two", "three", "four"));
  copy_and_cut("log.3");
  EXPECT_THAT(lines(), IsEmpty());
  // Nothing of this one is read before it is gone.
  append("five\n");
  copy_and_cut("log.4");
  EXPECT_THAT(lines(), ElementsAre("five"));
  append("six\n");
  EXPECT_THAT(lines(), ElementsAre("six"));
  restart();
  EXPECT_THAT(lines(), IsEmpty());
  EXPECT_THAT(warnings(), IsEmpty());
}

}  // namespace
}  // namespace decnet::follow
