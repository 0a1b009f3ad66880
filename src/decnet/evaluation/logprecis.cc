// logprecis: sessions with the tactic that each statement serves. A label names the goal of a
// stretch of the session, a technique names the means; which means serve which goal besides their
// own tactics is said here, for the view called "mapped".
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "decnet/evaluation/row.h"

namespace decnet::evaluation {
namespace {

// Labels that a tag can agree with. The others ("Harmless", "Other") want none.
constexpr std::array<std::pair<std::string_view, Goal>, 5> kLabels = {{
    {"Defense Evasion", Goal::kDefenseEvasion},
    {"Discovery", Goal::kDiscovery},
    {"Execution", Goal::kExecution},
    {"Impact", Goal::kImpact},
    {"Persistence", Goal::kPersistence},
}};
constexpr Goals kLabelled = {Goal::kDefenseEvasion, Goal::kDiscovery, Goal::kExecution,
                             Goal::kImpact, Goal::kPersistence};

struct AlsoGoal {
  Goal of;
  Goals serves;
};
constexpr std::array<AlsoGoal, 8> kAlsoGoals = {{
    {Goal::kCommandAndControl, {Goal::kExecution}},
    {Goal::kPrivilegeEscalation, {Goal::kPersistence}},
    {Goal::kCredentialAccess, {Goal::kDiscovery, Goal::kPersistence}},
    {Goal::kCollection, {Goal::kDiscovery}},
    {Goal::kLateralMovement, {Goal::kExecution}},
    {Goal::kReconnaissance, {Goal::kDiscovery}},
    {Goal::kExfiltration, {Goal::kDiscovery, Goal::kExecution}},
    {Goal::kInitialAccess, {Goal::kExecution}},
}};

struct AlsoTechnique {
  std::string_view parent;
  Goals serves;
};
constexpr std::array<AlsoTechnique, 8> kAlsoTechniques = {{
    {"T1222", {Goal::kExecution, Goal::kPersistence}},
    {"T1070", {Goal::kExecution, Goal::kImpact, Goal::kPersistence}},
    {"T1489", {Goal::kDefenseEvasion, Goal::kImpact}},
    {"T1562", {Goal::kImpact, Goal::kDefenseEvasion}},
    {"T1105", {Goal::kExecution}},
    {"T1036", {Goal::kExecution}},
    {"T1140", {Goal::kExecution}},
    {"T1564", {Goal::kExecution}},
}};

std::optional<Goal> wanted_by(std::string_view label) {
  for (const auto& [name, goal] : kLabels) {
    if (name == label) return goal;
  }
  return std::nullopt;
}

Goals view_of(const Claim& claim, bool mapped) {
  Goals goals = claim.goals;
  if (!mapped) return goals;
  for (const auto& [of, serves] : kAlsoGoals) {
    if (claim.goals.has(of)) goals.add(serves);
  }
  for (const auto& [parent, serves] : kAlsoTechniques) {
    if (claim.parent() == parent) goals.add(serves);
  }
  return goals;
}

std::string_view stripped(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r\x1c\x1d\x1e\x1f";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// A pipeline: what stands between ;, && and ||.
struct Command {
  std::size_t unit = 0;
  std::string label;  // of its first statement
  std::optional<Goal> wanted;
};
using Session = std::vector<Command>;

struct OfGoal {
  std::int64_t labelled = 0;
  std::int64_t hit = 0;
  std::int64_t predicted = 0;
  std::int64_t right = 0;
};

struct Rates {
  double precision = 0.0;
  double recall = 0.0;
  double f1 = 0.0;
};

Rates rates(std::int64_t right, std::int64_t predicted, std::int64_t hit, std::int64_t labelled) {
  Rates rates;
  rates.precision = quotient(static_cast<double>(right), static_cast<double>(predicted));
  rates.recall = quotient(static_cast<double>(hit), static_cast<double>(labelled));
  rates.f1 = quotient(2 * rates.precision * rates.recall, rates.precision + rates.recall);
  return rates;
}

class Logprecis : public Corpus {
 public:
  [[nodiscard]] std::string_view kind() const override { return "logprecis"; }
  [[nodiscard]] std::size_t rows() const override { return sessions_.size(); }

  void add(Row& row) {
    Session session;
    std::string pipeline;
    std::string label;
    bool begun = false;
    const auto end = [&] {
      const auto text = stripped(pipeline);
      if (!text.empty()) session.push_back({units_.add_command(text), label, wanted_by(label)});
      pipeline.clear();
      begun = false;
    };
    for (const Json& element : row.array("statements")) {
      Row statement(element);
      const std::string& text = statement.text("text");
      const std::string separator = statement.text_or("sep", "");
      const std::string tactic = statement.text_or("tactic", "");
      if (!statement.problem().empty()) row.object_to("statements: " + statement.problem());
      if (begun) {
        pipeline += " | ";
      } else {
        label = tactic;
      }
      pipeline += text;
      begun = true;
      if (separator != "|") end();
    }
    if (begun) end();
    sessions_.push_back(std::move(session));
  }

  [[nodiscard]] Scores score(std::span<const std::size_t> rows,
                             std::span<const Prediction> predictions) const override {
    Scores scores;
    score_as("logprecis/strict/", rows, predictions, false, scores);
    score_as("logprecis/mapped/", rows, predictions, true, scores);
    return scores;
  }

  [[nodiscard]] std::vector<Verdict> verdicts(
      std::span<const Prediction> predictions) const override {
    std::vector<Verdict> verdicts;
    std::map<std::pair<std::size_t, std::string_view>, std::size_t> known;
    for (const Session& session : sessions_) {
      for (const Command& command : session) {
        const auto [place, is_new] =
            known.try_emplace({command.unit, command.label}, verdicts.size());
        if (is_new) {
          verdicts.push_back(verdict_of(command, predictions[command.unit]));
        } else {
          ++verdicts[place->second].times;
        }
      }
    }
    return verdicts;
  }

 private:
  [[nodiscard]] Verdict verdict_of(const Command& command, const Prediction& got) const {
    Verdict verdict;
    verdict.text = units_[command.unit].text;
    verdict.wanted = command.label;
    bool hit = false;
    for (const Claim& claim : got.claims) {
      const bool agrees = command.wanted && view_of(claim, true).has(*command.wanted);
      hit = hit || agrees;
      verdict.tags.push_back(&claim);
      verdict.judged.push_back({&claim, agrees});
    }
    if (command.wanted && !hit) verdict.outcome = Verdict::Outcome::kMissed;
    if (!command.wanted && !got.claims.empty()) verdict.outcome = Verdict::Outcome::kFalseAlarm;
    return verdict;
  }

  void score_as(const std::string& head, std::span<const std::size_t> rows,
                std::span<const Prediction> predictions, bool mapped, Scores& scores) const {
    std::int64_t commands = 0;
    std::int64_t tagged = 0;
    std::int64_t tags = 0;
    std::int64_t right = 0;  // tags
    std::int64_t labelled = 0;
    std::int64_t hit = 0;
    std::int64_t harmless = 0;
    std::int64_t harmless_tagged = 0;
    std::int64_t goals_right = 0;
    std::int64_t goals_predicted = 0;
    std::int64_t goals_labelled = 0;
    std::int64_t same_set = 0;
    std::array<OfGoal, kGoalNames.size()> by_goal{};
    const auto of = [&by_goal](Goal goal) -> OfGoal& {
      return by_goal[static_cast<std::size_t>(goal)];
    };

    for (const std::size_t row : rows) {
      Goals session_labelled;
      Goals session_predicted;
      for (const Command& command : sessions_[row]) {
        ++commands;
        const auto& claims = predictions[command.unit].claims;
        tagged += claims.empty() ? 0 : 1;
        tags += static_cast<std::int64_t>(claims.size());
        // What the tags say: the label where one can be read so, else their first reading.
        Goals said;
        std::int64_t good = 0;
        for (const Claim& claim : claims) {
          const Goals view = view_of(claim, mapped);
          if (command.wanted && view.has(*command.wanted)) {
            ++good;
            said.add(*command.wanted);
          } else if (const Goals readable = view & kLabelled; !readable.empty()) {
            said.add(readable.first());
          }
        }
        right += good;
        if (command.wanted) {
          session_labelled.add(*command.wanted);
          ++labelled;
          hit += good > 0 ? 1 : 0;
          ++of(*command.wanted).labelled;
          of(*command.wanted).hit += good > 0 ? 1 : 0;
        } else {
          ++harmless;
          harmless_tagged += claims.empty() ? 0 : 1;
        }
        for (const auto& [name, goal] : kLabels) {
          if (!said.has(goal)) continue;
          ++of(goal).predicted;
          of(goal).right += command.wanted == goal ? 1 : 0;
        }
        session_predicted.add(said);
      }
      goals_right += (session_labelled & session_predicted).size();
      goals_predicted += session_predicted.size();
      goals_labelled += session_labelled.size();
      same_set += session_labelled == session_predicted ? 1 : 0;
    }

    const Wish wish = mapped ? Wish::kHigher : Wish::kNone;
    const Rates all = rates(right, tags, hit, labelled);
    scores.count(head + "commands", commands);
    scores.value(head + "commands_tagged",
                 quotient(static_cast<double>(tagged), static_cast<double>(commands)));
    scores.value(head + "tag_precision", all.precision, wish);
    scores.value(head + "command_recall", all.recall, wish);
    scores.value(head + "f1", all.f1);
    scores.count(head + "harmless_other", harmless);
    scores.value(head + "harmless_other_tagged",
                 quotient(static_cast<double>(harmless_tagged), static_cast<double>(harmless)),
                 mapped ? Wish::kLower : Wish::kNone);
    double f1s = 0;
    for (const auto& [name, goal] : kLabels) {
      const OfGoal& counts = of(goal);
      const Rates own = rates(counts.right, counts.predicted, counts.hit, counts.labelled);
      f1s += own.f1;
      const std::string path =
          head + "per_tactic/" + std::string(kGoalNames[static_cast<std::size_t>(goal)]) + "/";
      scores.count(path + "labelled", counts.labelled);
      scores.value(path + "precision", own.precision);
      scores.value(path + "recall", own.recall);
      scores.value(path + "f1", own.f1);
    }
    scores.value(head + "macro_f1", f1s / static_cast<double>(kLabels.size()), wish);
    const Rates sets = rates(goals_right, goals_predicted, goals_right, goals_labelled);
    const std::string path = head + "session_tactic_set/";
    scores.count(path + "sessions", static_cast<std::int64_t>(rows.size()));
    scores.value(path + "precision", sets.precision);
    scores.value(path + "recall", sets.recall);
    scores.value(path + "f1", sets.f1, wish);
    scores.share(path + "exact_set", same_set, static_cast<std::int64_t>(rows.size()));
  }

  std::vector<Session> sessions_;
};

}  // namespace

MadeCorpus make_logprecis(const std::vector<Json>& rows) {
  auto corpus = std::make_unique<Logprecis>();
  if (auto problem = read_rows(rows, [&](Row& row) { corpus->add(row); })) {
    return tl::unexpected(*std::move(problem));
  }
  return corpus;
}

}  // namespace decnet::evaluation
