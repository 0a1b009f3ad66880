// mail: phishing, wanted mail and spam.
#include <algorithm>
#include <array>
#include <optional>

#include "decnet/evaluation/row.h"

namespace decnet::evaluation {
namespace {

constexpr std::string_view kPhishing = "T1566";

struct Mail {
  std::size_t unit = 0;
  std::optional<bool> phishing;  // nothing: spam
};

struct Sort {
  std::string_view name;
  std::optional<bool> phishing;
  Wish wish;
};
constexpr std::array<Sort, 3> kSorts = {{{"phishing", true, Wish::kHigher},
                                         {"ham", false, Wish::kLower},
                                         {"spam", std::nullopt, Wish::kNone}}};

class Mails : public Corpus {
 public:
  [[nodiscard]] std::string_view kind() const override { return "mail"; }
  [[nodiscard]] std::size_t rows() const override { return mails_.size(); }

  void add(const Json& object, Row& row) {
    Mail mail;
    mail.unit = units_.add(
        {row.text("id"), "email", Json::object({{"raw_message", Json(row.text("raw"))}})});
    const Json* const phishing = object.find("phishing");
    if (phishing != nullptr && !phishing->is_null()) mail.phishing = row.boolean("phishing");
    mails_.push_back(mail);
  }

  [[nodiscard]] Scores score(std::span<const std::size_t> rows,
                             std::span<const Prediction> predictions) const override {
    Scores scores;
    for (const Sort& sort : kSorts) {
      std::int64_t mails = 0;
      std::int64_t tagged = 0;
      for (const std::size_t row : rows) {
        if (mails_[row].phishing != sort.phishing) continue;
        ++mails;
        tagged += predictions[mails_[row].unit].has_parent(kPhishing) ? 1 : 0;
      }
      const std::string head = "mail/" + std::string(sort.name) + "/";
      scores.count(head + "mails", mails);
      if (mails > 0) {
        scores.share(head + "tagged_T1566", tagged, mails, sort.wish);
      } else {
        scores.list(head + "tagged_T1566", Json());
      }
    }
    return scores;
  }

  [[nodiscard]] std::vector<Verdict> verdicts(
      std::span<const Prediction> predictions) const override {
    std::vector<Verdict> verdicts;
    for (const Mail& mail : mails_) {
      Verdict& verdict = verdicts.emplace_back();
      verdict.text = units_[mail.unit].text;
      verdict.wanted = !mail.phishing ? "anything" : *mail.phishing ? "T1566" : "nothing";
      bool tagged = false;
      for (const Claim& claim : predictions[mail.unit].claims) {
        verdict.tags.push_back(&claim);
        if (claim.parent() != kPhishing) continue;
        tagged = true;
        if (mail.phishing) verdict.judged.push_back({&claim, *mail.phishing});
      }
      if (mail.phishing == true && !tagged) verdict.outcome = Verdict::Outcome::kMissed;
      if (mail.phishing == false && tagged) verdict.outcome = Verdict::Outcome::kFalseAlarm;
    }
    return verdicts;
  }

 private:
  std::vector<Mail> mails_;
};

}  // namespace

MadeCorpus make_mail(const std::vector<Json>& rows) {
  auto corpus = std::make_unique<Mails>();
  std::size_t next = 0;
  if (auto problem = read_rows(rows, [&](Row& row) { corpus->add(rows[next++], row); })) {
    return tl::unexpected(*std::move(problem));
  }
  return corpus;
}

}  // namespace decnet::evaluation
