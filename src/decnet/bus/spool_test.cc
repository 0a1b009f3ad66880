#include "decnet/bus/spool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "tests/test_main.h"

namespace decnet::bus {
namespace {

Envelope numbered(int number, std::size_t padding = 0) {
  return {"attacker.session.ended", "session.ended",
          Json::object({{"n", number}, {"pad", std::string(padding, 'x')}}), random_id(), 1.5};
}

int number_of(const Envelope& envelope) {
  return static_cast<int>(*envelope.payload.find("n")->integer());
}

// Everything that is there, taken and done.
std::vector<int> drain(Spool& spool) {
  std::vector<int> numbers;
  for (;;) {
    auto file = spool.take(system_clock().now());
    if (!file || !*file) return numbers;
    for (const Envelope& envelope : (*file)->envelopes) numbers.push_back(number_of(envelope));
    spool.done((*file)->number);
  }
}

TEST(Spool, MakesItsDirectoryForTheOwnerAlone) {
  const test::TempDir dir;
  const mode_t umask_before = ::umask(0);
  const auto spool = Spool::open(dir.path() / "a" / "b");
  ::umask(umask_before);
  ASSERT_TRUE(spool);
  struct stat status {};
  ASSERT_EQ(::stat((dir.path() / "a" / "b").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST(Spool, GivesBackWhatWasAppendedInOrder) {
  const test::TempDir dir;
  const auto spool = *Spool::open(dir.path() / "a" / "b", {.file_bytes = 300});
  std::vector<int> expected;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(spool->append(numbered(i)));
    expected.push_back(i);
  }
  EXPECT_TRUE(spool->has_more());
  EXPECT_EQ(drain(*spool), expected);
  EXPECT_FALSE(spool->has_more());
  EXPECT_EQ(spool->bytes(), 0U);
}

TEST(Spool, KeepsTheWholeEnvelope) {
  const test::TempDir dir;
  const auto spool = *Spool::open(dir.path());
  Envelope envelope = numbered(1);
  envelope.topic = "a.b\"\\c";
  envelope.payload.set("text", "line\nfeed \xC3\xA9 \x01");
  ASSERT_TRUE(spool->append(envelope));
  const auto file = *spool->take(system_clock().now());
  ASSERT_TRUE(file && file->envelopes.size() == 1);
  EXPECT_EQ(file->envelopes[0].topic, envelope.topic);
  EXPECT_EQ(file->envelopes[0].type, envelope.type);
  EXPECT_EQ(file->envelopes[0].id, envelope.id);
  EXPECT_EQ(file->envelopes[0].ts, envelope.ts);
  EXPECT_EQ(file->envelopes[0].payload, envelope.payload);
}

// Read from the wire within the limit, an envelope can be larger when it is written again.
TEST(Spool, KeepsAnEnvelopeThatGrewBeyondAFrame) {
  const test::TempDir dir;
  const auto spool = *Spool::open(dir.path());
  ASSERT_TRUE(spool->append(numbered(7, kMaxBodyBytes)));
  EXPECT_EQ(drain(*spool), std::vector{7});
}

TEST(Spool, ReadsAgainWhatWasNotDone) {
  const test::TempDir dir;
  {
    const auto spool = *Spool::open(dir.path(), {.file_bytes = 1});
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(spool->append(numbered(i)));
    const auto first = *spool->take(system_clock().now());
    const auto second = *spool->take(system_clock().now());
    ASSERT_TRUE(first && second);
    spool->done(first->number);
  }
  const auto spool = *Spool::open(dir.path());
  EXPECT_GT(spool->bytes(), 0U);
  EXPECT_EQ(drain(*spool), (std::vector{1, 2, 3}));
}

TEST(Spool, ReadsInTheOrderOfNumbersNotNames) {
  const test::TempDir dir;
  {
    const auto spool = *Spool::open(dir.path(), {.file_bytes = 1});
    for (int i = 0; i < 12; ++i) ASSERT_TRUE(spool->append(numbered(i)));
  }
  EXPECT_EQ(drain(**Spool::open(dir.path())), (std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST(Spool, LosesOnlyTheLineThatACrashCut) {
  const test::TempDir dir;
  {
    const auto spool = *Spool::open(dir.path());
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(spool->append(numbered(i)));
  }
  const auto path = dir.path() / "spool-1.jsonl";
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 5);
  const auto spool = *Spool::open(dir.path());
  ASSERT_TRUE(spool->append(numbered(9)));  // goes to a file of its own
  const auto file = *spool->take(system_clock().now());
  ASSERT_TRUE(file);
  EXPECT_EQ(file->envelopes.size(), 2U);
  EXPECT_EQ(file->damaged, 1U);
  spool->done(file->number);
  EXPECT_EQ(drain(*spool), std::vector{9});
}

TEST(Spool, SkipsDamagedLinesAndForeignFiles) {
  const test::TempDir dir;
  dir.write("spool-3.jsonl",
            "not json\n[1]\n{\"type\":\"x\"}\n\n{\"topic\":7}\n"
            "{\"topic\":\"a.b\",\"payload\":{\"n\":5}}\n");
  dir.write("spool-x.jsonl", "{}");
  dir.write("spool-.jsonl", "{}");
  dir.write("notes.txt", "{}");
  std::filesystem::create_directory(dir.path() / "spool-1.jsonl");
  const auto spool = *Spool::open(dir.path());
  const auto file = *spool->take(system_clock().now());
  ASSERT_TRUE(file);
  EXPECT_EQ(file->number, 3U);
  EXPECT_EQ(file->damaged, 5U);
  ASSERT_EQ(file->envelopes.size(), 1U);
  EXPECT_EQ(number_of(file->envelopes[0]), 5);
  spool->done(3);
  EXPECT_TRUE(std::filesystem::exists(dir.path() / "notes.txt"));
}

TEST(Spool, GoesOnWhenAFileWasRemoved) {
  const test::TempDir dir;
  const auto spool = *Spool::open(dir.path(), {.file_bytes = 1});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(spool->append(numbered(i)));
  std::filesystem::remove(dir.path() / "spool-1.jsonl");
  const auto file = *spool->take(system_clock().now());
  ASSERT_TRUE(file);
  EXPECT_EQ(file->damaged, 1U);
  spool->done(file->number);
  EXPECT_EQ(drain(*spool), (std::vector{1, 2}));
  EXPECT_EQ(spool->bytes(), 0U);
}

// Permissions do not bite root: a directory in the file's place fails reads for everybody.
void make_unreadable(const std::filesystem::path& path) {
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
}

TEST(Spool, SetsAsideWhatItCannotReadAndGoesOn) {
  const test::TempDir dir;
  const auto spool = *Spool::open(dir.path(), {.file_bytes = 1});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(spool->append(numbered(i)));
  make_unreadable(dir.path() / "spool-1.jsonl");
  const auto file = *spool->take(system_clock().now());
  ASSERT_TRUE(file);
  EXPECT_EQ(file->damaged, 1U);
  EXPECT_NE(file->unreadable.find("spool-1.jsonl.unreadable"), std::string::npos);
  spool->done(file->number);
  EXPECT_TRUE(std::filesystem::exists(dir.path() / "spool-1.jsonl.unreadable"));
  EXPECT_EQ(drain(*spool), (std::vector{1, 2}));
  EXPECT_EQ(spool->bytes(), 0U);
}

TEST(Spool, SkipsWhatItCanNeitherReadNorRename) {
  const test::TempDir dir;
  const auto earlier = dir.write("spool-1.jsonl.unreadable", "of an earlier time");
  const auto spool = *Spool::open(dir.path(), {.file_bytes = 1});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(spool->append(numbered(i)));
  make_unreadable(dir.path() / "spool-1.jsonl");
  const auto file = *spool->take(system_clock().now());
  ASSERT_TRUE(file);
  EXPECT_NE(file->unreadable.find("spool-1.jsonl"), std::string::npos);
  spool->done(file->number);
  EXPECT_TRUE(std::filesystem::exists(dir.path() / "spool-1.jsonl"));
  EXPECT_TRUE(std::filesystem::is_regular_file(earlier));
  EXPECT_EQ(drain(*spool), (std::vector{1, 2}));
}

TEST(Spool, WritesBesideWhateverHasTheNameOfAFile) {
  const test::TempDir dir;
  std::filesystem::create_directory(dir.path() / "spool-1.jsonl");
  const auto spool = *Spool::open(dir.path());
  ASSERT_TRUE(spool->append(numbered(4)));
  EXPECT_EQ(drain(*spool), std::vector{4});
}

TEST(Spool, RefusesOverItsLimitAndTakesAgainOnceThereIsRoom) {
  const test::TempDir dir;
  const auto spool = *Spool::open(dir.path(), {.total_bytes = 400, .file_bytes = 100});
  int kept = 0;
  while (spool->append(numbered(kept))) ++kept;
  ASSERT_GT(kept, 0);
  ASSERT_LT(kept, 5);
  const auto refused = spool->append(numbered(kept));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message.find(dir.path().string()), std::string::npos);
  EXPECT_EQ(drain(*spool).size(), static_cast<std::size_t>(kept));
  EXPECT_TRUE(spool->append(numbered(0)));
}

TEST(Spool, BelongsToOneAtATime) {
  const test::TempDir dir;
  {
    const auto spool = Spool::open(dir.path());
    ASSERT_TRUE(spool);
    const auto second = Spool::open(dir.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  }
  EXPECT_TRUE(Spool::open(dir.path()));
}

TEST(Spool, NamesTheDirectoryItCannotMake) {
  const test::TempDir dir;
  const auto file = dir.write("file", "");
  const auto spool = Spool::open(file / "spool");
  ASSERT_FALSE(spool);
  EXPECT_NE(spool.error().message.find(file.string()), std::string::npos);
}

// A process of its own has a limit on the size of files, which fails writes as a full disk does.
TEST(Spool, RefusesWhatTheDiskHasNoRoomForAndKeepsTheRest) {
  const test::TempDir dir;
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
    const auto spool = Spool::open(dir.path());
    if (!spool || !(*spool)->append(numbered(0)) || !(*spool)->append(numbered(1))) ::_exit(3);
    if ((*spool)->append(numbered(2, 2000))) ::_exit(4);
    if ((*spool)->append(numbered(2, 200'000))) ::_exit(5);
    if (!(*spool)->append(numbered(3))) ::_exit(6);
    ::_exit(0);  // as a crash: nothing is closed
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), 0);
  const auto spool = *Spool::open(dir.path());
  const auto file = *spool->take(system_clock().now());
  ASSERT_TRUE(file);
  EXPECT_EQ(file->damaged, 0U);
  std::vector<int> numbers;
  for (const Envelope& envelope : file->envelopes) numbers.push_back(number_of(envelope));
  EXPECT_EQ(numbers, (std::vector{0, 1, 3}));
}

}  // namespace
}  // namespace decnet::bus
