// opencanary: the kinds of its log lines and the techniques they show.
#include <set>

#include "decnet/evaluation/row.h"

namespace decnet::evaluation {
namespace {

struct Logtype {
  std::size_t unit = 0;
  std::set<std::string> parents;
};

class Opencanary : public Corpus {
 public:
  [[nodiscard]] std::string_view kind() const override { return "opencanary"; }
  [[nodiscard]] std::size_t rows() const override { return logtypes_.size(); }

  void add(const Json& object, Row& row) {
    const Json* const number = object.find("logtype");
    const Json logtype = number == nullptr ? Json() : *number;
    const std::string* const text = logtype.string();
    Logtype added;
    added.unit = units_.add({"logtype:" + (text == nullptr ? logtype.dump() : *text), "opencanary",
                             Json::object({{"logtype", logtype}})});
    // As written: labels of old releases are compared with tags that are not.
    for (const std::string& technique : row.texts("techniques")) {
      added.parents.emplace(parent_of(technique));
    }
    logtypes_.push_back(std::move(added));
  }

  [[nodiscard]] Scores score(std::span<const std::size_t> rows,
                             std::span<const Prediction> predictions) const override {
    std::int64_t hit = 0;
    for (const std::size_t row : rows) {
      for (const std::string& parent : logtypes_[row].parents) {
        if (!predictions[logtypes_[row].unit].has_parent(parent)) continue;
        ++hit;
        break;
      }
    }
    const auto all = static_cast<std::int64_t>(rows.size());
    Scores scores;
    scores.count("opencanary/logtypes", all);
    scores.share("opencanary/recall_any_label", hit, all, Wish::kHigher);
    return scores;
  }

  [[nodiscard]] std::vector<Verdict> verdicts(
      std::span<const Prediction> predictions) const override {
    std::vector<Verdict> verdicts;
    for (const Logtype& logtype : logtypes_) {
      Verdict& verdict = verdicts.emplace_back();
      verdict.text = units_[logtype.unit].text;
      for (const std::string& parent : logtype.parents) {
        if (!verdict.wanted.empty()) verdict.wanted += ' ';
        verdict.wanted += parent;
      }
      verdict.outcome = Verdict::Outcome::kMissed;
      for (const Claim& claim : predictions[logtype.unit].claims) {
        const bool agrees = logtype.parents.count(std::string(claim.parent())) != 0;
        if (agrees) verdict.outcome = Verdict::Outcome::kRight;
        verdict.tags.push_back(&claim);
        verdict.judged.push_back({&claim, agrees});
      }
    }
    return verdicts;
  }

 private:
  std::vector<Logtype> logtypes_;
};

}  // namespace

MadeCorpus make_opencanary(const std::vector<Json>& rows) {
  auto corpus = std::make_unique<Opencanary>();
  std::size_t next = 0;
  if (auto problem = read_rows(rows, [&](Row& row) { corpus->add(rows[next++], row); })) {
    return tl::unexpected(*std::move(problem));
  }
  return corpus;
}

}  // namespace decnet::evaluation
