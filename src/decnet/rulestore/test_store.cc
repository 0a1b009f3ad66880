#include "decnet/rulestore/test_store.h"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

#include "decnet/base/file.h"
#include "decnet/rulestore/directory/state_document.h"
#include "decnet/rulestore/open.h"
#include "tests/test_main.h"

namespace decnet::rulestore::test {
namespace {

namespace fs = std::filesystem;

class DirectoryPlace final : public TestPlace {
 public:
  DirectoryPlace() { fs::create_directory(rules()); }

  std::unique_ptr<RuleStore> open(const Clock& clock) override {
    return open_directory(rules(), states(), clock);
  }
  void put(const std::string& rule_id, std::string_view text) override {
    directory_.write(fmt::format("rules/{}.yaml", rule_id), text);
  }
  void remove(const std::string& rule_id) override { fs::remove(place_of(rule_id)); }
  std::string place_of(const std::string& rule_id) override {
    return (rules() / (rule_id + ".yaml")).string();
  }
  void break_state(const std::string& rule_id) override {
    directory_.write("states/" + state_file_name(RuleId(rule_id)),
                     fmt::format(R"({{"rule_id": "{}", "state": "sleeping"}})", rule_id));
  }
  std::string place_of_state(const std::string& rule_id) override {
    return (states() / state_file_name(RuleId(rule_id))).string();
  }
  std::size_t stored_states() override {
    if (!fs::exists(states())) return 0;
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(states())) {
      count += entry.path().filename().string().starts_with('.') ? 0 : 1;
    }
    return count;
  }

 private:
  [[nodiscard]] fs::path rules() const { return directory_.path() / "rules"; }
  [[nodiscard]] fs::path states() const { return directory_.path() / "states"; }

  decnet::test::TempDir directory_{true};
};

class DatabasePlace final : public TestPlace {
 public:
  DatabasePlace() : database_(open_database_file()) {}

  std::unique_ptr<RuleStore> open(const Clock& clock) override {
    return open_database(open_database_file(), clock);
  }
  void put(const std::string& rule_id, std::string_view text) override {
    // Always at the same time: what changed is not told from that.
    check(database_->rule_rows().put_rule(
        {rule_id, 1, "./rules/ttp/x.yaml", std::string(text), UtcTime(), "filesystem"}));
  }
  void remove(const std::string& rule_id) override {
    check(database_->rule_rows().remove_rule(rule_id));
  }
  std::string place_of(const std::string& rule_id) override {
    return fmt::format("{} ttp_rule/{}", path().string(), rule_id);
  }
  void break_state(const std::string& rule_id) override {
    storage::RuleStateRow row;
    row.rule_id = rule_id;
    row.state = "sleeping";
    check(database_->rule_rows().put_state(row));
  }
  std::string place_of_state(const std::string& rule_id) override {
    return fmt::format("{} ttp_rule_state/{}", path().string(), rule_id);
  }
  std::size_t stored_states() override {
    const auto states = database_->rule_rows().states();
    check(states);
    return states->rows.size();
  }

 private:
  [[nodiscard]] fs::path path() const { return directory_.path() / "test.db"; }
  [[nodiscard]] std::unique_ptr<storage::Database> open_database_file() const {
    auto opened = storage::open_sqlite(path(), storage::OpenMode::kCreate);
    check(opened);
    return *std::move(opened);
  }
  template <typename T>
  static void check(const Result<T>& result) {
    if (!result) throw std::runtime_error(result.error().message);
  }

  decnet::test::TempDir directory_{true};
  std::unique_ptr<storage::Database> database_;
};

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kKinds = {
      {"Directory",
       []() -> std::unique_ptr<TestPlace> { return std::make_unique<DirectoryPlace>(); }},
      {"Database",
       []() -> std::unique_ptr<TestPlace> { return std::make_unique<DatabasePlace>(); }},
  };
  return kKinds;
}

std::string document(std::string_view rule_id, int version, std::string_view note) {
  return fmt::format(
      "rule_id: {}\nrule_version: {}\nname: n\ndescription: {}\napplies_to: [command]\n"
      "match: {{pattern: x}}\n"
      "emits: [{{technique_id: T1083, tactic: TA0007, confidence: 0.9}}]\n",
      rule_id, version, note);
}

testing::AssertionResult becomes(RuleStore& store, Contents& contents,
                                 const std::function<bool(const Contents&)>& as_it_should_be) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (;;) {
    auto loaded = store.load();
    if (!loaded) return testing::AssertionFailure() << loaded.error().message;
    contents = *std::move(loaded);
    if (as_it_should_be(contents)) return testing::AssertionSuccess();
    if (std::chrono::steady_clock::now() > deadline) {
      return testing::AssertionFailure()
             << "rules " << testing::PrintToString(rules_of(contents)) << ", problems "
             << testing::PrintToString(texts_of(contents.problems)) << ", "
             << contents.states.size() << " states";
    }
    store.wait(std::chrono::seconds(1));
  }
}

std::vector<std::string> rules_of(const Contents& contents) {
  std::vector<std::string> rules;
  for (const auto& definition : contents.definitions) {
    rules.push_back(fmt::format("{}.{}", definition->id.text(), definition->version));
  }
  return rules;
}

std::vector<std::string> texts_of(const std::vector<rules::Problem>& problems) {
  std::vector<std::string> texts;
  for (const rules::Problem& problem : problems) texts.push_back(problem.text());
  return texts;
}

std::vector<std::string> texts_of(const std::vector<RuleId>& rules) {
  std::vector<std::string> texts;
  for (const RuleId& rule : rules) texts.push_back(rule.text());
  return texts;
}

}  // namespace decnet::rulestore::test
