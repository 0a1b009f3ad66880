// commands and benign: lines of which is asked only how many are tagged; and sessions of such.
#include <algorithm>
#include <map>

#include "decnet/evaluation/row.h"

namespace decnet::evaluation {
namespace {

constexpr std::size_t kTop = 12;  // techniques listed

constexpr Goals kLooking = {Goal::kDiscovery, Goal::kReconnaissance};

// Looking around is what administrators do all day; a tag for anything else on a harmless line is
// the false alarm that matters.
bool beyond_discovery(const Claim& claim) { return !claim.goals.meets(kLooking); }

class Lines : public Corpus {
 public:
  explicit Lines(bool benign) : benign_(benign) {}

  [[nodiscard]] std::string_view kind() const override { return benign_ ? "benign" : "commands"; }
  [[nodiscard]] std::size_t rows() const override { return lines_.size(); }

  void add(Row& row) {
    lines_.push_back({units_.add_command(row.text("text")), row.integer_or("count", 1)});
  }

  [[nodiscard]] Scores score(std::span<const std::size_t> rows,
                             std::span<const Prediction> predictions) const override {
    std::int64_t typed = 0;
    std::int64_t typed_tagged = 0;
    std::int64_t tagged = 0;
    std::int64_t tags = 0;
    std::int64_t beyond = 0;
    std::int64_t surely_beyond = 0;
    struct OfTechnique {
      std::int64_t lines = 0;
      std::size_t met = 0;  // as which one
    };
    std::map<std::string_view, OfTechnique> techniques;
    for (const std::size_t row : rows) {
      const Line& line = lines_[row];
      const auto& claims = predictions[line.unit].claims;
      typed += line.count;
      if (claims.empty()) continue;
      ++tagged;
      typed_tagged += line.count;
      tags += static_cast<std::int64_t>(claims.size());
      beyond += std::any_of(claims.begin(), claims.end(), beyond_discovery) ? 1 : 0;
      surely_beyond += std::any_of(claims.begin(), claims.end(),
                                   [](const Claim& claim) {
                                     return beyond_discovery(claim) && claim.confidence >= 0.8;
                                   })
                           ? 1
                           : 0;
      for (const Claim& claim : claims) {
        const std::size_t met = techniques.size();
        ++techniques.try_emplace(claim.technique, OfTechnique{0, met}).first->second.lines;
      }
    }
    const auto distinct = static_cast<std::int64_t>(rows.size());
    const std::string head = std::string(kind()) + "/";
    Scores scores;
    scores.share(head + "distinct_tagged_beyond_discovery", beyond, distinct,
                 benign_ ? Wish::kLower : Wish::kNone);
    scores.share(head + "distinct_tagged_beyond_discovery_surely", surely_beyond, distinct,
                 benign_ ? Wish::kLower : Wish::kNone);
    scores.count(head + "distinct", distinct);
    scores.share(head + "distinct_tagged", tagged, distinct);
    scores.count(head + "lines", typed);
    scores.value(head + "lines_tagged",
                 quotient(static_cast<double>(typed_tagged), static_cast<double>(typed)),
                 benign_ ? Wish::kNone : Wish::kHigher);
    scores.value(
        head + "tags_per_tagged",
        static_cast<double>(tags) / static_cast<double>(std::max<std::int64_t>(1, tagged)));
    scores.count(head + "techniques_seen", static_cast<std::int64_t>(techniques.size()));

    // The most frequent ones; of equals, that met first.
    std::vector<std::pair<std::string_view, OfTechnique>> top(techniques.begin(), techniques.end());
    std::sort(top.begin(), top.end(), [](const auto& a, const auto& b) {
      if (a.second.lines != b.second.lines) return a.second.lines > b.second.lines;
      return a.second.met < b.second.met;
    });
    if (top.size() > kTop) top.resize(kTop);
    Json::Array listed;
    for (const auto& [technique, of] : top) {
      listed.push_back(Json::array({Json(technique), Json(of.lines)}));
    }
    scores.list(head + "top", Json(std::move(listed)));
    return scores;
  }

  [[nodiscard]] std::vector<Verdict> verdicts(
      std::span<const Prediction> predictions) const override {
    std::vector<Verdict> verdicts;
    for (const Line& line : lines_) {
      Verdict verdict;
      verdict.text = units_[line.unit].text;
      verdict.times = line.count;
      verdict.wanted = benign_ ? "nothing beyond discovery" : "a tag";
      bool alarm = false;
      for (const Claim& claim : predictions[line.unit].claims) {
        verdict.tags.push_back(&claim);
        if (!benign_) continue;
        verdict.judged.push_back({&claim, !beyond_discovery(claim)});
        alarm = alarm || beyond_discovery(claim);
      }
      if (alarm) verdict.outcome = Verdict::Outcome::kFalseAlarm;
      if (!benign_ && verdict.tags.empty()) verdict.outcome = Verdict::Outcome::kMissed;
      verdicts.push_back(std::move(verdict));
    }
    return verdicts;
  }

 private:
  struct Line {
    std::size_t unit = 0;
    std::int64_t count = 1;
  };
  bool benign_;
  std::vector<Line> lines_;
};

class Sessions : public Corpus {
 public:
  [[nodiscard]] std::string_view kind() const override { return "sessions"; }
  [[nodiscard]] std::size_t rows() const override { return sessions_.size(); }

  void add(Row& row) {
    Session session;
    for (const std::string& command : row.texts("commands")) {
      session.units.push_back(units_.add_command(command));
    }
    session.count = row.integer_or("count", 1);
    sessions_.push_back(std::move(session));
  }

  [[nodiscard]] Scores score(std::span<const std::size_t> rows,
                             std::span<const Prediction> predictions) const override {
    std::int64_t all = 0;
    std::int64_t all_tagged = 0;
    std::int64_t tagged = 0;
    for (const std::size_t row : rows) {
      const Session& session = sessions_[row];
      all += session.count;
      if (!is_tagged(session, predictions)) continue;
      ++tagged;
      all_tagged += session.count;
    }
    const auto distinct = static_cast<std::int64_t>(rows.size());
    Scores scores;
    scores.count("sessions/distinct_sessions", distinct);
    scores.share("sessions/distinct_tagged", tagged, distinct, Wish::kHigher);
    scores.count("sessions/sessions", all);
    scores.value("sessions/sessions_tagged",
                 quotient(static_cast<double>(all_tagged), static_cast<double>(all)),
                 Wish::kHigher);
    return scores;
  }

  [[nodiscard]] std::vector<Verdict> verdicts(
      std::span<const Prediction> predictions) const override {
    std::vector<Verdict> verdicts;
    for (const Session& session : sessions_) {
      if (is_tagged(session, predictions)) continue;
      Verdict& verdict = verdicts.emplace_back();
      for (const std::size_t unit : session.units) {
        if (!verdict.text.empty()) verdict.text += '\n';
        verdict.text += units_[unit].text;
      }
      verdict.times = session.count;
      verdict.wanted = "a tag on any line";
      verdict.outcome = Verdict::Outcome::kMissed;
    }
    return verdicts;
  }

 private:
  struct Session {
    std::vector<std::size_t> units;
    std::int64_t count = 1;
  };

  static bool is_tagged(const Session& session, std::span<const Prediction> predictions) {
    return std::any_of(session.units.begin(), session.units.end(), [predictions](std::size_t unit) {
      return !predictions[unit].claims.empty();
    });
  }

  std::vector<Session> sessions_;
};

MadeCorpus made_lines(const std::vector<Json>& rows, bool benign) {
  auto corpus = std::make_unique<Lines>(benign);
  if (auto problem = read_rows(rows, [&](Row& row) { corpus->add(row); })) {
    return tl::unexpected(*std::move(problem));
  }
  return corpus;
}

}  // namespace

MadeCorpus make_commands(const std::vector<Json>& rows) { return made_lines(rows, false); }

MadeCorpus make_benign(const std::vector<Json>& rows) { return made_lines(rows, true); }

MadeCorpus make_sessions(const std::vector<Json>& rows) {
  auto corpus = std::make_unique<Sessions>();
  if (auto problem = read_rows(rows, [&](Row& row) { corpus->add(row); })) {
    return tl::unexpected(*std::move(problem));
  }
  return corpus;
}

}  // namespace decnet::evaluation
