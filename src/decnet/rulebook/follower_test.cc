// A follower on its thread, on every store there is.
#include "decnet/rulebook/follower.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "decnet/base/log.h"
#include "decnet/lifters/lifting_test.h"
#include "decnet/rulestore/directory/editing_test.h"
#include "decnet/rulestore/open.h"
#include "decnet/rulestore/test_store.h"
#include "tests/test_main.h"

namespace decnet::rulebook {
namespace {

using rulestore::Change;
using rulestore::test::document;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const RuleId kR1("R1");

testing::AssertionResult eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return testing::AssertionFailure();
    std::this_thread::yield();
  }
  return testing::AssertionSuccess();
}

// "R1.2" for each rule in force, in order.
std::vector<std::string> rules_of(const rules::RuleSet& rules) {
  std::vector<std::string> texts;
  for (const auto& rule : rules.rules()) {
    texts.push_back(fmt::format("{}.{}", rule->definition.id.text(), rule->definition.version));
  }
  return texts;
}

// A store with a book, a tagger and a follower that runs.
class Running {
 public:
  using Catalogue = std::function<Result<CataloguePtr>()>;

  explicit Running(std::unique_ptr<rulestore::RuleStore> store, Catalogue catalogue = {})
      : book_(Rulebook::open(std::move(store), attack::Catalogue::built_in(), "").value()),
        follower_({.book = *book_,
                   .tagger = tagger_,
                   .component = "ttp.store.test",
                   .catalogue = std::move(catalogue)}),
        thread_([this] {
          follower_.run([this](std::span<const Change> changes) { hear(changes); });
        }) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { end(); }
  void end() {
    if (!thread_.joinable()) return;
    follower_.stop();
    thread_.join();
  }

  Follower& follower() { return follower_; }
  const tagging::Tagger& tagger() const { return tagger_; }
  [[nodiscard]] std::vector<std::string> in_force() const { return rules_of(*tagger_.rules()); }
  testing::AssertionResult come_to(const std::vector<std::string>& rules) const {
    return eventually([&] { return in_force() == rules; })
           << "in force: " << testing::PrintToString(in_force());
  }
  // What was told until now.
  std::vector<std::string> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  // Rules of which something was told that was not in force by then.
  std::vector<std::string> told_too_early() {
    const std::lock_guard lock(mutex_);
    return too_early_;
  }

 private:
  void hear(std::span<const Change> changes) {
    const auto rules = tagger_.rules();
    const auto states = tagger_.states();
    const std::lock_guard lock(mutex_);
    for (const Change& change : changes) {
      const std::string& id = change.rule.text();
      const rules::Rule* rule = rules->find(change.rule);
      bool is_in_force = false;
      switch (change.kind) {
        case Change::Kind::kDefinition:
          told_.push_back(fmt::format("+{}.{}", id, change.definition->version));
          is_in_force = rule != nullptr && rule->definition == *change.definition;
          break;
        case Change::Kind::kDeleted:
          told_.push_back("-" + id);
          is_in_force = rule == nullptr;
          break;
        case Change::Kind::kState:
          told_.push_back(fmt::format("{}={}", id, to_string(change.state->kind)));
          is_in_force = states.contains(change.rule) == change.state->set_at.has_value();
          break;
        case Change::Kind::kAutoRevert:
          told_.push_back(id + " reverted");
          is_in_force = !states.contains(change.rule);
          break;
      }
      if (!is_in_force) too_early_.push_back(told_.back());
    }
  }

  tagging::Tagger tagger_{lifters::test::rule_set({}), system_clock()};
  std::unique_ptr<Rulebook> book_;
  Follower follower_;
  std::mutex mutex_;
  std::vector<std::string> told_;
  std::vector<std::string> too_early_;
  std::thread thread_;
};

class FollowerTest : public testing::TestWithParam<rulestore::test::Kind> {
 protected:
  Running& start() { return running_.emplace(place_->open(system_clock())); }

  const log::Capture log_;
  std::unique_ptr<rulestore::test::TestPlace> place_ = GetParam().make();
  std::optional<Running> running_;
};

INSTANTIATE_TEST_SUITE_P(Stores, FollowerTest, testing::ValuesIn(rulestore::test::kinds()),
                         [](const auto& param) { return param.param.name; });

TEST_P(FollowerTest, PutsInForceWhatIsThereBeforeItRuns) {
  place_->put("R1", document("R1"));
  const auto book = Rulebook::open(place_->open(system_clock()), attack::Catalogue::built_in(), "");
  tagging::Tagger tagger(lifters::test::rule_set({}), system_clock());
  const Follower follower({.book = **book, .tagger = tagger, .component = "ttp.store.test"});
  EXPECT_THAT(rules_of(*tagger.rules()), ElementsAre("R1.1"));
  EXPECT_EQ(follower.status().reloads, 0U);
}

TEST_P(FollowerTest, PutsInForceWhatIsSaved) {
  place_->put("R1", document("R1"));
  Running& running = start();
  place_->put("R2", document("R2"));
  EXPECT_TRUE(running.come_to({"R1.1", "R2.1"}));
  place_->put("R1", document("R1", 2));
  EXPECT_TRUE(running.come_to({"R1.2", "R2.1"}));
  place_->remove("R2");
  EXPECT_TRUE(running.come_to({"R1.2"}));
  running.end();
  EXPECT_THAT(running.told(), ElementsAre("+R2.1", "+R1.2", "-R2"));
  EXPECT_THAT(running.told_too_early(), IsEmpty());
  EXPECT_EQ(running.follower().status().reloads, 3U);
}

TEST_P(FollowerTest, StatesAreInForceAndEndByThemselves) {
  place_->put("R1", document("R1"));
  place_->put("R2", document("R2"));
  Running& running = start();
  const auto operator_store = place_->open(system_clock());
  ASSERT_TRUE(operator_store->set_state(kR1, {.kind = rules::State::Kind::kDisabled}));
  ASSERT_TRUE(operator_store->set_state(
      RuleId("R2"), {.kind = rules::State::Kind::kClipped, .confidence_max = 0.4}));
  ASSERT_TRUE(eventually([&] { return running.follower().status().disabled == 1; }));
  ASSERT_TRUE(eventually([&] { return running.follower().status().clipped == 1; }));
  const Event event = lifters::test::event("command", Json::object({{"command_text", "x"}}));
  EXPECT_EQ(running.tagger().tag(event).size(), 1U) << "R2's alone";
  ASSERT_TRUE(
      operator_store->set_state(kR1, {.kind = rules::State::Kind::kDisabled,
                                      .expires_at = system_clock().now() + milliseconds(500)}));
  ASSERT_TRUE(eventually([&] { return running.follower().status().disabled == 0; }));
  EXPECT_EQ(running.tagger().tag(event).size(), 2U);
  ASSERT_TRUE(operator_store->reset_state(RuleId("R2")));
  ASSERT_TRUE(eventually([&] { return running.follower().status().clipped == 0; }));
  running.end();
  // Whoever looks once a second may find the second setting over already.
  const auto told = running.told();
  EXPECT_THAT(told, testing::IsSupersetOf({"R1=disabled", "R2=clipped", "R1 reverted"}));
  EXPECT_EQ(std::count(told.begin(), told.end(), "R1 reverted"), 1);
  EXPECT_EQ(told.back(), "R2=enabled");
  EXPECT_THAT(running.told_too_early(), IsEmpty());
}

TEST_P(FollowerTest, ABrokenDocumentIsLoggedOnceAndShownWhileItLasts) {
  place_->put("R1", document("R1"));
  Running& running = start();
  place_->put("R1", "rule_id: [\n");
  ASSERT_TRUE(eventually([&] { return running.follower().status().broken.count == 1; }));
  EXPECT_THAT(running.follower().status().broken.texts,
              ElementsAre(HasSubstr(place_->place_of("R1") + ":")));
  EXPECT_THAT(running.in_force(), ElementsAre("R1.1"));
  place_->put("R2", document("R2"));
  ASSERT_TRUE(running.come_to({"R1.1", "R2.1"}));
  place_->put("R1", document("R1", 2));
  ASSERT_TRUE(running.come_to({"R1.2", "R2.1"}));
  EXPECT_TRUE(eventually([&] { return running.follower().status().broken.count == 0; }));
  running.end();
  EXPECT_THAT(running.told(), ElementsAre("+R2.1", "+R1.2"));
  int told = 0;
  for (const auto& record : log_.records()) {
    const bool is_it = record.message.find(place_->place_of("R1") + ":") != std::string::npos;
    if (is_it) {
      EXPECT_EQ(record.level, log::Level::kWarning);
    }
    told += is_it ? 1 : 0;
  }
  EXPECT_EQ(told, 1);
}

TEST_P(FollowerTest, LooksAgainWhenAsked) {
  place_->put("R1", document("R1"));
  Running& running = start();
  for (int version = 2; version < 6; ++version) {
    place_->put("R1", document("R1", version));
    EXPECT_EQ(running.follower().look_again(seconds(20)), "");
  }
  // A file that was saved this moment may have to rest before it is read.
  EXPECT_TRUE(running.come_to({"R1.5"}));
  running.end();
  EXPECT_EQ(running.follower().look_again(seconds(20)), "") << "nobody is there to look";
}

TEST_P(FollowerTest, ACatalogueThatIsReplacedCountsWhenAsked) {
  place_->put("R1", document("R1"));
  std::optional<Error> error = Error{ErrorCode::kUnavailable, "bundle.json: no such file"};
  Running& running =
      running_.emplace(place_->open(system_clock()), [&error]() -> Result<CataloguePtr> {
        if (error) return fail(*error);
        return attack::Catalogue::built_in();
      });
  EXPECT_EQ(running.follower().look_again(seconds(20)),
            "ATT&CK catalogue not read again: bundle.json: no such file; the old one stays");
  EXPECT_THAT(running.in_force(), ElementsAre("R1.1"));
  error.reset();
  EXPECT_EQ(running.follower().look_again(seconds(20)), "");
}

// Those who tag see one version of a rule or the next, and are not held up by who asks how it goes.
TEST(FollowerThreads, EveryTagIsOfOneVersion) {
  constexpr int kVersions = 40;
  const decnet::test::TempDir place(true);
  const auto confidence = [](int version) { return version % 2 == 0 ? 0.5 : 0.9; };
  const auto save = [&](int version) {
    std::string text = document("R1", version);
    place.write("rules/R1.yaml", text.replace(text.find("confidence: 0.9"), 15,
                                              fmt::format("confidence: {}", confidence(version))));
  };
  save(1);
  Running running(rulestore::open_directory(place.path() / "rules", place.path() / "states"));
  const Event event = lifters::test::event("command", Json::object({{"command_text", "x"}}));
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const auto tags = running.tagger().tag(event);
        const bool whole =
            tags.size() == 1 && tags.front().confidence == confidence(tags.front().rule_version);
        torn += whole ? 0 : 1;
        (void)running.follower().status();
      }
    });
  }
  for (int version = 2; version <= kVersions; ++version) {
    save(version);
    running.follower().look_again(seconds(20));
  }
  EXPECT_TRUE(running.come_to({fmt::format("R1.{}", kVersions)}));
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
}

// Whoever edits while it runs, and however: in the end the rules in force are those that a fresh
// start would have, in the same order, and what was told leads there.
TEST(FollowerEdits, AThousandSequencesEndAsAFreshStart) {
  constexpr std::uint64_t kSequences = 1000;
  constexpr std::uint64_t kSequencesAFollower = 100;
  const log::Capture log;
  const decnet::test::TempDir place(true);
  const auto open = [&place] {
    return rulestore::open_directory(place.path() / "rules", place.path() / "states");
  };
  const auto fresh_start = [&open] {
    return Rulebook::open(open(), attack::Catalogue::built_in(), "").value();
  };
  const std::vector<Event> events = {
      lifters::test::event("command", Json::object({{"command_text", "xx"}})),
      lifters::test::event("command", Json::object({{"command_text", "ls"}}))};
  std::optional<Running> running;
  for (std::uint64_t seed = 0; seed < kSequences; ++seed) {
    if (seed % kSequencesAFollower == 0) running.emplace(open());
    rulestore::test::Editor editor(place.path() / "rules", seed);
    std::string trace = fmt::format("seed {}:", seed);
    const std::size_t edits = editor.below(12) + 1;
    for (std::size_t i = 0; i < edits; ++i) trace += " " + editor.edit() + ";";
    SCOPED_TRACE(trace);
    editor.repair();
    const auto fresh = fresh_start();
    ASSERT_TRUE(eventually([&] {
      const auto in_force = running->tagger().rules();
      const auto rules = in_force->rules();
      return std::equal(rules.begin(), rules.end(), fresh->rules()->rules().begin(),
                        fresh->rules()->rules().end(), [](const auto& one, const auto& other) {
                          return one->definition == other->definition;
                        });
    })) << testing::PrintToString(running->in_force())
        << " instead of " << testing::PrintToString(rules_of(*fresh->rules()));
    const tagging::Tagger expected(fresh->rules(), system_clock());
    const auto uuids = [&events](const tagging::Tagger& tagger) {
      std::vector<std::string> all;
      for (const Tag& tag : tagger.tag(events)) all.push_back(tag.uuid);
      return all;
    };
    ASSERT_EQ(uuids(running->tagger()), uuids(expected));
  }
  running->end();
  EXPECT_THAT(running->told_too_early(), IsEmpty());
}

}  // namespace
}  // namespace decnet::rulebook
