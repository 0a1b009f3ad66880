// decnet ttp-rules list: every rule, its state, and how often it fired.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <map>

#include "decnet/base/utf8.h"
#include "decnet/cli/commands.h"
#include "decnet/cli/database.h"
#include "decnet/cli/detection.h"
#include "decnet/cli/table.h"
#include "decnet/cli/ttp_rules/pack.h"
#include "decnet/cli/ttp_rules/problems.h"
#include "decnet/cli/ttp_rules/state_text.h"

namespace decnet::cli {
namespace {

// How often rules fired, and could not be evaluated, if the database is there.
struct Fires {
  std::string database;
  bool known = false;
  std::map<std::string, storage::RuleSummary, std::less<>> by_rule;
  std::map<std::string, storage::ExhaustedBudget, std::less<>> exhausted;

  [[nodiscard]] const storage::RuleSummary* of(const RuleId& rule) const {
    const auto found = by_rule.find(rule.text());
    return found == by_rule.end() ? nullptr : &found->second;
  }
};

// A database that does not exist yet is no error: a pack can be looked at before it is used.
Result<Fires> count_fires(const config::Config& config, UtcTime since) {
  Fires fires;
  DECNET_TRY(const auto path, database_file(config));
  fires.database = path.string();
  const auto database = open_database(config, storage::OpenMode::kExisting);
  if (!database && database.error().code == ErrorCode::kNotFound) return fires;
  if (!database) return fail(database.error());
  DECNET_TRY(auto rows, (*database)->summaries().by_rule(since));
  fires.known = true;
  for (auto& row : rows) fires.by_rule.emplace(row.rule_id, row);
  DECNET_TRY(auto exhausted, (*database)->rule_budgets().all());
  for (auto& row : exhausted) fires.exhausted.emplace(row.rule_id, row);
  return fires;
}

std::vector<std::string> techniques_of(const rules::Rule& rule) {
  std::vector<std::string> ids;
  for (const auto& emit : rule.emits) ids.push_back(stored_technique(emit).text());
  return ids;
}

class List : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Lists the rules: id, version, name, the kinds of telemetry they apply to, the ATT&CK "
            "techniques they tag, the state an operator gave them, and on how many events of the "
            "last days they fired, by the stored tags. A note says which rules cannot fire now, "
            "and why: among them those that need a country database or a list that nobody "
            "supplied, and fire only where whoever reports an event has judged it already. "
            "It also says whose pattern ran out of its budget of steps on some event, which then "
            "counts as not evaluated. What is wrong with rule files comes last; of rules in the "
            "database also what the mirror of a directory found wrong there.\n\n"
            "Times are UTC.",
        .environment = {"DECNET_TTP_RULES_DIR", "DECNET_DB_TYPE", "DECNET_DB_PATH",
                        "DECNET_ATTACK_BUNDLE", "DECNET_GEOIP_DATABASE",
                        "DECNET_TTP_CATALOGUES_DIR"},
        .examples =
            {{"decnet ttp-rules list", "every rule of the pack in use"},
             {"decnet ttp-rules list --days 1", "what fired since yesterday"},
             {"decnet ttp-rules list --json | jq -r '.rules[] | select(.fires == 0) | .rule'",
              "the rules that found nothing"}},
        .success = "listed",
        .failure = "the rules or the database cannot be read"};
  }

  void declare(Options& options) override {
    options.integer("--days,-d", "N", days_, 1, 36500, "Counts events of the last N days.");
    options.flag("--json", json_, "Prints one JSON object instead of the table.");
    declare_rules_option(options);
    declare_database_option(options);
  }

  int run(Context& context) override {
    const auto pack = open_pack(context);
    if (!pack) return context.failed(pack.error());
    const auto since = system_clock().now() - std::chrono::days(*days_);
    const auto fires = count_fires(context.config, since);
    if (!fires) return context.failed(fires.error());
    const auto known = knowledge_to_show(context.config);
    if (json_) {
      context.out.json_line(json_of(*pack, *fires, known).dump());
    } else {
      print(context.out, *pack, *fires, known);
    }
    return kSuccess;
  }

 private:
  void print(Terminal& out, const Pack& pack, const Fires& fires,
             const lifters::Knowledge& known) const {
    Table table({{.title = "rule", .style = Style::kCyan},
                 {.title = "version", .align = Table::Align::kRight},
                 {.title = "name", .shrinks = true},
                 {.title = "kinds", .shrinks = true},
                 {.title = "techniques", .shrinks = true},
                 {.title = "state"},
                 {.title = "fires", .align = Table::Align::kRight},
                 {.title = "", .shrinks = true, .style = Style::kYellow}});
    for (const auto& rule : pack.rules->rules()) {
      const auto& definition = rule->definition;
      const auto* fired = fires.of(definition.id);
      const std::string count =
          fired == nullptr ? (fires.known ? "0" : "") : with_thousands(fired->events);
      table.row({definition.id.text(), fmt::format("{}", definition.version), definition.name,
                 fmt::format("{}", fmt::join(definition.applies_to, " ")),
                 fmt::format("{}", fmt::join(techniques_of(*rule), " ")),
                 state_text(state_of(pack, definition.id)), count,
                 note_on(pack, *rule, fires, known)});
    }
    out.write(table.text(out));
    const auto dim = [&out](std::string_view text) {
      out.line(out.styled(Style::kDim, printable(text)));
    };
    dim(fmt::format("{} of {}; {}", counted(pack.rules->rules().size(), "rule"), pack.origin,
                    fires.known
                        ? fmt::format("fires of {}, {}", counted(days(), "day"), fires.database)
                        : fmt::format("fires not counted, there is no {}", fires.database)));
    for (const auto& [rule, state] : pack.states) {
      if (pack.rules->find(rule) != nullptr) continue;
      dim(fmt::format("no such rule: {}, {}", rule.text(), state_story(state)));
    }
    for (const auto& problem : pack.all_problems()) out.line(problem_line(problem, out));
  }

  // What the columns do not say.
  static std::string note_on(const Pack& pack, const rules::Rule& rule, const Fires& fires,
                             const lifters::Knowledge& known) {
    const auto why = why_silent(pack, rule);
    if (why && *why != "disabled") return std::string(*why);
    if (const auto lacks = lifters::lacking(rule.definition, known); !lacks.empty()) {
      return fmt::format("only where the event says so itself: {}", lacks);
    }
    const auto exhausted = fires.exhausted.find(rule.definition.id.text());
    if (exhausted == fires.exhausted.end()) return {};
    return fmt::format("ran out of its budget of steps on {}, last on {}",
                       counted(static_cast<std::size_t>(exhausted->second.events), "event"),
                       to_sql_text(exhausted->second.last).substr(0, 10));
  }

  Json json_of(const Pack& pack, const Fires& fires, const lifters::Knowledge& known) const {
    Json::Array rules;
    for (const auto& rule : pack.rules->rules()) {
      const auto& definition = rule->definition;
      const auto* fired = fires.of(definition.id);
      const auto count = [&](std::uint64_t number) {
        return fires.known ? Json(static_cast<std::int64_t>(number)) : Json();
      };
      const auto kinds = definition.applies_to;
      const auto techniques = techniques_of(*rule);
      const auto silent = why_silent(pack, *rule);
      const auto lacks = lifters::lacking(definition, known);
      const auto exhausted = fires.exhausted.find(definition.id.text());
      rules.push_back(Json::object(
          {{"rule", definition.id.text()},
           {"version", definition.version},
           {"name", definition.name},
           {"kinds", Json(Json::Array(kinds.begin(), kinds.end()))},
           {"techniques", Json(Json::Array(techniques.begin(), techniques.end()))},
           {"state", as_json(state_of(pack, definition.id))},
           {"silent", silent ? Json(*silent) : Json()},
           {"lacking", lacks.empty() ? Json() : Json(lacks)},
           {"fires", count(fired == nullptr ? 0 : fired->events)},
           {"tags", count(fired == nullptr ? 0 : fired->tags)},
           {"exhausted", count(exhausted == fires.exhausted.end()
                                   ? 0
                                   : static_cast<std::uint64_t>(exhausted->second.events))},
           {"last_fired", fired == nullptr ? Json() : Json(to_iso_text(fired->last_seen))},
           {"path", to_valid_utf8(definition.path.string())},
           {"line", definition.line}}));
    }
    Json::Array orphans;
    for (const auto& [rule, state] : pack.states) {
      if (pack.rules->find(rule) != nullptr) continue;
      orphans.push_back(
          Json::object({{"rule", to_valid_utf8(rule.text())}, {"state", as_json(state)}}));
    }
    return Json::object({{"origin", to_valid_utf8(pack.origin)},
                         {"attack_release", pack.rules->attack_release()},
                         {"database", fires.known ? Json(to_valid_utf8(fires.database)) : Json()},
                         {"days", *days_},
                         {"rules", Json(std::move(rules))},
                         {"states_without_rule", Json(std::move(orphans))},
                         {"problems", as_json(pack.all_problems())}});
  }

  [[nodiscard]] std::size_t days() const { return static_cast<std::size_t>(*days_); }

  std::optional<std::int64_t> days_ = 30;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> ttp_rules_list() { return std::make_unique<List>(); }

}  // namespace decnet::cli
