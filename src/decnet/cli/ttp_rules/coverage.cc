// decnet ttp-rules coverage: which ATT&CK techniques the rules tag.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>

#include "decnet/base/file.h"
#include "decnet/base/utf8.h"
#include "decnet/cli/commands.h"
#include "decnet/cli/detection.h"
#include "decnet/cli/table.h"
#include "decnet/cli/ttp_rules/navigator_layer.h"
#include "decnet/cli/ttp_rules/pack.h"
#include "decnet/cli/ttp_rules/problems.h"
#include "decnet/cli/ttp_rules/technique_coverage.h"

namespace decnet::cli {
namespace {

// How much of a tactic is covered.
struct TacticCoverage {
  std::string id;
  std::string name;            // empty when the catalogue does not know it
  std::size_t covered = 0;     // techniques and sub-techniques, each as such
  std::size_t techniques = 0;  // that ATT&CK lists there
};

std::vector<TacticCoverage> tactic_coverage(std::span<const CoveredTechnique> coverage,
                                            const attack::Catalogue& catalogue) {
  std::vector<TacticCoverage> tactics;
  for (const auto& entry : coverage) {
    if (tactics.empty() || tactics.back().id != entry.tactic) {
      const auto* known = catalogue.tactic(entry.tactic);
      const auto& all = catalogue.techniques();
      const auto listed = std::count_if(all.begin(), all.end(), [&](const auto& technique) {
        const auto& in = technique.tactics;
        return !technique.revoked && !technique.deprecated &&
               std::find(in.begin(), in.end(), entry.tactic) != in.end();
      });
      tactics.push_back({.id = entry.tactic,
                         .name = known == nullptr ? "" : known->name,
                         .techniques = static_cast<std::size_t>(listed)});
    }
    if (entry.active_rules() > 0) ++tactics.back().covered;
  }
  return tactics;
}

std::string tactic_name(const attack::Catalogue& catalogue, const std::string& id) {
  const auto* known = catalogue.tactic(id);
  return known == nullptr ? id : known->name;
}

// Writes the whole file or says why not.
Result<void> write_file(const std::filesystem::path& path, std::string_view text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text << '\n';
  file.close();
  if (file) return {};
  return fail(system_error(path, errno == 0 ? EIO : errno));
}

class Coverage : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Shows which MITRE ATT&CK techniques the rules tag, in the order of the matrix: by "
            "how many rules, with which confidence at best, by which. Rules in parentheses cannot "
            "fire now: disabled, or no lifter of this release evaluates them. A second table says "
            "how many of each tactic's techniques and sub-techniques are covered.\n\n"
            "With --navigator a layer for the ATT&CK Navigator is written instead (layer format "
            "4.5): the score of a technique is the number of rules that can tag it.",
        .environment = {kDetectionSettings.begin(), kDetectionSettings.end()},
        .examples = {{"decnet ttp-rules coverage", "as a table"},
                     {"decnet ttp-rules coverage --navigator layer.json",
                      "to open in https://mitre-attack.github.io/attack-navigator/"},
                     {"decnet ttp-rules coverage --json | jq -r '.techniques[].technique'",
                      "for a program"}},
        .success = "shown, be it nothing",
        .failure = "the rules or the ATT&CK catalogue cannot be used, or FILE cannot be written"};
  }

  void declare(Options& options) override {
    options.text("--navigator", "FILE", navigator_,
                 "Writes a Navigator layer; - is standard output.");
    options.flag("--json", json_, "Prints one JSON object instead of the tables.");
    declare_rules_option(options);
  }

  int run(Context& context) override {
    if (json_ && navigator_) {
      return context.failed("--json and --navigator are two answers; ask for one", kUsageError);
    }
    const auto pack = open_pack(context);
    if (!pack) return context.failed(pack.error());
    report(context, pack->problems);
    const auto coverage = technique_coverage(*pack);
    if (navigator_) return write_layer(context, coverage, *pack);
    if (json_) {
      context.out.json_line(json_of(coverage, *pack).dump());
    } else {
      print(context.out, coverage, *pack);
    }
    return kSuccess;
  }

 private:
  [[nodiscard]] int write_layer(const Context& context, std::span<const CoveredTechnique> coverage,
                                const Pack& pack) const {
    const auto layer = navigator_layer(coverage, pack);
    if (!layer.left_out.empty()) {
      context.err.line(printable(fmt::format(
          "decnet {}: not in the Enterprise matrix of ATT&CK {}, left out: {}", context.command,
          pack.catalogue->release(), fmt::join(layer.left_out, ", "))));
    }
    if (*navigator_ == "-") {
      context.out.json_line(layer.layer.dump());
      return kSuccess;
    }
    const auto written = write_file(*navigator_, layer.layer.dump());
    if (!written) return context.failed(written.error());
    context.out.line(
        fmt::format("{}: {}", printable(*navigator_), counted(layer.techniques, "technique")));
    return kSuccess;
  }

  static void print(Terminal& out, std::span<const CoveredTechnique> coverage, const Pack& pack) {
    Table table({{.title = "tactic", .shrinks = true},
                 {.title = "technique", .style = Style::kCyan},
                 {.title = "name", .shrinks = true},
                 {.title = "confidence", .align = Table::Align::kRight},
                 {.title = "rules", .align = Table::Align::kRight},
                 {.title = "which", .shrinks = true}});
    std::set<std::string_view> techniques;
    for (const auto& entry : coverage) {
      double confidence = 0;
      std::vector<std::string> which;
      for (const auto& [rule, base, active] : entry.rules) {
        const auto& id = rule->definition.id.text();
        which.push_back(active ? id : fmt::format("({})", id));
        if (active || entry.active_rules() == 0) confidence = std::max(confidence, base);
      }
      if (entry.active_rules() > 0) techniques.insert(entry.technique);
      table.row({tactic_name(*pack.catalogue, entry.tactic), entry.technique,
                 pack.catalogue->name(entry.technique), Json(confidence).dump(),
                 fmt::format("{}", entry.active_rules()),
                 fmt::format("{}", fmt::join(which, " "))});
    }
    out.write(table.text(out));

    Table tactics({{.title = "tactic"},
                   {.title = "covered", .align = Table::Align::kRight},
                   {.title = "of", .align = Table::Align::kRight}});
    for (const auto& tactic : tactic_coverage(coverage, *pack.catalogue)) {
      tactics.row({tactic.name.empty() ? tactic.id : tactic.name, fmt::format("{}", tactic.covered),
                   fmt::format("{}", tactic.techniques)});
    }
    out.line("");
    out.write(tactics.text(out));
    out.line(out.styled(
        Style::kDim,
        printable(fmt::format("{} of ATT&CK {} by {} of {}",
                              counted(techniques.size(), "technique"), pack.catalogue->release(),
                              counted(pack.rules->rules().size(), "rule"), pack.origin))));
  }

  static Json json_of(std::span<const CoveredTechnique> coverage, const Pack& pack) {
    Json::Array techniques;
    for (const auto& entry : coverage) {
      const auto* known = pack.catalogue->technique(entry.technique);
      Json::Array rules;
      for (const auto& [rule, confidence, active] : entry.rules) {
        rules.push_back(Json::object({{"rule", rule->definition.id.text()},
                                      {"confidence", confidence},
                                      {"active", active}}));
      }
      techniques.push_back(Json::object(
          {{"tactic", entry.tactic},
           {"technique", entry.technique},
           {"name", known == nullptr ? Json() : Json(pack.catalogue->name(entry.technique))},
           {"url", known == nullptr ? Json() : Json(known->url)},
           {"active_rules", static_cast<std::int64_t>(entry.active_rules())},
           {"rules", Json(std::move(rules))}}));
    }
    Json::Array tactics;
    for (const auto& tactic : tactic_coverage(coverage, *pack.catalogue)) {
      tactics.push_back(
          Json::object({{"tactic", tactic.id},
                        {"name", tactic.name.empty() ? Json() : Json(tactic.name)},
                        {"covered", static_cast<std::int64_t>(tactic.covered)},
                        {"techniques", static_cast<std::int64_t>(tactic.techniques)}}));
    }
    return Json::object({{"attack_release", pack.catalogue->release()},
                         {"rules", static_cast<std::int64_t>(pack.rules->rules().size())},
                         {"tactics", Json(std::move(tactics))},
                         {"techniques", Json(std::move(techniques))}});
  }

  std::optional<std::string> navigator_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> ttp_rules_coverage() { return std::make_unique<Coverage>(); }

}  // namespace decnet::cli
