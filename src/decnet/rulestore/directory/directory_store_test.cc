// What happens to directories: how editors save, how deployments replace, what goes wrong.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

#include <filesystem>
#include <fstream>
#include <thread>

#include "decnet/rules/loader.h"
#include "decnet/rulestore/changes.h"
#include "decnet/rulestore/directory/directory_store_test.h"

namespace decnet::rulestore {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::becomes;
using test::document;
using test::rules_of;
using test::texts_of;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// --- how files are saved ------------------------------------------------------------------------

struct Save {
  const char* name;
  void (*save)(const fs::path& path, const std::string& text);
};
void PrintTo(const Save& save, std::ostream* out) { *out << save.name; }

void write_file(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
fs::path beside(const fs::path& path, const char* ending) { return path.string() + ending; }

class SaveStyle : public DirectoryStore, public testing::WithParamInterface<Save> {};

INSTANTIATE_TEST_SUITE_P(, SaveStyle,
                         testing::Values(Save{"InPlace", write_file},
                                         Save{"InPieces",
                                              [](const fs::path& path, const std::string& text) {
                                                std::ofstream out(path);
                                                for (const char c : text) out << c << std::flush;
                                              }},
                                         Save{"RenamedOver",
                                              [](const fs::path& path, const std::string& text) {
                                                write_file(beside(path, ".tmp"), text);
                                                fs::rename(beside(path, ".tmp"), path);
                                              }},
                                         Save{"MovedAwayAndWritten",
                                              [](const fs::path& path, const std::string& text) {
                                                if (fs::exists(path))
                                                  fs::rename(path, beside(path, "~"));
                                                write_file(path, text);
                                                fs::remove(beside(path, "~"));
                                              }},
                                         Save{"UnlinkedAndWritten",
                                              [](const fs::path& path, const std::string& text) {
                                                fs::remove(path);
                                                write_file(path, text);
                                              }},
                                         Save{"Linked",
                                              [](const fs::path& path, const std::string& text) {
                                                write_file(beside(path, ".new"), text);
                                                fs::remove(path);
                                                fs::create_hard_link(beside(path, ".new"), path);
                                              }},
                                         Save{"MovedFromElsewhere",
                                              [](const fs::path& path, const std::string& text) {
                                                const fs::path elsewhere =
                                                    path.parent_path().parent_path() / "elsewhere";
                                                write_file(elsewhere, text);
                                                fs::rename(elsewhere, path);
                                              }},
                                         Save{"SymbolicLink",
                                              [](const fs::path& path, const std::string& text) {
                                                const fs::path elsewhere =
                                                    path.parent_path().parent_path() / "elsewhere";
                                                write_file(elsewhere, text);
                                                fs::remove(path);
                                                fs::create_symlink(elsewhere, path);
                                              }},
                                         Save{"ThroughALink",
                                              [](const fs::path& path, const std::string& text) {
                                                const fs::path elsewhere =
                                                    path.parent_path().parent_path() / "elsewhere";
                                                if (!fs::is_symlink(path)) {
                                                  fs::remove(path);
                                                  fs::create_symlink(elsewhere, path);
                                                }
                                                write_file(elsewhere, text);
                                              }},
                                         Save{"WithTheOldTimes",
                                              [](const fs::path& path, const std::string& text) {
                                                const bool is_new = !fs::exists(path);
                                                const auto time = is_new
                                                                      ? fs::file_time_type()
                                                                      : fs::last_write_time(path);
                                                write_file(path, text);
                                                if (!is_new) fs::last_write_time(path, time);
                                              }}),
                         [](const auto& param) { return std::string(param.param.name); });

TEST_P(SaveStyle, IsSeen) {
  load();
  GetParam().save(file("R1.yaml"), document("R1", 1));
  ASSERT_TRUE(come_to({"R1.1"}));
  GetParam().save(file("R1.yaml"), document("R1", 2));
  ASSERT_TRUE(come_to({"R1.2"}));
  GetParam().save(file("R1.yaml"), document("R9", 2));
  ASSERT_TRUE(come_to({"R9.2"}));
  EXPECT_THAT(contents_.problems, IsEmpty());
  fs::remove(file("R1.yaml"));
  EXPECT_TRUE(come_to({}));
}

// Whatever is seen on the way, it is never a part of a file: a rule cut off may well be a rule.
TEST_P(SaveStyle, IsNeverSeenHalfDone) {
  constexpr int kLast = 1'000'000;
  write("R1.yaml", document("R1", 1));
  load();
  std::atomic<int> saved = 1;
  std::atomic<bool> enough = false;
  std::thread editor([&] {
    const auto save = [this](int version) {
      GetParam().save(file("R1.yaml"), document("R1", version) + "evidence_fields: [uid]\n");
    };
    while (!enough) save(++saved);
    save(kLast);
  });
  for (int loads = 0; loads < 300 || saved < 50; ++loads) {
    const Contents now = load();
    EXPECT_THAT(texts_of(now.problems), IsEmpty());
    for (const auto& definition : now.definitions) {
      EXPECT_TRUE(definition->version == 1 || definition->evidence_fields.size() == 1)
          << definition->version;
    }
    if (testing::Test::HasFailure()) break;
  }
  enough = true;
  editor.join();
  ASSERT_TRUE(come_to({fmt::format("R1.{}", kLast)}));
  EXPECT_THAT(contents_.problems, IsEmpty());
}

// --- files --------------------------------------------------------------------------------------

TEST_F(DirectoryStore, IsWhatTheLoaderLoads) {
  write("b.yaml", document("R1"));
  write("a.yml", document("R1"));
  write("c.yaml", "rule_id: [");
  write("d.yaml", "");
  write("e.yaml", document("R3") + "tests: 5\n");
  write("my-rule.yaml", "[broken");
  write("deeper/R7.yaml", document("R7"));
  fs::create_symlink("nowhere", file("f.yaml"));
  ASSERT_EQ(mkfifo(file("g.yaml").c_str(), 0600), 0);
  const auto expected = rules::load_directory(rules());
  const Contents contents = load();
  ASSERT_EQ(contents.definitions.size(), expected.rules.size());
  for (std::size_t i = 0; i < expected.rules.size(); ++i) {
    EXPECT_EQ(*contents.definitions[i], expected.rules[i]);
  }
  EXPECT_EQ(texts_of(contents.problems), texts_of(expected.problems));
  EXPECT_THAT(contents.problems, SizeIs(5));
}

TEST_F(DirectoryStore, LeavesOtherNamesAlone) {
  load();
  for (const char* name : {".R1.yaml.swp", "R1.yaml~", "4913", "R1.yaml.tmp", "my-rule.yaml"}) {
    write(name, document("R1"));
  }
  EXPECT_FALSE(store_->wait(milliseconds(0)));
  write("R2.yaml", document("R2"));
  ASSERT_TRUE(come_to({"R2.1"}));
  EXPECT_THAT(contents_.problems, IsEmpty());
}

TEST_F(DirectoryStore, AFileThatIsMovedAwayTakesItsRuleAlong) {
  write("R1.yaml", document("R1"));
  write("R2.yaml", document("R2"));
  load();
  fs::rename(file("R1.yaml"), place_.path() / "R1.yaml");
  EXPECT_TRUE(come_to({"R2.1"}));
  fs::rename(file("R2.yaml"), file("R2.yaml.off"));
  EXPECT_TRUE(come_to({}));
  fs::rename(file("R2.yaml.off"), file("R2.yaml"));
  EXPECT_TRUE(come_to({"R2.1"}));
}

TEST_F(DirectoryStore, ARenamedFileIsNoChange) {
  write("a.yaml", document("R1"));
  write("b.yaml", document("R2"));
  const Contents before = load();
  fs::rename(file("a.yaml"), file("z.yaml"));
  ASSERT_TRUE(come_to({"R2.1", "R1.1"}));
  EXPECT_THAT(changes(before, contents_), IsEmpty());
  EXPECT_EQ(contents_.definitions[1]->path, file("z.yaml"));
}

TEST_F(DirectoryStore, TheFirstOfTwoFilesHoldsARule) {
  write("b.yaml", document("R1", 2));
  write("c.yaml", document("R1", 3));
  EXPECT_THAT(rules_of(load()), ElementsAre("R1.2"));
  write("a.yaml", document("R1", 1));
  ASSERT_TRUE(come_to({"R1.1"}));
  EXPECT_THAT(texts_of(contents_.problems),
              ElementsAre(HasSubstr("b.yaml:1: rule_id: R1 is already the rule of a.yaml"),
                          HasSubstr("c.yaml:1: rule_id: R1 is already the rule of a.yaml")));
  EXPECT_TRUE(contents_.complete);
  fs::remove(file("a.yaml"));
  ASSERT_TRUE(come_to({"R1.2"}));
  fs::remove(file("b.yaml"));
  ASSERT_TRUE(come_to({"R1.3"}));
  EXPECT_THAT(contents_.problems, IsEmpty());
}

TEST_F(DirectoryStore, AnIdThatChangesInsideAFileFreesTheOldOne) {
  write("a.yaml", document("R1", 1));
  write("b.yaml", document("R1", 2));
  write("c.yaml", document("R2", 1));
  load();
  write("a.yaml", document("R2", 9));
  ASSERT_TRUE(come_to({"R2.9", "R1.2"}));
  EXPECT_THAT(texts_of(contents_.problems), ElementsAre(HasSubstr("c.yaml:1: rule_id: R2 is")));
}

// A rule whose file is broken may be written anew in another file.
TEST_F(DirectoryStore, AFileThatLoadsBeatsOneThatDid) {
  write("a.yaml", document("R1", 1));
  load();
  write("a.yaml", "rule_id: [");
  ASSERT_TRUE(come_to_problems(1));
  EXPECT_THAT(rules_of(contents_), ElementsAre("R1.1"));
  write("b.yaml", document("R1", 2));
  ASSERT_TRUE(come_to({"R1.2"}));
  EXPECT_THAT(contents_.problems, SizeIs(1));
  fs::remove(file("b.yaml"));
  ASSERT_TRUE(come_to({"R1.1"}));
  write("b.yaml", document("R1", 2));
  write("a.yaml", document("R1", 3));
  ASSERT_TRUE(come_to({"R1.3"}));
}

TEST_F(DirectoryStore, AFileThatCannotBeReadKeepsItsRule) {
  if (geteuid() == 0) GTEST_SKIP() << "the superuser reads everything";
  write("R1.yaml", document("R1"));
  load();
  fs::permissions(file("R1.yaml"), fs::perms::none);
  ASSERT_TRUE(come_to_problems(1));
  EXPECT_THAT(rules_of(contents_), ElementsAre("R1.1"));
  EXPECT_THAT(contents_.problems[0].text(), EndsWith("R1.yaml: Permission denied"));
  fs::permissions(file("R1.yaml"), fs::perms::owner_all);
  ASSERT_TRUE(come_to_problems(0));
}

TEST_F(DirectoryStore, WhatIsNoFileIsNoRule) {
  write("R1.yaml", document("R1"));
  load();
  fs::remove(file("R1.yaml"));
  ASSERT_EQ(mkfifo(file("R1.yaml").c_str(), 0600), 0);
  ASSERT_TRUE(come_to({}));
  write("R3.yaml", document("R3"));
  ASSERT_TRUE(come_to({"R3.1"}));
  fs::remove(file("R3.yaml"));
  fs::create_symlink("R1.yaml", file("R3.yaml"));  // to what could wait for ever
  ASSERT_TRUE(come_to({}));
  fs::remove(file("R1.yaml"));
  fs::create_directory(file("R1.yaml"));
  write("R2.yaml", document("R2"));
  ASSERT_TRUE(come_to({"R2.1"}));
  EXPECT_THAT(contents_.problems, IsEmpty());
}

// A file that is made without a name and then given one is never closed under it.
TEST_F(DirectoryStore, AFileThatIsLinkedInWholeIsSeen) {
  load();
  const int nameless = ::open(rules().c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (nameless < 0) GTEST_SKIP() << "no O_TMPFILE here";
  const std::string text = document("R1");
  ASSERT_EQ(::write(nameless, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ASSERT_EQ(::linkat(AT_FDCWD, fmt::format("/proc/self/fd/{}", nameless).c_str(), AT_FDCWD,
                     file("R1.yaml").c_str(), AT_SYMLINK_FOLLOW),
            0);
  EXPECT_TRUE(come_to({"R1.1"}));
  ::close(nameless);
}

// Where links lead may change without any event here.
TEST_F(DirectoryStore, LinksAreFollowedToWhatTheyLeadToNow) {
  place_.write("v1/R1.yaml", document("R1", 1));
  place_.write("v2/R1.yaml", document("R1", 2));
  fs::create_directory_symlink("v1", place_.path() / "current");
  fs::create_symlink(place_.path() / "current/R1.yaml", file("R1.yaml"));
  EXPECT_THAT(rules_of(load()), ElementsAre("R1.1"));
  fs::create_directory_symlink("v2", place_.path() / "next");
  fs::rename(place_.path() / "next", place_.path() / "current");
  ASSERT_TRUE(come_to({"R1.2"}));
  fs::remove(place_.path() / "current");
  ASSERT_TRUE(come_to_problems(1));
  EXPECT_THAT(rules_of(contents_), ElementsAre("R1.2"));
  fs::create_directory_symlink("v1", place_.path() / "current");
  EXPECT_TRUE(come_to({"R1.1"}));
}

// --- the directory ------------------------------------------------------------------------------

TEST_F(DirectoryStore, ADirectoryThatIsMadeLaterIsSeen) {
  fs::remove(rules());
  EXPECT_FALSE(load().complete);
  EXPECT_THAT(load().problems, IsEmpty());
  write("R1.yaml", document("R1"));
  ASSERT_TRUE(come_to({"R1.1"}));
  EXPECT_TRUE(contents_.complete);
  write("R1.yaml", document("R1", 2));
  EXPECT_TRUE(come_to({"R1.2"}));
}

TEST_F(DirectoryStore, ADirectoryWhoseParentsAreMadeLaterIsSeen) {
  store_ = open_directory(place_.path() / "a/b/rules/", states(), system_clock());
  EXPECT_FALSE(load().complete);
  place_.write("a/b/rules/R1.yaml", document("R1"));
  EXPECT_TRUE(come_to({"R1.1"}));
  fs::rename(place_.path() / "a", place_.path() / "z");
  EXPECT_TRUE(come_to({}));
  fs::rename(place_.path() / "z", place_.path() / "a");
  EXPECT_TRUE(come_to({"R1.1"}));
}

TEST_F(DirectoryStore, AReplacedDirectoryIsWatchedFromThenOn) {
  write("R1.yaml", document("R1", 1));
  const Contents before = load();
  place_.write("next/R1.yaml", document("R1", 1));
  place_.write("next/R2.yaml", document("R2", 1));
  fs::rename(rules(), place_.path() / "old");
  fs::rename(place_.path() / "next", rules());
  ASSERT_TRUE(come_to({"R1.1", "R2.1"}));
  EXPECT_EQ(contents_.definitions[0], before.definitions[0]);
  place_.write("old/R3.yaml", document("R3"));
  write("R2.yaml", document("R2", 2));
  ASSERT_TRUE(come_to({"R1.1", "R2.2"}));

  fs::remove_all(rules());
  ASSERT_TRUE(come_to({}));
  EXPECT_FALSE(contents_.complete);
  write("R4.yaml", document("R4"));
  ASSERT_TRUE(come_to({"R4.1"}));
  write("R4.yaml", document("R4", 2));
  EXPECT_TRUE(come_to({"R4.2"}));
}

TEST_F(DirectoryStore, ADirectoryThatIsALinkIsFollowed) {
  place_.write("v1/R1.yaml", document("R1", 1));
  place_.write("v2/R1.yaml", document("R1", 2));
  fs::remove(rules());
  fs::create_directory_symlink("v1", rules());
  EXPECT_THAT(rules_of(load()), ElementsAre("R1.1"));
  fs::create_directory_symlink("v2", place_.path() / "next");
  fs::rename(place_.path() / "next", rules());
  ASSERT_TRUE(come_to({"R1.2"}));
  place_.write("v2/R1.yaml", document("R1", 3));
  EXPECT_TRUE(come_to({"R1.3"}));
}

TEST_F(DirectoryStore, AFileInPlaceOfTheDirectoryKeepsWhatIsKnown) {
  write("R1.yaml", document("R1"));
  load();
  fs::rename(rules(), place_.path() / "old");
  place_.write("rules", "not a directory");
  ASSERT_TRUE(come_to_problems(1));
  EXPECT_EQ(contents_.problems[0].text(), rules().string() + ": Not a directory");
  EXPECT_FALSE(contents_.complete);
  EXPECT_LE(contents_.definitions.size(), 1U);  // gone if it was seen absent in between
  fs::remove(rules());
  fs::rename(place_.path() / "old", rules());
  ASSERT_TRUE(come_to_problems(0));
  EXPECT_TRUE(come_to({"R1.1"}));
}

// The kernel keeps so many events and then says only that it lost some.
TEST_F(DirectoryStore, ALostEventIsNotALostChange) {
  write("R1.yaml", document("R1", 1));
  load();
  std::size_t kept = 16384;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> kept;
  if (kept > 100'000) GTEST_SKIP() << kept << " events are kept here";
  for (std::size_t i = 0; i <= kept / 2; ++i) {
    const fs::path noise = file(i % 2 == 0 ? "n1" : "n2");
    write_file(noise, "");
    fs::remove(noise);
  }
  write("R1.yaml", document("R1", 2));
  write("R2.yaml", document("R2", 1));
  EXPECT_TRUE(come_to({"R1.2", "R2.1"}));
}

// However fast somebody writes, what others change comes through.
TEST_F(DirectoryStore, AFastWriterDoesNotStarveTheOthers) {
  load();
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; !done; ++i) {
      write_file(file("fast.yaml"), document("F", i % 2 + 1));
      write_file(file("fast.yaml~"), "");
    }
  });
  for (int version = 1; version <= 5; ++version) {
    write("R1.yaml", document("R1", version));
    EXPECT_TRUE(becomes(*store_, contents_, [&](const Contents& now) {
      const auto texts = rules_of(now);
      return std::count(texts.begin(), texts.end(), fmt::format("R1.{}", version)) == 1;
    }));
  }
  done = true;
  writer.join();
}

// Out of inotify instances, or of descriptors, it looks again and again instead.
TEST_F(DirectoryStore, WorksWithoutInotify) {
  const int next = dup(0);
  ASSERT_GE(next, 0);
  close(next);
  struct rlimit usual = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &usual), 0);
  const auto rule_directory = rules();
  const auto state_directory = states();
  const struct rlimit none = {.rlim_cur = static_cast<rlim_t>(next), .rlim_max = usual.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  auto blind = open_directory(rule_directory, state_directory, system_clock());
  setrlimit(RLIMIT_NOFILE, &usual);
  store_ = std::move(blind);  // not before: a sanitizer needs descriptors to look at an object
  load();
  write("R1.yaml", document("R1"));
  ASSERT_TRUE(come_to({"R1.1"}));
  fs::rename(rules(), place_.path() / "old");
  ASSERT_TRUE(come_to({}));
  fs::rename(place_.path() / "old", rules());
  ASSERT_TRUE(come_to({"R1.1"}));
  ASSERT_TRUE(open()->set_state(RuleId("R1"), {}));
  EXPECT_TRUE(becomes(*store_, contents_, [](const Contents& now) { return !now.states.empty(); }));
  std::thread other([this] { store_->wake(); });
  for (int i = 0; i < 100 && store_->wait(std::chrono::hours(1)); ++i) load();
  other.join();
}

}  // namespace
}  // namespace decnet::rulestore
