// atomic: scripts that each test one technique.
#include <array>
#include <map>

#include "decnet/evaluation/row.h"

namespace decnet::evaluation {
namespace {

struct Test {
  std::string technique;  // canonical
  Goals goals;            // of it
  std::size_t whole = 0;  // unit
  std::vector<std::size_t> lines;
};

class Atomic : public Corpus {
 public:
  [[nodiscard]] std::string_view kind() const override { return "atomic"; }
  [[nodiscard]] std::size_t rows() const override { return tests_.size(); }

  void add(Row& row) {
    Test test;
    test.technique = canonical(row.text("technique"));
    test.goals = goals_of(test.technique);
    test.whole = units_.add_command(row.text("text"));
    for (const std::string& line : row.texts("lines")) {
      test.lines.push_back(units_.add_command(line));
    }
    tests_.push_back(std::move(test));
  }

  [[nodiscard]] Scores score(std::span<const std::size_t> rows,
                             std::span<const Prediction> predictions) const override {
    Scores scores;
    score_as("atomic whole script/", rows, predictions, false, scores);
    score_as("atomic line by line/", rows, predictions, true, scores);
    return scores;
  }

  [[nodiscard]] std::vector<Verdict> verdicts(
      std::span<const Prediction> predictions) const override {
    std::vector<Verdict> verdicts;
    for (const Test& test : tests_) {
      const Prediction& got = predictions[test.whole];
      Verdict& verdict = verdicts.emplace_back();
      verdict.text = units_[test.whole].text;
      verdict.wanted = test.technique;
      const auto parent = parent_of(test.technique);
      if (!got.has_parent(parent)) verdict.outcome = Verdict::Outcome::kMissed;
      for (const Claim& claim : got.claims) {
        verdict.tags.push_back(&claim);
        verdict.judged.push_back({&claim, claim.parent() == parent});
      }
    }
    return verdicts;
  }

 private:
  using Claims = std::map<std::string_view, Goals>;

  static void gather(const Prediction& prediction, Claims& claims) {
    for (const Claim& claim : prediction.claims) claims.emplace(claim.technique, claim.goals);
  }

  void score_as(const std::string& head, std::span<const std::size_t> rows,
                std::span<const Prediction> predictions, bool by_line, Scores& scores) const {
    enum Level { kExact, kParent, kTactic, kLevels };
    static constexpr std::array<std::string_view, kLevels> kNames = {"exact", "parent", "tactic"};
    struct OfTechnique {
      double tests = 0;
      double exact = 0;
      double parent = 0;
    };
    std::array<std::int64_t, kLevels> hits{};    // tests with a tag that agrees
    std::array<std::int64_t, kLevels> agrees{};  // tags that agree
    std::int64_t tagged = 0;
    std::int64_t tags = 0;
    std::int64_t compatible_hits = 0;
    std::int64_t lines = 0;
    std::int64_t lines_tagged = 0;
    std::int64_t lines_agreeing = 0;
    std::map<std::string_view, OfTechnique> by_technique;

    for (const std::size_t row : rows) {
      const Test& test = tests_[row];
      const std::string_view label = test.technique;
      Claims claims;
      if (!by_line) {
        gather(predictions[test.whole], claims);
      } else {
        for (const std::size_t line : test.lines) {
          gather(predictions[line], claims);
          ++lines;
          lines_tagged += predictions[line].claims.empty() ? 0 : 1;
          lines_agreeing += predictions[line].has_parent(parent_of(label)) ? 1 : 0;
        }
      }
      std::array<std::int64_t, kLevels> agree{};
      bool compatible = false;
      for (const auto& [technique, of] : claims) {
        const bool same_parent = parent_of(technique) == parent_of(label);
        agree[kExact] += technique == label ? 1 : 0;
        agree[kParent] += same_parent ? 1 : 0;
        agree[kTactic] += of.meets(test.goals) ? 1 : 0;
        // A label that is a sub-technique is also met by its bare parent, and the other way round.
        compatible = compatible || technique == label || technique == parent_of(label) ||
                     parent_of(technique) == label;
      }
      tagged += claims.empty() ? 0 : 1;
      tags += static_cast<std::int64_t>(claims.size());
      compatible_hits += compatible ? 1 : 0;
      for (int level = 0; level < kLevels; ++level) {
        hits[level] += agree[level] > 0 ? 1 : 0;
        agrees[level] += agree[level];
      }
      OfTechnique& of = by_technique[label];
      of.tests += 1;
      of.exact += agree[kExact] > 0 ? 1 : 0;
      of.parent += agree[kParent] > 0 ? 1 : 0;
    }

    const auto tests = static_cast<std::int64_t>(rows.size());
    scores.count(head + "tests", tests);
    scores.share(head + "tests_tagged", tagged, tests);
    scores.value(head + "tags_per_test",
                 quotient(static_cast<double>(tags), static_cast<double>(tests)));
    for (int level = 0; level < kLevels; ++level) {
      const std::string path = head + std::string(kNames[level]) + "/";
      const Wish wish = level == kTactic ? Wish::kNone : Wish::kHigher;
      const double precision =
          quotient(static_cast<double>(agrees[level]), static_cast<double>(tags));
      const double recall = quotient(static_cast<double>(hits[level]), static_cast<double>(tests));
      scores.share(path + "recall", hits[level], tests, wish);
      scores.value(path + "agreement_precision", precision,
                   level == kParent ? Wish::kHigher : Wish::kNone);
      scores.value(path + "f1", quotient(2 * precision * recall, precision + recall));
    }
    scores.share(head + "compatible_recall", compatible_hits, tests);
    double exact = 0;
    double parent = 0;
    std::int64_t techniques_hit = 0;
    for (const auto& [technique, of] : by_technique) {
      exact += of.exact / of.tests;
      parent += of.parent / of.tests;
      techniques_hit += of.exact > 0 ? 1 : 0;
    }
    const auto techniques = static_cast<double>(by_technique.size());
    scores.value(head + "macro_recall_exact", quotient(exact, techniques));
    scores.value(head + "macro_recall_parent", quotient(parent, techniques));
    scores.count(head + "label_techniques", static_cast<std::int64_t>(by_technique.size()));
    scores.count(head + "label_techniques_hit_exact", techniques_hit);
    if (lines == 0) return;
    scores.count(head + "lines", lines);
    scores.share(head + "lines_tagged", lines_tagged, lines);
    scores.share(head + "tagged_lines_agreeing_parent", lines_agreeing, lines_tagged);
  }

  std::vector<Test> tests_;
};

}  // namespace

MadeCorpus make_atomic(const std::vector<Json>& rows) {
  auto corpus = std::make_unique<Atomic>();
  if (auto problem = read_rows(rows, [&](Row& row) { corpus->add(row); })) {
    return tl::unexpected(*std::move(problem));
  }
  return corpus;
}

}  // namespace decnet::evaluation
