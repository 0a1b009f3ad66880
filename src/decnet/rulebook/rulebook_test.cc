// A rule book on every store there is.
#include "decnet/rulebook/rulebook.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "decnet/attack/builder.h"
#include "decnet/rulestore/test_store.h"

namespace decnet::rulebook {
namespace {

using rulestore::Change;
using rulestore::test::document;
using rulestore::test::texts_of;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const RuleId kR1("R1");

// "R1.2" for each rule in force, in order.
std::vector<std::string> rules_of(const Rulebook& book) {
  std::vector<std::string> texts;
  for (const auto& rule : book.rules()->rules()) {
    texts.push_back(fmt::format("{}.{}", rule->definition.id.text(), rule->definition.version));
  }
  return texts;
}

// "+R1.2", "-R1", "R1=disabled", "R1 reverted".
std::vector<std::string> texts(const std::vector<Change>& changes) {
  std::vector<std::string> texts;
  for (const Change& change : changes) {
    const std::string& id = change.rule.text();
    switch (change.kind) {
      case Change::Kind::kDefinition:
        texts.push_back(fmt::format("+{}.{}", id, change.definition->version));
        break;
      case Change::Kind::kDeleted:
        texts.push_back("-" + id);
        break;
      case Change::Kind::kState:
        texts.push_back(fmt::format("{}={}", id, to_string(change.state->kind)));
        break;
      case Change::Kind::kAutoRevert:
        texts.push_back(id + " reverted");
        break;
    }
  }
  return texts;
}

class RulebookTest : public testing::TestWithParam<rulestore::test::Kind> {
 protected:
  std::unique_ptr<Rulebook> open() {
    auto opened = Rulebook::open(place_->open(clock_), attack::Catalogue::built_in(), "a release");
    if (!opened) ADD_FAILURE() << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }
  // What changes until the book is as it should be.
  std::vector<std::string> told_until(Rulebook& book, const std::function<bool()>& is_so) {
    std::vector<std::string> told;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!is_so()) {
      if (std::chrono::steady_clock::now() > end) {
        ADD_FAILURE() << testing::PrintToString(rules_of(book));
        break;
      }
      book.store().wait(std::chrono::seconds(1));
      for (std::string& text : texts(book.refresh().value())) told.push_back(std::move(text));
    }
    return told;
  }

  rulestore::test::SetClock clock_{*parse_time("2026-03-04 10:00:00")};
  std::unique_ptr<rulestore::test::TestPlace> place_ = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(Stores, RulebookTest, testing::ValuesIn(rulestore::test::kinds()),
                         [](const auto& param) { return param.param.name; });

TEST_P(RulebookTest, OpensWithWhatIsThere) {
  place_->put("R1", document("R1"));
  place_->put("R2", "rule_id: [");
  ASSERT_TRUE(place_->open(clock_)->set_state(kR1, {.kind = rules::State::Kind::kDisabled}));
  const auto book = open();
  EXPECT_THAT(rules_of(*book), ElementsAre("R1.1"));
  EXPECT_EQ(book->rules()->attack_release(), "a release");
  EXPECT_THAT(book->states(), ElementsAre(testing::Key(kR1)));
  EXPECT_THAT(texts_of(book->problems()), ElementsAre(StartsWith(place_->place_of("R2"))));
  EXPECT_THAT(book->refresh().value(), IsEmpty()) << "that it is there is no news";
}

TEST_P(RulebookTest, TellsEachChangeOnce) {
  place_->put("R1", document("R1"));
  const auto book = open();
  place_->put("R1", document("R1", 2));
  place_->put("R2", document("R2"));
  EXPECT_THAT(told_until(*book, [&] { return rules_of(*book).size() == 2; }),
              testing::UnorderedElementsAre("+R1.2", "+R2.1"));
  place_->remove("R1");
  EXPECT_THAT(told_until(*book, [&] { return rules_of(*book).size() == 1; }), ElementsAre("-R1"));
  EXPECT_THAT(book->refresh().value(), IsEmpty());
}

TEST_P(RulebookTest, CompilesOnlyWhatIsNew) {
  place_->put("R1", document("R1"));
  const auto book = open();
  const auto before = book->rules();
  ASSERT_TRUE(place_->open(clock_)->set_state(kR1, {.kind = rules::State::Kind::kDisabled}));
  EXPECT_THAT(told_until(*book, [&] { return !book->states().empty(); }),
              ElementsAre("R1=disabled"));
  EXPECT_EQ(book->rules(), before) << "a state is no other rule";
  place_->put("R2", document("R2"));
  told_until(*book, [&] { return rules_of(*book).size() == 2; });
  EXPECT_NE(book->rules(), before);
  EXPECT_EQ(book->rules()->find(kR1)->pattern, before->find(kR1)->pattern);
}

TEST_P(RulebookTest, ABrokenDocumentKeepsItsLastGoodVersion) {
  place_->put("R1", document("R1"));
  const auto book = open();
  place_->put("R1", document("R1", 2) + "match: {pattern: '('}\n");
  EXPECT_THAT(told_until(*book, [&] { return !book->problems().empty(); }), IsEmpty());
  EXPECT_THAT(rules_of(*book), ElementsAre("R1.1"));
  place_->put("R1", document("R1", 3));
  EXPECT_THAT(told_until(*book, [&] { return book->problems().empty(); }), ElementsAre("+R1.3"));
}

TEST_P(RulebookTest, APatternThatDoesNotCompileIsAProblemOfItsDocument) {
  std::string text = document("R1");
  text.replace(text.find("pattern: x"), 10, "pattern: '('");
  place_->put("R1", text);
  const auto book = open();
  EXPECT_THAT(rules_of(*book), IsEmpty());
  EXPECT_THAT(texts_of(book->problems()), ElementsAre(StartsWith(place_->place_of("R1") + ":6:")));
}

TEST_P(RulebookTest, TellsOfAStateThatEndedWhileNobodyWasThere) {
  place_->put("R1", document("R1"));
  ASSERT_TRUE(place_->open(clock_)->set_state(
      kR1, {.kind = rules::State::Kind::kDisabled, .expires_at = clock_.now() + hours(1)}));
  clock_.advance(hours(2));
  const auto book = open();
  EXPECT_THAT(book->states(), IsEmpty());
  EXPECT_THAT(texts(book->refresh().value()), ElementsAre("R1 reverted"));
  EXPECT_THAT(book->refresh().value(), IsEmpty());
}

TEST_P(RulebookTest, AnotherCatalogueCompilesEverythingAnew) {
  place_->put("R1", document("R1"));
  const auto book = open();
  const auto before = book->rules();
  EXPECT_THAT(book->id_problems(), IsEmpty());
  book->set_catalogue(attack::CatalogueBuilder("of another year").build());
  EXPECT_THAT(book->refresh().value(), IsEmpty()) << "the rules say what they said";
  EXPECT_NE(book->rules(), before);
  EXPECT_THAT(book->id_problems(), SizeIs(testing::Ge(1U))) << "T1083 is not in it";
}

}  // namespace
}  // namespace decnet::rulebook
