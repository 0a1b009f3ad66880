#include "decnet/cli/detection.h"

#include <fmt/format.h>

#include "decnet/base/log.h"
#include "decnet/config/words.h"
#include "decnet/rules/loader.h"

namespace decnet::cli {
namespace {

// A setting that chooses among kinds, of which this release has one.
Result<void> check_choice(const config::Config& config, std::string_view variable,
                          std::string_view only) {
  const auto value = config.get(variable);
  const auto word = value ? config::lower_case(config::trimmed(value->text)) : std::string();
  if (word.empty() || word == only) return {};
  return fail(ErrorCode::kInvalid, fmt::format("{} is '{}' ({}); this release knows: {}", variable,
                                               value->text, value->origin, only));
}

// Errors cost their rule and are always shown; warnings are for the log and for whoever validates.
void report(const Context& context, const std::vector<rules::Problem>& problems) {
  for (const auto& problem : problems) {
    if (problem.severity == rules::Problem::Severity::kError) {
      context.err.line(problem.text());
    } else {
      log::debug("ttp.store.filesystem", problem.text());
    }
  }
}

}  // namespace

void declare_rules_option(Options& options) {
  options.setting("--rules", "DIR", "DECNET_TTP_RULES_DIR", "Directory of rule files.");
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

Result<Detection> open_detection(const Context& context) {
  const auto& config = context.config;
  DECNET_CHECK(check_choice(config, "DECNET_TTP_TAGGER_TYPE", "composite"));
  DECNET_CHECK(check_choice(config, "DECNET_TTP_RULE_STORE_TYPE", "filesystem"));
  DECNET_TRY(auto catalogue, open_catalogue(config));

  const auto directory = config.rules_directory();
  auto loaded = rules::load_directory(directory);
  report(context, loaded.problems);
  auto compiled =
      rules::RuleSet::compile(std::move(loaded.rules), *catalogue,
                              {.attack_release = config.text("DECNET_TTP_ATTACK_RELEASE")});
  report(context, compiled.problems);
  if (compiled.rules->rules().empty()) {
    std::error_code unreadable;  // then it is as good as absent
    log::warning("ttp.engine", fmt::format("no rules loaded: {} {}", directory.string(),
                                           std::filesystem::is_directory(directory, unreadable)
                                               ? "holds none"
                                               : "is no directory"));
  }
  auto tagger = std::make_unique<tagging::Tagger>(std::move(compiled.rules), system_clock());
  return Detection{std::move(catalogue), std::move(tagger)};
}

}  // namespace decnet::cli
