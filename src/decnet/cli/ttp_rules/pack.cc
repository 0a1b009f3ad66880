#include "decnet/cli/ttp_rules/pack.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "decnet/cli/database.h"
#include "decnet/cli/detection.h"
#include "decnet/cli/open_rule_store.h"
#include "decnet/cli/ttp_rules/no_such_rule.h"
#include "decnet/cli/ttp_rules/problems.h"
#include "decnet/lifters/holder.h"
#include "decnet/rulestore/open.h"

namespace decnet::cli {
namespace {

bool is_error(const rules::Problem& problem) {
  return problem.severity == rules::Problem::Severity::kError;
}

// Rows say nothing of a file that broke after it was put there: whoever mirrored it noted that, and
// without a place for such notes it is looked at here.
Result<void> add_problems_of_mirror(const config::Config& config,
                                    std::vector<rules::Problem>& problems) {
  if (!takes_rules_from_database(config)) return {};
  DECNET_TRY(const auto database, open_database(config, storage::OpenMode::kExisting));
  if (!database->rule_problems().kept()) {
    if (!config.is_true("DECNET_TTP_MIRROR_RULES")) return {};
    const auto files =
        rulestore::open_directory(config.rules_directory(), config.state_directory());
    DECNET_TRY(const auto contents, files->load());
    std::copy_if(contents.problems.begin(), contents.problems.end(), std::back_inserter(problems),
                 is_error);
    return {};
  }
  DECNET_TRY(const auto noted, database->rule_problems().all());
  for (const storage::RuleProblem& problem : noted) {
    problems.push_back(
        {rules::Problem::Severity::kError, problem.path, static_cast<int>(problem.line),
         fmt::format("{} (noted by the mirror, {} UTC; `decnet ttp-rules sync` looks again)",
                     problem.message, to_sql_text(problem.since).substr(0, 16))});
  }
  return {};
}

}  // namespace

std::vector<rules::Problem> Pack::all_problems() const {
  std::vector<rules::Problem> all = problems;
  all.insert(all.end(), problems_of_mirror.begin(), problems_of_mirror.end());
  return all;
}

bool Pack::has_errors() const { return std::any_of(problems.begin(), problems.end(), is_error); }

Result<Pack> open_pack(const Context& context) {
  DECNET_TRY(const auto book, open_rulebook(context.config));
  Pack pack;
  pack.catalogue = book->catalogue();
  pack.rules = book->rules();
  pack.problems = book->problems();
  const auto& more = book->id_problems();
  pack.problems.insert(pack.problems.end(), more.begin(), more.end());
  DECNET_CHECK(add_problems_of_mirror(context.config, pack.problems_of_mirror));
  pack.states = book->states();
  pack.origin = rule_store_name(context.config);
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
