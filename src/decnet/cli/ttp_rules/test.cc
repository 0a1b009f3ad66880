// decnet ttp-rules test: rules against the samples that their files carry.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "decnet/base/utf8.h"
#include "decnet/cli/commands.h"
#include "decnet/cli/detection.h"
#include "decnet/cli/ttp_rules/pack.h"
#include "decnet/cli/ttp_rules/problems.h"
#include "decnet/lifters/holder.h"
#include "decnet/tagging/samples.h"

namespace decnet::cli {
namespace {

using tagging::SampleVerdict;
using Outcome = SampleVerdict::Outcome;

constexpr std::size_t kSampleBytes = 120;  // of one, for a person

struct Failure {
  const rules::Rule* rule;
  SampleVerdict verdict;
};

// What holding the rules against their samples gave.
struct Outcomes {
  std::size_t rules = 0;    // that have samples and were judged
  std::size_t samples = 0;  // of them
  std::vector<Failure> failures;
  std::vector<const rules::Rule*> unheld;  // no lifter of this program evaluates them
  std::vector<const rules::Rule*> without_samples;
};

std::string_view word(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAsWanted:
      return "as wanted";
    case Outcome::kSilent:
      return "silent";
    case Outcome::kFired:
      return "fired";
    case Outcome::kNotEvaluated:
      return "not evaluated";
    case Outcome::kNoField:
      return "no field";
  }
  return {};
}

std::string list_of(const SampleVerdict& verdict) {
  return fmt::format("tests.{}[{}]", verdict.should_fire ? "fires" : "silent", verdict.index);
}

std::string shown(std::string_view text) {
  const auto part = utf8_prefix(text, kSampleBytes);
  return fmt::format("{}{}", printable(part), part.size() < text.size() ? "…" : "");
}

std::string joined(const std::vector<RuleId>& ids) {
  std::vector<std::string_view> texts;
  for (const auto& id : ids) texts.push_back(id.text());
  return fmt::format("{}", fmt::join(texts, ", "));
}

// "silent on 'head /etc/shadow'; R0013 fires instead"
std::string what_happened(const SampleVerdict& verdict) {
  const std::string* text = verdict.sample->string();
  const std::string sample =
      text == nullptr ? shown(verdict.sample->dump()) : fmt::format("'{}'", shown(*text));
  switch (verdict.outcome) {
    case Outcome::kAsWanted:
      break;
    case Outcome::kSilent:
      return fmt::format("should fire and is silent on {}; {}", sample,
                         verdict.others.empty()
                             ? "no other rule fires"
                             : fmt::format("instead fires {}", joined(verdict.others)));
    case Outcome::kFired:
      return fmt::format(
          "should be silent and fires on {}{}", sample,
          verdict.matched.empty() ? "" : fmt::format("; it matched '{}'", shown(verdict.matched)));
    case Outcome::kNotEvaluated:
      return fmt::format("its pattern is too costly for {} and was not evaluated", sample);
    case Outcome::kNoField:
      return fmt::format("the text {} stands for no field; write a payload", sample);
  }
  return {};
}

class Test : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Holds rules against the samples that their files carry under tests, through the "
            "same tagger that judges real events: on each of fires the rule must fire, on each of "
            "silent it must not. Names every sample on which it does otherwise, with file and "
            "line, and which other rules fired on it.\n\n"
            "A text stands for the field that the rule searches, a mapping for a whole payload. "
            "States do not count: a disabled rule is tested like any other.",
        .environment = {kDetectionSettings.begin(), kDetectionSettings.end()},
        .examples = {{"decnet ttp-rules test --rules ./rules/ttp", "a whole directory"},
                     {"decnet ttp-rules test R0014 R0028", "two rules of the pack in use"},
                     {"decnet ttp-rules test --json | jq '.failures[]'", "for a program"}},
        .success = "every sample gave what its rule says",
        .failure = "a sample did not, a rule file does not load, or there is no such rule"};
  }

  void declare(Options& options) override {
    options.any_arguments("RULE", ids_, "The id of a rule; without any: all.");
    options.flag("--json", json_, "Prints one JSON object instead of lines.");
    declare_rules_option(options);
  }

  int run(Context& context) override {
    const auto pack = open_pack(context);
    if (!pack) return context.failed(pack.error());
    const auto rules = chosen(*pack, ids_);
    if (!rules) return context.failed(rules.error());
    if (ids_.empty()) report(context, pack->problems);
    if (rules->empty()) {
      return context.failed(fmt::format("{}: there is no rule to test", printable(pack->origin)));
    }
    auto known = open_knowledge(context.config);
    if (!known) return context.failed(known.error());
    tagging::Tagger tagger(pack->rules, system_clock());
    tagger.know(*std::move(known));
    const Outcomes outcomes = judged(*rules, tagger);
    if (json_) {
      context.out.json_line(json_of(outcomes).dump());
    } else {
      print(outcomes, context.out);
    }
    const bool broken = ids_.empty() && pack->has_errors();
    return outcomes.failures.empty() && !broken ? kSuccess : kFailure;
  }

 private:
  static Outcomes judged(const std::vector<const rules::Rule*>& rules,
                         const tagging::Tagger& tagger) {
    Outcomes outcomes;
    for (const auto* rule : rules) {
      const auto& samples = rule->definition.samples;
      if (lifters::holder(rule->definition) == nullptr) {
        outcomes.unheld.push_back(rule);
        continue;
      }
      if (samples.fires.empty() && samples.silent.empty()) {
        outcomes.without_samples.push_back(rule);
        continue;
      }
      ++outcomes.rules;
      for (auto& verdict : tagging::judge_samples(*rule, tagger)) {
        ++outcomes.samples;
        if (verdict.outcome == Outcome::kAsWanted) continue;
        outcomes.failures.push_back({rule, std::move(verdict)});
      }
    }
    return outcomes;
  }

  static void print(const Outcomes& outcomes, Terminal& out) {
    for (const auto& [rule, verdict] : outcomes.failures) {
      out.line(problem_line({rules::Problem::Severity::kError, rule->definition.path, verdict.line,
                             fmt::format("{}: {}: {}", rule->definition.id.text(), list_of(verdict),
                                         what_happened(verdict))},
                            out));
    }
    const auto note = [&out](std::string_view text) { out.line(out.styled(Style::kDim, text)); };
    note(fmt::format(
        "{} of {}: {}", counted(outcomes.samples, "sample"), counted(outcomes.rules, "rule"),
        outcomes.failures.empty() ? "all as wanted"
                                  : fmt::format("{} not as wanted", outcomes.failures.size())));
    if (!outcomes.unheld.empty()) {
      note(fmt::format("not judged, no lifter of this release evaluates them: {}",
                       joined(ids_of(outcomes.unheld))));
    }
    if (!outcomes.without_samples.empty()) {
      note(fmt::format("without samples: {}", joined(ids_of(outcomes.without_samples))));
    }
  }

  static std::vector<RuleId> ids_of(const std::vector<const rules::Rule*>& rules) {
    std::vector<RuleId> ids;
    for (const auto* rule : rules) ids.push_back(rule->definition.id);
    return ids;
  }

  static Json array_of(const std::vector<RuleId>& ids) {
    Json::Array texts;
    for (const auto& id : ids) texts.emplace_back(id.text());
    return texts;
  }

  static Json json_of(const Outcomes& outcomes) {
    Json::Array failures;
    for (const auto& [rule, verdict] : outcomes.failures) {
      failures.push_back(
          Json::object({{"rule", rule->definition.id.text()},
                        {"path", to_valid_utf8(rule->definition.path.string())},
                        {"line", verdict.line},
                        {"list", verdict.should_fire ? "fires" : "silent"},
                        {"index", static_cast<std::int64_t>(verdict.index)},
                        {"sample", *verdict.sample},
                        {"outcome", word(verdict.outcome)},
                        {"matched", verdict.matched.empty() ? Json() : Json(verdict.matched)},
                        {"others", array_of(verdict.others)}}));
    }
    return Json::object({{"rules", static_cast<std::int64_t>(outcomes.rules)},
                         {"samples", static_cast<std::int64_t>(outcomes.samples)},
                         {"failures", Json(std::move(failures))},
                         {"not_judged", array_of(ids_of(outcomes.unheld))},
                         {"without_samples", array_of(ids_of(outcomes.without_samples))}});
  }

  std::vector<std::string> ids_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> ttp_rules_test() { return std::make_unique<Test>(); }

}  // namespace decnet::cli
