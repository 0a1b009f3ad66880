#include "decnet/tagging/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace decnet::tagging {
namespace {

using Outcome = SampleVerdict::Outcome;

// Nobody in particular: without an attacker, or the identity that a finding about identities is of,
// an event yields no tags.
Event sample_event(std::string_view kind, Json payload) {
  const bool of_identity = kind == to_string(SourceKind::kIdentity);
  return {.source_kind = std::string(kind),
          .source_id = "sample",
          .attacker_uuid = "sample",
          .identity_uuid = of_identity ? std::optional<std::string>("sample") : std::nullopt,
          .session_id = std::nullopt,
          .decky_id = std::nullopt,
          .payload = std::move(payload)};
}

// The key of the payload that a text stands for; empty when the rule does not say.
std::string field_of(const rules::Definition& rule, std::string_view kind) {
  if (!rule.field.empty()) return std::string(rules::payload_key(kind, rule.field));
  const auto usual = rules::default_field(kind);
  if (!usual.empty() || rule.more_fields.empty()) return std::string(usual);
  return std::string(rules::payload_key(kind, rule.more_fields.front()));
}

// The events that a sample stands for, one for each kind in which its rule is evaluated.
std::vector<Event> events_of(const rules::Definition& rule, const Json& sample) {
  std::vector<Event> events;
  for (const std::string& kind : rule.applies_to) {
    if (!source_kind(kind)) continue;
    if (sample.object() != nullptr) {
      events.push_back(sample_event(kind, sample));
    } else if (const auto field = field_of(rule, kind); !field.empty()) {
      events.push_back(sample_event(kind, Json::object({{field, sample}})));
    }
  }
  return events;
}

class Judge {
 public:
  Judge(const rules::Rule& rule, const Tagger& tagger)
      : rule_(rule), tagger_(tagger), rules_(tagger.rules()) {}

  void judge(const std::vector<Json>& samples, bool should_fire, const char* list,
             std::vector<SampleVerdict>& verdicts) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      SampleVerdict verdict = judged(samples[i], should_fire);
      verdict.should_fire = should_fire;
      verdict.index = i;
      verdict.sample = &samples[i];
      verdict.line = rule_.definition.line_of(fmt::format("tests.{}[{}]", list, i));
      verdicts.push_back(std::move(verdict));
    }
  }

 private:
  SampleVerdict judged(const Json& sample, bool should_fire) {
    SampleVerdict verdict;
    const auto events = events_of(rule_.definition, sample);
    if (events.empty()) {
      verdict.outcome = Outcome::kNoField;
      return verdict;
    }
    const std::uint64_t exhausted_before = exhausted();
    bool fired = false;
    for (const Event& event : events) {
      for (const Tag& tag : tagger_.tag(event)) {
        if (tag.rule_id == rule_.definition.id) {
          fired = true;
        } else if (std::find(verdict.others.begin(), verdict.others.end(), tag.rule_id) ==
                   verdict.others.end()) {
          verdict.others.push_back(tag.rule_id);
        }
      }
      if (fired && verdict.matched.empty()) verdict.matched = matched_in(event);
    }
    if (fired == should_fire) {
      verdict.outcome = Outcome::kAsWanted;
    } else {
      verdict.outcome = fired ? Outcome::kFired : Outcome::kSilent;
    }
    // A budget that ran out makes a rule silent: that is no answer, whatever was wanted.
    if (!fired && exhausted() != exhausted_before) verdict.outcome = Outcome::kNotEvaluated;
    return verdict;
  }

  [[nodiscard]] std::string matched_in(const Event& event) const {
    for (rules::Match& match : rules_->match(event)) {
      if (match.rule == &rule_) return std::move(match.matched);
    }
    return {};
  }

  [[nodiscard]] std::uint64_t exhausted() const { return rules_->exhausted()[rule_.position]; }

  const rules::Rule& rule_;
  const Tagger& tagger_;
  std::shared_ptr<const rules::RuleSet> rules_;
};

}  // namespace

std::vector<SampleVerdict> judge_samples(const rules::Rule& rule, const Tagger& tagger) {
  std::vector<SampleVerdict> verdicts;
  Judge judge(rule, tagger);
  judge.judge(rule.definition.samples.fires, true, "fires", verdicts);
  judge.judge(rule.definition.samples.silent, false, "silent", verdicts);
  return verdicts;
}

}  // namespace decnet::tagging
