#include "decnet/storage/dead_letter_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "decnet/base/log.h"
#include "tests/test_main.h"

namespace decnet::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

DeadLetter a_letter(const std::string& id) {
  DeadLetter letter;
  letter.message_id = id;
  letter.topic = "attacker.session.ended";
  letter.type = "session.ended";
  letter.payload = Json::object({{"session_id", id}, {"commands", Json::Array{Json("id")}}});
  letter.ts = 1772617200.5;
  letter.reason = "no attacker row for its address";
  letter.attempts = 5;
  letter.died_at = *parse_time("2026-03-04T10:06:00.25Z");
  return letter;
}

class DeadLetterFilesTest : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "spool/letters"; }
  static std::vector<std::string> ids(const DeadLetterFiles& files) {
    std::vector<std::string> ids;
    const auto letters = files.oldest(100);
    if (!letters) ADD_FAILURE() << letters.error().message;
    if (letters) {
      for (const auto& letter : *letters) ids.push_back(letter.message_id);
    }
    return ids;
  }

  const test::TempDir directory_;
  DeadLetterFiles files_{path()};
};

TEST_F(DeadLetterFilesTest, GivesBackWhatWasAdded) {
  ASSERT_TRUE(files_.add(a_letter("m-1")));
  const auto found = files_.find(1).value();
  ASSERT_TRUE(found);
  DeadLetter expected = a_letter("m-1");
  EXPECT_EQ(to_json(*found), to_json(expected));
  EXPECT_EQ(found->number, 1);
  EXPECT_EQ(found->died_at, expected.died_at);
}

TEST_F(DeadLetterFilesTest, OldestFirstAndNoNumberTwice) {
  EXPECT_THAT(ids(files_), IsEmpty()) << "without a directory";
  EXPECT_FALSE(files_.find(1).value());
  EXPECT_FALSE(files_.drop(1).value());
  for (const char* id : {"m-1", "m-2", "m-3"}) ASSERT_TRUE(files_.add(a_letter(id)));
  EXPECT_THAT(ids(files_), ElementsAre("m-1", "m-2", "m-3"));
  EXPECT_THAT(files_.oldest(2).value(), SizeIs(2));
  EXPECT_TRUE(files_.drop(2).value());
  EXPECT_FALSE(files_.drop(2).value());
  // Another process, and a later one.
  DeadLetterFiles other(path());
  ASSERT_TRUE(other.add(a_letter("m-4")));
  ASSERT_TRUE(files_.add(a_letter("m-5")));
  EXPECT_THAT(ids(files_), ElementsAre("m-1", "m-3", "m-4", "m-5"));
}

TEST_F(DeadLetterFilesTest, AreForTheOwnerAlone) {
  const mode_t umask_before = ::umask(0);
  const auto added = files_.add(a_letter("m-1"));
  ::umask(umask_before);
  ASSERT_TRUE(added);
  const auto mode = [](const std::filesystem::path& file) {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0) << file;
    return status.st_mode & 0777U;
  };
  EXPECT_EQ(mode(path()), 0700U);
  EXPECT_EQ(mode(path() / "letter-1.json"), 0600U);
}

TEST_F(DeadLetterFilesTest, AreBoundedAndKeepTheFirst) {
  DeadLetterFiles few(path(), {.count = 2, .bytes = 100'000});
  ASSERT_TRUE(few.add(a_letter("m-1")));
  ASSERT_TRUE(few.add(a_letter("m-2")));
  const auto refused = few.add(a_letter("m-3"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr(path().string()));
  EXPECT_THAT(ids(few), ElementsAre("m-1", "m-2"));
  EXPECT_TRUE(files_.drop(1).value()) << "by another process";
  EXPECT_TRUE(few.add(a_letter("m-4")));
  EXPECT_THAT(ids(few), ElementsAre("m-2", "m-4"));

  DeadLetterFiles small(path(), {.count = 100, .bytes = 1000});
  DeadLetter large = a_letter("m-5");
  large.payload = Json::object({{"x", std::string(1000, 'x')}});
  EXPECT_FALSE(small.add(large));
  EXPECT_THAT(ids(small), SizeIs(2));
}

TEST_F(DeadLetterFilesTest, TheirBoundsHoldForAllWhoWrite) {
  constexpr DeadLetterFiles::Limits kFew{.count = 3, .bytes = 100'000};
  DeadLetterFiles one(path(), kFew);
  DeadLetterFiles other(path(), kFew);
  EXPECT_TRUE(one.add(a_letter("m-1")));
  EXPECT_TRUE(other.add(a_letter("m-2")));
  EXPECT_TRUE(one.add(a_letter("m-3")));
  EXPECT_FALSE(other.add(a_letter("m-4")));
  EXPECT_THAT(ids(one), ElementsAre("m-1", "m-2", "m-3"));
}

// What a writer that was killed leaves behind is no letter, and the next one clears it away.
TEST_F(DeadLetterFilesTest, AWriterThatWasKilledLeavesNoneHalf) {
  const log::Capture log;
  directory_.write("spool/letters/.writing", "{\"topic\":\"att");
  EXPECT_THAT(ids(files_), IsEmpty());
  ASSERT_TRUE(files_.add(a_letter("m-1")));
  EXPECT_THAT(ids(files_), ElementsAre("m-1"));
  EXPECT_FALSE(std::filesystem::exists(path() / ".writing"));
  EXPECT_THAT(log.records(), IsEmpty());
}

TEST_F(DeadLetterFilesTest, CountOnFromNoNameThatWouldOverflow) {
  directory_.write("spool/letters/letter-9223372036854775807.json", "{}");
  ASSERT_TRUE(files_.add(a_letter("m-1")));
  EXPECT_TRUE(files_.find(1).value());
}

TEST_F(DeadLetterFilesTest, WhatIsNoUtf8IsMadeSo) {
  DeadLetter letter = a_letter("m-\xFF");
  letter.topic = "canary.\xFE.triggered";
  ASSERT_TRUE(files_.add(letter));
  EXPECT_EQ(files_.find(1).value()->topic, "canary.\xEF\xBF\xBD.triggered");
}

TEST_F(DeadLetterFilesTest, ADamagedFileCostsItselfOnly) {
  const log::Capture log;
  ASSERT_TRUE(files_.add(a_letter("m-1")));
  directory_.write("spool/letters/letter-2.json", "{\"topic\":\"att");
  directory_.write("spool/letters/letter-x.json", "{}");
  directory_.write("spool/letters/letter-.json", "{}");
  directory_.write("spool/letters/notes", "{}");
  ASSERT_TRUE(files_.add(a_letter("m-3")));
  EXPECT_THAT(ids(files_), ElementsAre("m-1", "m-3"));
  ASSERT_THAT(log.records(), SizeIs(1));
  EXPECT_THAT(log.records().front().message, HasSubstr("letter-2.json"));
  EXPECT_FALSE(files_.find(2));
  EXPECT_TRUE(files_.drop(2).value());
}

TEST_F(DeadLetterFilesTest, ADirectoryThatCannotBeMadeIsNamed) {
  directory_.write("spool", "a file");
  const auto refused = files_.add(a_letter("m-1"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("spool"));
}

}  // namespace
}  // namespace decnet::storage
