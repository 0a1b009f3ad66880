// Evaluation while rules and states are replaced without a pause.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "decnet/lifters/lifting_test.h"
#include "decnet/tagging/tagger.h"

namespace decnet::tagging {
namespace {

constexpr int kRules = 8;
constexpr int kVersions = 300;
constexpr int kReaders = 4;

class FixedClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override { return *parse_time("2026-04-25T06:23:30Z"); }
};
const FixedClock kClock;

RuleId rule_id(int number) { return RuleId(fmt::format("R{}", number)); }

// Everything that can be seen of a rule follows from the version: its number, its confidence, and
// for some rules the pattern and the engine that searches for it.
std::shared_ptr<const rules::Definition> rule(int number, int version) {
  constexpr std::array kPatterns = {"ls", "l(?=s)", "^ls", "[l]s$"};
  rules::Definition definition;
  definition.id = rule_id(number);
  definition.version = version;
  definition.applies_to = {"command"};
  definition.pattern = number % 2 == 0 ? "l." : kPatterns[static_cast<std::size_t>(version) % 4];
  definition.emits = {{TechniqueId("T1059"), std::nullopt, TacticId("TA0002"), 0.9}};
  definition.evidence_fields = {"command_text"};
  return std::make_shared<const rules::Definition>(std::move(definition));
}

int silenced_by(int version) { return version % kRules; }
int clipped_by(int version) { return (version + 1) % kRules; }
double ceiling_of(int version) { return 0.5 + 0.3 * (version % 2); }

rules::States states(int version) {
  return {{rule_id(silenced_by(version)), {.kind = rules::State::Kind::kDisabled}},
          {rule_id(clipped_by(version)),
           {.kind = rules::State::Kind::kClipped, .confidence_max = ceiling_of(version)}}};
}

std::shared_ptr<const rules::RuleSet> rule_set(int version, const rules::RuleSet* previous) {
  std::vector<std::shared_ptr<const rules::Definition>> definitions;
  for (int i = 0; i < kRules; ++i) definitions.push_back(rule(i, version));
  return rules::RuleSet::compile(std::move(definitions), *attack::Catalogue::built_in(),
                                 {.previous = previous})
      .rules;
}

// What is wrong with the answer to one call, or nothing: every tag and everything withheld must be
// of one version, and all of that version must be there.
std::optional<std::string> flaw(const std::vector<Tag>& tags,
                                const std::vector<Suppressed>& suppressed, std::size_t events) {
  if (suppressed.size() != events) return fmt::format("{} withheld", suppressed.size());
  const int version = suppressed.front().rule_version;
  for (const Suppressed& one : suppressed) {
    if (one.rule_version != version) return "withheld by two versions";
    if (one.rule_id != rule_id(silenced_by(version))) return "the wrong rule was silenced";
  }
  if (tags.size() != events * (kRules - 1)) return fmt::format("{} tags", tags.size());
  for (const Tag& tag : tags) {
    if (tag.rule_version != version) return "tags of two versions";
    const bool clipped = tag.rule_id == rule_id(clipped_by(version));
    if (tag.confidence != (clipped ? ceiling_of(version) : 0.9)) return "another version's ceiling";
  }
  return std::nullopt;
}

TEST(ReloadThreads, NoCallSeesHalfAChange) {
  auto rules = rule_set(0, nullptr);
  Tagger tagger(rules, kClock);
  tagger.set(rules, states(0));

  const std::vector<Event> batch(
      3, lifters::test::event("command", Json::object({{"command_text", "ls"}})));
  std::atomic<bool> done{false};
  std::atomic<int> flaws{0};
  std::array<std::string, kReaders> first_flaw;
  std::array<int, kReaders> calls{};
  std::vector<std::thread> readers;
  for (std::size_t i = 0; i < kReaders; ++i) {
    readers.emplace_back([&, i] {
      do {
        std::vector<Suppressed> suppressed;
        const auto tags = tagger.tag(batch, &suppressed);
        ++calls[i];
        const auto found = flaw(tags, suppressed, batch.size());
        if (found && flaws++ == 0) first_flaw[i] = *found;
      } while (!done);
    });
  }
  for (int version = 1; version <= kVersions; ++version) {
    rules = rule_set(version, rules.get());
    tagger.set(rules, states(version));
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  for (std::size_t i = 0; i < kReaders; ++i) {
    EXPECT_EQ(first_flaw[i], "");
    EXPECT_GT(calls[i], 0);
  }
  EXPECT_EQ(flaws, 0);
  EXPECT_EQ(tagger.tag(batch[0])[0].rule_version, kVersions);
}

// Each of the two keeps what the other sets, also when both set at once.
TEST(ReloadThreads, RulesAndStatesDoNotUndoEachOther) {
  const auto first = rule_set(0, nullptr);
  Tagger tagger(first, kClock);
  std::thread of_states([&tagger] {
    for (int version = 1; version <= kVersions; ++version) tagger.set_states(states(version));
  });
  auto rules = first;
  for (int version = 1; version <= kVersions; ++version) {
    rules = rule_set(version, rules.get());
    tagger.set_rules(rules);
  }
  of_states.join();
  EXPECT_EQ(tagger.rules(), rules);
  EXPECT_EQ(tagger.states(), states(kVersions));
}

}  // namespace
}  // namespace decnet::tagging
