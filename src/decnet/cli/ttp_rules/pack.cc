#include "decnet/cli/ttp_rules/pack.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "decnet/cli/detection.h"
#include "decnet/cli/open_rule_store.h"
#include "decnet/cli/ttp_rules/no_such_rule.h"
#include "decnet/cli/ttp_rules/problems.h"
#include "decnet/lifters/holder.h"

namespace decnet::cli {
bool Pack::has_errors() const {
  return std::any_of(problems.begin(), problems.end(), [](const rules::Problem& problem) {
    return problem.severity == rules::Problem::Severity::kError;
  });
}

Result<Pack> open_pack(const Context& context) {
  const auto& config = context.config;
  Pack pack;
  DECNET_TRY(pack.catalogue, open_catalogue(config));
  DECNET_TRY(const auto store, open_rule_store(config));
  DECNET_TRY(auto contents, store->load());
  pack.origin = rule_store_name(config);
  pack.states = std::move(contents.states);
  pack.problems = std::move(contents.problems);
  auto compiled =
      rules::RuleSet::compile(std::move(contents.definitions), *pack.catalogue,
                              {.attack_release = config.text("DECNET_TTP_ATTACK_RELEASE")});
  pack.rules = std::move(compiled.rules);
  std::move(compiled.problems.begin(), compiled.problems.end(), std::back_inserter(pack.problems));
  return pack;
}

void report(const Context& context, std::span<const rules::Problem> problems) {
  for (const auto& problem : problems) context.err.line(problem_line(problem, context.err));
}

Result<std::vector<const rules::Rule*>> chosen(const Pack& pack, std::span<const std::string> ids) {
  std::vector<const rules::Rule*> rules;
  std::vector<std::string> missing;
  std::vector<std::string_view> known;
  for (const auto& rule : pack.rules->rules()) known.push_back(rule->definition.id.text());
  for (const std::string& id : ids) {
    const rules::Rule* rule = pack.rules->find(RuleId(id));
    if (rule == nullptr) {
      missing.push_back(no_such_rule(id, known, pack.problems, pack.origin));
    } else if (std::find(rules.begin(), rules.end(), rule) == rules.end()) {
      rules.push_back(rule);
    }
  }
  if (!missing.empty()) {
    return fail(ErrorCode::kNotFound, fmt::format("{}", fmt::join(missing, "; ")));
  }
  if (ids.empty()) {
    for (const auto& rule : pack.rules->rules()) rules.push_back(rule.get());
  }
  return rules;
}

const rules::State& state_of(const Pack& pack, const RuleId& rule) {
  static const rules::State kNone;
  const auto state = pack.states.find(rule);
  return state == pack.states.end() ? kNone : state->second;
}

std::optional<std::string_view> why_silent(const Pack& pack, const rules::Rule& rule) {
  if (state_of(pack, rule.definition.id).kind == rules::State::Kind::kDisabled) return "disabled";
  if (lifters::holder(rule.definition) == nullptr) return "no lifter of this release evaluates it";
  return std::nullopt;
}

const TechniqueId& stored_technique(const rules::CompiledEmit& emit) {
  const auto& placement = emit.placement;
  return placement.sub_technique_id ? *placement.sub_technique_id : placement.technique_id;
}

}  // namespace decnet::cli
