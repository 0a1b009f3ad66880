// decnet ttp-rules validate: every problem of rule files, for their authors and their CI.
#include <fmt/format.h>

#include <utility>

#include "decnet/cli/commands.h"
#include "decnet/cli/detection.h"
#include "decnet/cli/standard_input.h"
#include "decnet/cli/ttp_rules/problems.h"
#include "decnet/rules/validator.h"
#include "decnet/rules/yaml.h"

namespace decnet::cli {
namespace {

constexpr std::string_view kStandardInput = "<stdin>";  // in problems

class Validate : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Names every problem of rule files, one a line: file:line: error: what is wrong. An "
            "error costs the rule; a warning is about what loads and is probably not meant, or "
            "about an id that ATT&CK does not know, revoked or gave up.\n\n"
            "A directory stands for the files that a worker would read from it; its rules must "
            "not share an id. - is standard input, one rule, and so is a pipe: <(command).\n\n"
            "With --strict a warning is an error, and a tactic that ATT&CK does not list for its "
            "technique is a warning.\n\n"
            "The schema of rule files, for editors, is docs/rule.schema.json.",
        .environment = {"DECNET_ATTACK_BUNDLE", "DECNET_ATTACK_BUNDLE_SHA256"},
        .examples = {{"decnet ttp-rules validate rules/ttp", "a whole directory"},
                     {"decnet ttp-rules validate --strict rules/ttp", "in a CI job"},
                     {"decnet ttp-rules validate --json a.yaml | jq '.problems[]'",
                      "for a program"},
                     {"decnet ttp-rules validate - < draft.yaml", "what is not in the pack yet"},
                     {"decnet ttp-rules validate <(sed s/0.9/0.7/ a.yaml)",
                      "what a program makes"}},
        .success = "no errors",
        .failure = "at least one error, or the ATT&CK catalogue cannot be used"};
  }

  void declare(Options& options) override {
    options.arguments("PATH", paths_, "A rule file, a directory of rule files, or -.");
    options.flag("--strict", strict_, "Takes warnings for errors, and looks closer.");
    options.flag("--json", json_, "Prints one JSON object instead of lines.");
  }

  int run(Context& context) override {
    const auto catalogue = open_catalogue(context.config);
    if (!catalogue) return context.failed(catalogue.error());
    rules::Validator validator(**catalogue, {.strict = strict_});
    bool input_read = false;
    for (const auto& path : paths_) {
      if (path != "-") {
        validator.add(path);
        continue;
      }
      if (std::exchange(input_read, true)) continue;
      const auto yaml = read_standard_input(rules::YamlDocument::kMaxBytes);
      if (!yaml) return context.failed(yaml.error());
      validator.add_document(*yaml, kStandardInput);
    }
    const auto report = validator.finish();
    if (json_) {
      context.out.json_line(json_of(report, (*catalogue)->release()).dump());
    } else {
      print(report, context.out);
    }
    return report.errors() == 0 ? kSuccess : kFailure;
  }

 private:
  static Json json_of(const rules::ValidationReport& report, const std::string& release) {
    const auto number = [](std::size_t count) { return Json(static_cast<std::int64_t>(count)); };
    return Json::object({{"valid", report.errors() == 0},
                         {"attack_release", release},
                         {"files", number(report.files)},
                         {"rules", number(report.rules)},
                         {"errors", number(report.errors())},
                         {"warnings", number(report.problems.size() - report.errors())},
                         {"problems", as_json(report.problems)}});
  }

  static void print(const rules::ValidationReport& report, Terminal& out) {
    for (const auto& problem : report.problems) out.line(problem_line(problem, out));
    const std::size_t errors = report.errors();
    const std::size_t warnings = report.problems.size() - errors;
    std::string found = report.problems.empty() ? "no problems" : counted(errors, "error");
    if (warnings > 0) found += fmt::format(", {}", counted(warnings, "warning"));
    out.line(out.styled(Style::kDim, fmt::format("{}, {}: {}", counted(report.files, "file"),
                                                 counted(report.rules, "rule"), found)));
  }

  std::vector<std::string> paths_;
  bool strict_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> ttp_rules_validate() { return std::make_unique<Validate>(); }

}  // namespace decnet::cli
