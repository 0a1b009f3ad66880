// Whatever is done to a directory, and however fast, a store that watched it ends with what a fresh
// one loads, and so does who only followed the changes.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "decnet/rules/loader.h"
#include "decnet/rulestore/changes.h"
#include "decnet/rulestore/directory/editing_test.h"
#include "decnet/rulestore/open.h"
#include "decnet/rulestore/test_store.h"
#include "tests/test_main.h"

namespace decnet::rulestore {
namespace {

namespace fs = std::filesystem;
using test::Editor;
using test::texts_of;

constexpr std::uint64_t kSequences = 200;  // a running follower has a thousand, in rulebook/
constexpr std::uint64_t kSequencesAStore = 50;
constexpr std::uint64_t kSequencesStepByStep = 25;

// Who knows nothing but the changes.
class Follower {
 public:
  void follow(const Contents& now) {
    for (const Change& change : changes(before_, now)) {
      if (change.kind == Change::Kind::kDeleted) {
        EXPECT_EQ(rules_.erase(change.rule), 1U) << change.rule;
      } else {
        ASSERT_EQ(change.kind, Change::Kind::kDefinition);
        rules_[change.rule] = change.definition->version;
      }
    }
    before_ = now;
  }
  [[nodiscard]] const std::map<RuleId, int>& rules() const { return rules_; }

 private:
  Contents before_;
  std::map<RuleId, int> rules_;  // and their versions
};

std::map<RuleId, int> rules_of(const rules::Loaded& loaded) {
  std::map<RuleId, int> rules;
  for (const auto& definition : loaded.rules) rules[definition.id] = definition.version;
  return rules;
}

bool is_fresh_load(const Contents& contents, const rules::Loaded& fresh) {
  if (contents.definitions.size() != fresh.rules.size()) return false;
  for (std::size_t i = 0; i < fresh.rules.size(); ++i) {
    if (*contents.definitions[i] != fresh.rules[i]) return false;
  }
  return texts_of(contents.problems) == texts_of(fresh.problems) && contents.complete;
}

TEST(RandomEdits, EndAsAFreshLoad) {
  const decnet::test::TempDir place(true);
  const auto open = [&place] {
    return open_directory(place.path() / "rules", place.path() / "states", system_clock());
  };
  auto store = open();
  Follower follower;
  for (std::uint64_t seed = 0; seed < kSequences; ++seed) {
    if (seed % kSequencesAStore == 0) {
      store = open();
      follower = {};
    }
    Editor editor(place.path() / "rules", seed);
    std::string trace = fmt::format("seed {}:", seed);
    const std::size_t edits = editor.below(12) + 1;
    for (std::size_t i = 0; i < edits; ++i) {
      trace += " " + editor.edit() + ";";
      if (editor.below(3) == 0) follower.follow(store->load().value());
    }
    SCOPED_TRACE(trace);
    editor.repair();
    const auto fresh = rules::load_directory(editor.directory());
    Contents contents;
    ASSERT_TRUE(test::becomes(*store, contents, [&](const Contents& now) {
      follower.follow(now);
      return is_fresh_load(now, fresh);
    }));
    ASSERT_EQ(follower.rules(), rules_of(fresh));
    ASSERT_TRUE(is_fresh_load(open()->load().value(), fresh));
  }
}

// What a store that is asked after every edit must have: the rules of a fresh load, and the last
// good version of each file that is broken, unless another file has its rule.
class LastGood {
 public:
  void look_at(const fs::path& directory) {
    std::map<std::string, rules::Definition> now;
    std::vector<rules::Problem> problems;
    std::set<std::string> names;
    for (const fs::path& path : rules::rule_files(directory, problems)) {
      const std::string name = path.filename().string();
      names.insert(name);
      std::ifstream in(path);
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      if (auto definition = rules::read_definition(text, path, problems)) {
        good_[name] = *std::move(definition);
        broken_.erase(name);
      } else {
        broken_.insert(name);
      }
    }
    std::erase_if(good_, [&](const auto& file) { return !names.contains(file.first); });
    std::erase_if(broken_, [&](const std::string& name) { return !names.contains(name); });
  }

  [[nodiscard]] std::vector<std::string> rules() const {
    std::map<RuleId, std::string> holders;
    for (const bool broken : {false, true}) {
      for (const auto& [name, definition] : good_) {
        if (broken_.contains(name) == broken) holders.emplace(definition.id, name);
      }
    }
    std::vector<std::string> rules;
    for (const auto& [name, definition] : good_) {
      if (holders.at(definition.id) != name) continue;
      rules.push_back(fmt::format("{} {}.{}", name, definition.id.text(), definition.version));
    }
    return rules;
  }

 private:
  std::map<std::string, rules::Definition> good_;
  std::set<std::string> broken_;
};

std::vector<std::string> rules_of(const Contents& contents) {
  std::vector<std::string> rules;
  for (const auto& definition : contents.definitions) {
    rules.push_back(fmt::format("{} {}.{}", definition->path.filename().string(),
                                definition->id.text(), definition->version));
  }
  return rules;
}

TEST(RandomEdits, KeepTheLastGoodVersions) {
  for (std::uint64_t seed = 0; seed < kSequencesStepByStep; ++seed) {
    const decnet::test::TempDir place(true);
    Editor editor(place.path() / "rules", seed);
    const auto store =
        open_directory(place.path() / "rules", place.path() / "states", system_clock());
    LastGood expected;
    std::string trace = fmt::format("seed {}:", seed);
    ASSERT_TRUE(store->load());
    for (int i = 0; i < 12; ++i) {
      const std::string edit = editor.edit();
      trace += " " + edit + ";";
      SCOPED_TRACE(trace);
      // Of a directory that is replaced, the store may or may not see that it was gone.
      if (edit == "replace the directory") editor.repair();
      expected.look_at(editor.directory());
      Contents contents;
      ASSERT_TRUE(test::becomes(*store, contents, [&](const Contents& now) {
        return rules_of(now) == expected.rules();
      }));
    }
  }
}

}  // namespace
}  // namespace decnet::rulestore
