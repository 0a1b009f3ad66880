#include "decnet/cli/ttp_rules/state_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/cli/database.h"
#include "decnet/cli/open_rule_store.h"
#include "decnet/cli/ttp_rules/no_such_rule.h"
#include "decnet/cli/ttp_rules/state_text.h"

namespace decnet::cli {
namespace {

std::vector<std::string_view> ids_of(const rulestore::Contents& contents) {
  std::vector<std::string_view> ids;
  for (const auto& definition : contents.definitions) ids.push_back(definition->id.text());
  return ids;
}

}  // namespace

void StateChange::declare(Options& options) {
  options.arguments("RULE", ids_, "The id of a rule.");
  declare_more(options);
  options.flag("--json", json_, "Prints one JSON object a rule, each on a line.");
  declare_database_option(options);
}

int StateChange::run(Context& context) {
  if (const auto prepared = prepare(); !prepared) {
    return context.failed(prepared.error().message, kUsageError);
  }
  auto store = open_rule_store(context.config);
  if (!store) return context.failed(store.error());
  const auto before = (*store)->load();
  if (!before) return context.failed(before.error());
  const auto known = ids_of(*before);

  int exit_code = kSuccess;
  std::set<std::string> done;
  for (const std::string& id : ids_) {
    if (!done.insert(id).second) continue;
    const bool is_known = std::find(known.begin(), known.end(), id) != known.end();
    const auto changed = change(**store, RuleId(id));
    if (!changed) {
      exit_code = context.failed(fmt::format("{}: {}", id, changed.error().message));
      continue;
    }
    if (!is_known) {
      context.err.line(printable(
          fmt::format("decnet {}: warning: {}{}", context.command,
                      no_such_rule(id, known, before->problems, rule_store_name(context.config)),
                      *changed ? if_unknown() : "")));
    }
    const auto after = (*store)->load();
    if (!after) return context.failed(after.error());
    const auto found = after->states.find(RuleId(id));
    const rules::State state = found == after->states.end() ? rules::State() : found->second;
    if (*changed) {
      log::info("cli", fmt::format("{} {}: {}", context.command, id, state_story(state)));
    }
    if (json_) {
      context.out.json_line(Json::object({{"rule", to_valid_utf8(id)},
                                          {"known", is_known},
                                          {"changed", *changed},
                                          {"state", as_json(state)}})
                                .dump());
    } else {
      context.out.line(fmt::format("{}: {}{}", printable(id), state_story(state),
                                   *changed ? "" : ", as before"));
    }
  }
  return exit_code;
}

}  // namespace decnet::cli
