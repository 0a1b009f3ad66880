#include "decnet/cli/detection.h"

#include <fmt/format.h>

#include "decnet/base/log.h"
#include "decnet/config/words.h"
#include "decnet/rules/loader.h"

namespace decnet::cli {
namespace {

constexpr std::size_t kWarningsTold = 10;

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

// Warnings about ids are for everyone: what is stored depends on the ATT&CK release in use. Rules
// of an old release have many; the first ones say enough.
void report_ids(const std::vector<rules::Problem>& problems) {
  std::size_t warnings = 0;
  for (const auto& problem : problems) {
    if (problem.severity != rules::Problem::Severity::kWarning) continue;
    const bool told = ++warnings <= kWarningsTold;
    log::write(told ? log::Level::kWarning : log::Level::kDebug, "ttp.index", problem.text());
  }
  if (warnings > kWarningsTold) {
    log::warning("ttp.index", fmt::format("and {} more warnings of that sort (DECNET_DEVELOPER="
                                          "true logs them)",
                                          warnings - kWarningsTold));
  }
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
  if (const std::string path = config.text("DECNET_GEOIP_DATABASE"); !path.empty()) {
    DECNET_TRY(known.countries, geo::Countries::open(path));
  }
  const std::string directory = config.text("DECNET_TTP_CATALOGUES_DIR");
  if (directory.empty()) return known;
  DECNET_TRY(auto opened, catalogues::Catalogues::open(directory));
  for (const std::string& problem : opened.problems) log::warning("ttp.engine", problem);
  known.catalogues = std::move(opened.catalogues);
  return known;
}

Result<Detection> open_detection(const Context& context) {
  const auto& config = context.config;
  DECNET_CHECK(check_choice(config, "DECNET_TTP_TAGGER_TYPE", "composite"));
  DECNET_CHECK(check_choice(config, "DECNET_TTP_RULE_STORE_TYPE", "filesystem"));
  DECNET_TRY(auto catalogue, open_catalogue(config));

  const auto directory = config.rules_directory();
  auto loaded = rules::load_directory(directory);
  report_errors(context, loaded.problems);
  report_lint(context, loaded.problems);
  auto compiled =
      rules::RuleSet::compile(std::move(loaded.rules), *catalogue,
                              {.attack_release = config.text("DECNET_TTP_ATTACK_RELEASE")});
  report_errors(context, compiled.problems);
  report_ids(compiled.problems);
  if (compiled.rules->rules().empty()) {
    std::error_code unreadable;  // then it is as good as absent
    log::warning("ttp.engine", fmt::format("no rules loaded: {} {}", directory.string(),
                                           std::filesystem::is_directory(directory, unreadable)
                                               ? "holds none"
                                               : "is no directory"));
  }
  DECNET_TRY(auto known, open_knowledge(config));
  auto tagger = std::make_unique<tagging::Tagger>(std::move(compiled.rules), system_clock());
  tagger->know(std::move(known));
  return Detection{std::move(catalogue), std::move(tagger)};
}

}  // namespace decnet::cli
