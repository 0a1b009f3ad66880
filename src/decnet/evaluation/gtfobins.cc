// gtfobins: snippets labelled with the techniques of what they achieve.
#include <algorithm>
#include <map>
#include <set>

#include "decnet/evaluation/row.h"

namespace decnet::evaluation {
namespace {

struct Snippet {
  std::size_t unit = 0;
  std::string function;  // "file-read"
  std::set<std::string> parents;
};

class Gtfobins : public Corpus {
 public:
  [[nodiscard]] std::string_view kind() const override { return "gtfobins"; }
  [[nodiscard]] std::size_t rows() const override { return snippets_.size(); }

  void add(Row& row) {
    Snippet snippet;
    snippet.unit = units_.add_command(row.text("text"));
    snippet.function = row.text("function");
    for (const std::string& technique : row.texts("techniques")) {
      snippet.parents.emplace(parent_of(canonical(technique)));
    }
    snippets_.push_back(std::move(snippet));
  }

  [[nodiscard]] Scores score(std::span<const std::size_t> rows,
                             std::span<const Prediction> predictions) const override {
    struct Counts {
      std::int64_t snippets = 0;
      std::int64_t hit = 0;
      std::int64_t predicted = 0;
      std::int64_t right = 0;
    };
    std::map<std::string_view, Counts> by_function;
    for (const std::size_t row : rows) {
      const Snippet& snippet = snippets_[row];
      std::set<std::string_view> got;
      std::int64_t right = 0;
      for (const Claim& claim : predictions[snippet.unit].claims) {
        if (!got.insert(claim.parent()).second) continue;
        right += snippet.parents.count(std::string(claim.parent())) != 0 ? 1 : 0;
      }
      for (const std::string_view function : {std::string_view(snippet.function), kAll}) {
        Counts& counts = by_function[function];
        ++counts.snippets;
        counts.hit += right > 0 ? 1 : 0;
        counts.predicted += static_cast<std::int64_t>(got.size());
        counts.right += right;
      }
    }
    Scores scores;
    for (const auto& [function, counts] : by_function) {
      const std::string head = "gtfobins/" + std::string(function) + "/";
      const Wish wish = function == kAll ? Wish::kHigher : Wish::kNone;
      scores.count(head + "snippets", counts.snippets);
      scores.share(head + "recall_any_label", counts.hit, counts.snippets, wish);
      scores.value(
          head + "agreement_precision",
          quotient(static_cast<double>(counts.right), static_cast<double>(counts.predicted)), wish);
    }
    return scores;
  }

  [[nodiscard]] std::vector<Verdict> verdicts(
      std::span<const Prediction> predictions) const override {
    std::vector<Verdict> verdicts;
    for (const Snippet& snippet : snippets_) {
      Verdict& verdict = verdicts.emplace_back();
      verdict.text = units_[snippet.unit].text;
      verdict.wanted = snippet.function + ":";
      for (const std::string& parent : snippet.parents) verdict.wanted += " " + parent;
      bool hit = false;
      for (const Claim& claim : predictions[snippet.unit].claims) {
        const bool agrees = snippet.parents.count(std::string(claim.parent())) != 0;
        hit = hit || agrees;
        verdict.tags.push_back(&claim);
        verdict.judged.push_back({&claim, agrees});
      }
      if (!hit && !snippet.parents.empty()) verdict.outcome = Verdict::Outcome::kMissed;
    }
    return verdicts;
  }

 private:
  static constexpr std::string_view kAll = "all";
  std::vector<Snippet> snippets_;
};

}  // namespace

MadeCorpus make_gtfobins(const std::vector<Json>& rows) {
  auto corpus = std::make_unique<Gtfobins>();
  if (auto problem = read_rows(rows, [&](Row& row) { corpus->add(row); })) {
    return tl::unexpected(*std::move(problem));
  }
  return corpus;
}

}  // namespace decnet::evaluation
