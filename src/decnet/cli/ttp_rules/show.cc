// decnet ttp-rules show: one rule whole, for whoever wonders what it does.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "decnet/base/utf8.h"
#include "decnet/cli/commands.h"
#include "decnet/cli/detection.h"
#include "decnet/cli/manual.h"
#include "decnet/cli/ttp_rules/pack.h"
#include "decnet/cli/ttp_rules/problems.h"
#include "decnet/cli/ttp_rules/state_text.h"

namespace decnet::cli {
namespace {

constexpr std::size_t kColumns = 100;  // of running text, where the terminal says nothing
constexpr std::size_t kIndent = 14;    // of what stands beside a heading
constexpr std::size_t kSampleBytes = 500;

std::string heading(std::string_view title) { return fmt::format("  {:<12}", title); }

// Text of a file in lines, each harmless and after the indent.
std::string block(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    out += fmt::format("{}{}\n", std::string(kIndent, ' '), printable(line));
  }
  return out;
}

// The first line of `text` beside the heading.
std::string beside(std::string_view title, std::string text) {
  if (text.size() < kIndent) return {};
  return text.replace(0, kIndent, heading(title));
}

std::string tactic_of(const rules::CompiledEmit& emit, const attack::Catalogue& catalogue) {
  const auto& id = emit.placement.tactic.text();
  const auto* known = catalogue.tactic(id);
  return known == nullptr ? id : fmt::format("{} {}", known->name, id);
}

class Show : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {.description =
                "Shows a rule: what it says it detects, on which telemetry and how, the ATT&CK "
                "techniques it tags by name, what it keeps as evidence, the state an operator gave "
                "it, its samples, and the file and line where it stands.\n\n"
                "Techniques are shown as they are stored under the ATT&CK release in use.",
            .environment = {kDetectionSettings.begin(), kDetectionSettings.end()},
            .examples = {{"decnet ttp-rules show R0014", "one rule"},
                         {"decnet ttp-rules show R0014 --json | jq .emits", "for a program"}},
            .success = "shown",
            .failure = "there is no such rule, or the rules cannot be read"};
  }

  void declare(Options& options) override {
    options.arguments("RULE", ids_, "The id of a rule.");
    options.flag("--json", json_, "Prints one JSON object a rule, each on a line.");
    declare_rules_option(options);
  }

  int run(Context& context) override {
    const auto pack = open_pack(context);
    if (!pack) return context.failed(pack.error());
    const auto rules = chosen(*pack, ids_);
    if (!rules) return context.failed(rules.error());
    const auto known = knowledge_to_show(context.config);
    bool first = true;
    for (const auto* rule : *rules) {
      if (json_) {
        context.out.json_line(json_of(*pack, *rule, known).dump());
        continue;
      }
      if (!std::exchange(first, false)) context.out.line("");
      print(context.out, *pack, *rule, known);
    }
    return kSuccess;
  }

 private:
  static std::vector<rules::Problem> problems_of(const Pack& pack, const rules::Rule& rule) {
    std::vector<rules::Problem> own;
    for (const auto& problem : pack.all_problems()) {
      if (problem.path == rule.definition.path) own.push_back(problem);
    }
    return own;
  }

  static void print(Terminal& out, const Pack& pack, const rules::Rule& rule,
                    const lifters::Knowledge& known) {
    const auto& definition = rule.definition;
    const std::size_t columns =
        out.is_terminal() ? std::min<std::size_t>(out.width(), kColumns) : kColumns;
    const auto line = [&out](std::string_view title, std::string_view text) {
      out.line(fmt::format("{}{}", heading(title), text));
    };
    out.line(fmt::format("{} {}, version {}",
                         out.styled(Style::kHeader, printable(definition.id.text())),
                         printable(definition.name), definition.version));
    line("file", printable(fmt::format("{}:{}", definition.path.string(), definition.line)));
    line("state", state_story(state_of(pack, definition.id)));
    if (const auto why = why_silent(pack, rule)) {
      line("", out.styled(Style::kYellow, fmt::format("cannot fire: {}", *why)));
    }
    if (const auto lacks = lifters::lacking(definition, known); !lacks.empty()) {
      line("", out.styled(Style::kYellow,
                          fmt::format("fires only where the event says so itself: {}", lacks)));
    }
    if (!definition.description.empty()) {
      const auto text = wrapped(printable(definition.description), columns, kIndent);
      out.write(beside("detects", text));
    }
    line("applies to", printable(fmt::format("{}", fmt::join(definition.applies_to, ", "))));
    print_match(out, definition);
    print_emits(out, rule, *pack.catalogue);
    line("evidence",
         definition.evidence_fields.empty()
             ? "none"
             : printable(fmt::format("{}", fmt::join(definition.evidence_fields, ", "))));
    print_samples(out, "fires on", definition, "fires", definition.samples.fires);
    print_samples(out, "silent on", definition, "silent", definition.samples.silent);
    for (const auto& problem : problems_of(pack, rule)) out.line(problem_line(problem, out));
  }

  static void print_match(Terminal& out, const rules::Definition& definition) {
    if (!definition.is_pattern_rule()) {
      out.line(fmt::format("{}{}", heading("judged by"), printable(definition.match_kind)));
      for (const auto& [key, value] : *definition.parameters.object()) {
        out.write(block(fmt::format("{} {}", key, value.dump())));
      }
      for (const auto& step : definition.steps) {
        out.write(block(fmt::format("{} {}: {}", to_string(step.kind),
                                    step.field.empty() ? rules::default_step_field(step.kind)
                                                       : std::string_view(step.field),
                                    step.pattern)));
      }
      if (definition.within)
        out.write(block(fmt::format("within {} s", definition.within->count())));
      return;
    }
    std::vector<std::string> fields = definition.more_fields;
    fields.insert(fields.begin(),
                  definition.field.empty() ? "the usual field of the kind" : definition.field);
    out.line(fmt::format("{}{}", heading("searches"),
                         printable(fmt::format("{}", fmt::join(fields, ", ")))));
    out.write(beside("for", block(definition.pattern)));
  }

  static void print_emits(Terminal& out, const rules::Rule& rule,
                          const attack::Catalogue& catalogue) {
    std::string title = heading("tags");
    for (const auto& emit : rule.emits) {
      const auto& id = stored_technique(emit).text();
      const auto name = catalogue.name(id);
      const auto& written = emit.written.sub_technique_id ? *emit.written.sub_technique_id
                                                          : emit.written.technique_id;
      out.line(fmt::format(
          "{}{} {}, {}, confidence {}{}", title, out.styled(Style::kCyan, printable(id)),
          name.empty() ? "(not in this ATT&CK release)" : printable(name),
          printable(tactic_of(emit, catalogue)), Json(emit.written.confidence).dump(),
          emit.placement.succeeded ? fmt::format(" (written as {})", printable(written.text()))
                                   : ""));
      title = std::string(kIndent, ' ');
    }
    if (rule.emits.empty()) out.line(title + "nothing");
  }

  static void print_samples(Terminal& out, std::string_view title,
                            const rules::Definition& definition, const char* list,
                            const std::vector<Json>& samples) {
    std::string lead = heading(title);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto* text = samples[i].string();
      const std::string whole = text == nullptr ? samples[i].dump() : *text;
      const auto part = utf8_prefix(whole, kSampleBytes);
      const int number = definition.line_of(fmt::format("tests.{}[{}]", list, i));
      out.line(fmt::format("{}{} {}{}", lead, out.styled(Style::kDim, fmt::format("{:>4}", number)),
                           printable(part), part.size() < whole.size() ? "…" : ""));
      lead = std::string(kIndent, ' ');
    }
  }

  static Json json_of(const Pack& pack, const rules::Rule& rule, const lifters::Knowledge& known) {
    const auto& definition = rule.definition;
    const auto array = [](const std::vector<std::string>& texts) {
      return Json(Json::Array(texts.begin(), texts.end()));
    };
    Json match = Json::object({});
    if (definition.is_pattern_rule()) {
      match.set("pattern", definition.pattern);
      match.set("field", definition.field.empty() ? Json() : Json(definition.field));
      match.set("more_fields", array(definition.more_fields));
    } else {
      match.set("kind", definition.match_kind);
      match.set("parameters", definition.parameters);
    }
    if (definition.is_sequence_rule()) {
      Json::Array steps;
      for (const auto& step : definition.steps) {
        steps.push_back(Json::object({{"kind", to_string(step.kind)},
                                      {"field", step.field.empty() ? Json() : Json(step.field)},
                                      {"pattern", step.pattern}}));
      }
      match.set("steps", std::move(steps));
      match.set("within_s", definition.within
                                ? Json(static_cast<std::int64_t>(definition.within->count()))
                                : Json());
    }
    Json::Array emits;
    for (const auto& emit : rule.emits) {
      const auto& id = stored_technique(emit).text();
      const auto name = pack.catalogue->name(id);
      const auto& sub = emit.written.sub_technique_id;
      emits.push_back(Json::object(
          {{"technique", id},
           {"name", name.empty() ? Json() : Json(name)},
           {"tactic", emit.placement.tactic.text()},
           {"confidence", emit.written.confidence},
           {"written", (sub ? *sub : emit.written.technique_id).text()},
           {"url", emit.placement.mitre_url ? Json(*emit.placement.mitre_url) : Json()}}));
    }
    const auto silent = why_silent(pack, rule);
    const auto lacks = lifters::lacking(definition, known);
    return Json::object({{"rule", definition.id.text()},
                         {"version", definition.version},
                         {"name", definition.name},
                         {"description", definition.description},
                         {"path", to_valid_utf8(definition.path.string())},
                         {"line", definition.line},
                         {"state", as_json(state_of(pack, definition.id))},
                         {"silent", silent ? Json(*silent) : Json()},
                         {"lacking", lacks.empty() ? Json() : Json(lacks)},
                         {"applies_to", array(definition.applies_to)},
                         {"match", std::move(match)},
                         {"emits", Json(std::move(emits))},
                         {"evidence_fields", array(definition.evidence_fields)},
                         {"tests", Json::object({{"fires", Json(definition.samples.fires)},
                                                 {"silent", Json(definition.samples.silent)}})},
                         {"problems", as_json(problems_of(pack, rule))}});
  }

  std::vector<std::string> ids_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> ttp_rules_show() { return std::make_unique<Show>(); }

}  // namespace decnet::cli
