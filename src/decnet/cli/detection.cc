#include "decnet/cli/detection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/cli/open_rule_store.h"
#include "decnet/config/words.h"
#include "decnet/rulestore/problem_log.h"

namespace decnet::cli {
namespace {

// A setting that chooses among kinds, of which this release has one.
Result<void> check_choice(const config::Config& config, std::string_view variable,
                          std::string_view only) {
  const auto value = config.get(variable).value_or(config::Value{});
  const auto word = config::lower_case(config::trimmed(value.text));
  if (word.empty() || word == only) return {};
  return fail(ErrorCode::kInvalid, fmt::format("{} is '{}' ({}); this release knows: {}", variable,
                                               value.text, value.origin, only));
}

// Errors cost their rule: whoever runs the program hears of them all.
void report_errors(const Context& context, const std::vector<rules::Problem>& problems) {
  for (const auto& problem : problems) {
    if (problem.severity == rules::Problem::Severity::kError) context.err.line(problem.text());
  }
}

// Warnings about files are for their author, who names the directory on the command line; anyone
// else finds them in the log when looking for them.
void report_lint(const Context& context, const std::vector<rules::Problem>& problems) {
  const auto directory = context.config.get("DECNET_TTP_RULES_DIR");
  const bool named = directory && directory->origin == kRulesOption;
  for (const auto& problem : problems) {
    if (problem.severity != rules::Problem::Severity::kWarning) continue;
    if (named) {
      context.err.line(fmt::format("{} (warning)", problem.text()));
    } else {
      log::debug("ttp.store.filesystem", problem.text());
    }
  }
}

// Warnings about ids are for everyone: what is stored depends on the ATT&CK release in use.
void report_ids(const std::vector<rules::Problem>& problems) {
  rulestore::ProblemLog("ttp.index", rulestore::ProblemLog::Warnings::kForEveryone).tell(problems);
}

Result<void> add_countries(const config::Config& config, lifters::Knowledge& known) {
  const std::string path = config.text("DECNET_GEOIP_DATABASE");
  if (path.empty()) return {};
  DECNET_TRY(known.countries, geo::Countries::open(path));
  return {};
}

Result<void> add_catalogues(const config::Config& config, lifters::Knowledge& known) {
  const std::string directory = config.text("DECNET_TTP_CATALOGUES_DIR");
  if (directory.empty()) return {};
  DECNET_TRY(auto opened, catalogues::Catalogues::open(directory));
  for (const std::string& problem : opened.problems) log::warning("ttp.engine", problem);
  known.catalogues = std::move(opened.catalogues);
  return {};
}

}  // namespace

void declare_rules_option(Options& options) {
  options.setting(kRulesOption, "DIR", "DECNET_TTP_RULES_DIR", "Directory of rule files.");
}

Result<std::shared_ptr<const attack::Catalogue>> open_catalogue(const config::Config& config) {
  const auto bundle = config.text("DECNET_ATTACK_BUNDLE");
  const auto sha256 = config.text("DECNET_ATTACK_BUNDLE_SHA256");
  if (!bundle.empty()) return attack::Catalogue::open(bundle, sha256);
  if (!sha256.empty()) {
    log::warning("ttp.engine", "DECNET_ATTACK_BUNDLE_SHA256 is set, but no DECNET_ATTACK_BUNDLE");
  }
  return attack::Catalogue::built_in();
}

Result<lifters::Knowledge> open_knowledge(const config::Config& config) {
  lifters::Knowledge known;
  DECNET_CHECK(add_countries(config, known));
  DECNET_CHECK(add_catalogues(config, known));
  return known;
}

lifters::Knowledge knowledge_to_show(const config::Config& config) {
  lifters::Knowledge known;
  for (const auto& added : {add_countries(config, known), add_catalogues(config, known)}) {
    if (!added) log::warning("ttp.engine", added.error().message);
  }
  return known;
}

Result<std::unique_ptr<rulebook::Rulebook>> open_rulebook(const config::Config& config) {
  DECNET_CHECK(check_choice(config, "DECNET_TTP_TAGGER_TYPE", "composite"));
  DECNET_TRY(auto catalogue, open_catalogue(config));
  DECNET_TRY(auto store, open_rule_store(config));
  return rulebook::Rulebook::open(std::move(store), std::move(catalogue),
                                  config.text("DECNET_TTP_ATTACK_RELEASE"));
}

void warn_of_no_rules(const rulebook::Rulebook& book, const config::Config& config) {
  if (!book.rules()->rules().empty()) return;
  const std::string where = rule_store_name(config);
  std::error_code unreadable;  // then it is as good as absent
  const bool exists = std::filesystem::exists(where, unreadable);
  log::warning("ttp.engine", fmt::format("no rules loaded: {} {}", where,
                                         exists ? "holds none" : "is no directory"));
}

void tell_what_is_lacking(const rules::RuleSet& rules, const lifters::Knowledge& known) {
  std::map<std::string_view, std::vector<std::string>> lacking;
  for (const auto& rule : rules.rules()) {
    const auto what = lifters::lacking(rule->definition, known);
    if (!what.empty()) lacking[what].push_back(printable(rule->definition.id.text()));
  }
  for (const auto& [what, ids] : lacking) {
    log::info("ttp.engine", fmt::format("{}: {} {} only where the event says so itself", what,
                                        fmt::join(ids, ", "), ids.size() == 1 ? "fires" : "fire"));
  }
}

Result<Detection> open_detection(const Context& context) {
  DECNET_TRY(auto book, open_rulebook(context.config));
  report_errors(context, book->problems());
  report_lint(context, book->problems());
  report_ids(book->id_problems());
  warn_of_no_rules(*book, context.config);
  DECNET_TRY(auto known, open_knowledge(context.config));
  auto tagger = std::make_unique<tagging::Tagger>(book->rules(), system_clock());
  tagger->set_states(book->states());
  tagger->know(std::move(known));
  return Detection{std::move(book), std::move(tagger)};
}

}  // namespace decnet::cli
