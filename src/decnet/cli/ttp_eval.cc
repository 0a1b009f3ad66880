// decnet ttp-eval: how accurate the tags are on labelled corpora.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "decnet/cli/commands.h"
#include "decnet/cli/detection.h"
#include "decnet/cli/eval_report.h"
#include "decnet/cli/explain_event.h"

namespace decnet::cli {
namespace {

constexpr std::int64_t kMaxListed = 100'000;
constexpr std::int64_t kMaxThreads = 64;

class TtpEval : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Tags every text of labelled corpora and says how well the tags agree with the "
            "labels: recall, precision and F1 by corpus, each with a 95 % confidence interval; how "
            "often tags of high, middle and low confidence are right; and the change against a "
            "baseline file. Needs no database and stores nothing.\n\n"
            "A corpus is a file of JSON lines, plain or gzip. Its first line says what it is: "
            "scripts with the technique they test, sessions with a tactic for each statement, "
            "snippets, requests, mails, harmless lines or lines without a label. "
            "docs/accuracy.md says what each figure measures.",
        .environment = {kDetectionSettings.begin(), kDetectionSettings.end()},
        .examples = {{"decnet ttp-eval corpora/*.jsonl", "every figure"},
                     {"decnet ttp-eval --rules my/rules --misses 50 corpora/atomic_linux.jsonl",
                      "what rules under development do not find yet"},
                     {"decnet ttp-eval --false-alarms 50 corpora/benign.jsonl",
                      "what they should not"},
                     {"decnet ttp-eval --by-rule corpora/*.jsonl",
                      "how often each rule is right, beside the confidence it states"},
                     {"decnet ttp-eval --baseline docs/accuracy-baseline.json corpora/*.jsonl",
                      "whether anything got worse"}},
        .success = "scored, and no figure of the baseline is worse",
        .failure =
            "a figure of the baseline got worse, or the corpora, the baseline, the rules or the "
            "catalogue cannot be used"};
  }

  void declare(Options& options) override {
    options.arguments("CORPUS", corpora_, "A labelled corpus.");
    options.text("--baseline", "FILE", baseline_file_,
                 "Shows the change against the figures in FILE.");
    options.flag("--write-baseline", write_baseline_,
                 "Writes the figures of these corpora to the file that --baseline names.");
    options.integer("--misses", "N", misses_, 0, kMaxListed,
                    "Lists N texts whose label no tag agrees with, with the tags they got.");
    options.integer("--false-alarms", "N", false_alarms_, 0, kMaxListed,
                    "Lists N texts that should not be tagged so, with the tags they got.");
    options.flag("--by-rule", by_rule_, "Shows how often the tags of each rule are right.");
    options.flag("--json", json_, "Prints one JSON object a corpus.");
    options.integer("--threads", "N", threads_, 1, kMaxThreads, "Tags on N threads.");
    declare_rules_option(options);
  }

  int run(Context& context) override {
    if (write_baseline_ && !baseline_file_) {
      return context.failed("--write-baseline needs --baseline FILE", kUsageError);
    }
    const auto baseline = opened_baseline();
    if (!baseline) return context.failed(baseline.error());
    const auto detection = open_detection(context);
    if (!detection) return context.failed(detection.error());

    evaluation::Baseline next = *baseline;
    std::size_t losses = 0;
    for (const std::string& path : corpora_) {
      const auto corpus = evaluation::open_corpus(path);
      if (!corpus) return context.failed(corpus.error());
      EvalResult result = evaluated(path, **corpus, *detection->tagger);
      result.changes = evaluation::changes(*baseline, result.name, result.scores);
      losses += static_cast<std::size_t>(
          std::count_if(result.changes.begin(), result.changes.end(),
                        [](const evaluation::Change& change) { return change.is_loss; }));
      next.set(result.name, result.scores);
      if (json_) {
        context.out.json_line(as_json(result, listing()).dump());
      } else {
        context.out.write(as_text(result, listing(), context.out));
      }
    }
    if (write_baseline_) {
      if (auto saved = next.save(*baseline_file_); !saved) return context.failed(saved.error());
      return kSuccess;
    }
    if (losses == 0) return kSuccess;
    return context.failed(fmt::format("{} of {} got worse", losses, *baseline_file_));
  }

 private:
  [[nodiscard]] Result<evaluation::Baseline> opened_baseline() const {
    if (!baseline_file_) return evaluation::Baseline();
    auto baseline = evaluation::Baseline::open(*baseline_file_);
    const bool begins = write_baseline_ && !baseline &&  //
                        baseline.error().code == ErrorCode::kNotFound;
    return begins ? evaluation::Baseline() : std::move(baseline);
  }

  [[nodiscard]] EvalListing listing() const {
    return {.misses = static_cast<std::size_t>(misses_.value_or(0)),
            .false_alarms = static_cast<std::size_t>(false_alarms_.value_or(0)),
            .by_rule = by_rule_};
  }

  [[nodiscard]] EvalResult evaluated(const std::string& path, const evaluation::Corpus& corpus,
                                     const tagging::Tagger& tagger) const {
    EvalResult result;
    result.name = std::filesystem::path(path).filename().string();
    result.kind = corpus.kind();
    result.rows = corpus.rows();
    result.units = corpus.units().size();
    result.predictions = evaluation::predict(
        corpus.units(), tagger,
        [](const evaluation::Unit& unit) -> Result<std::vector<Event>> {
          if (unit.kind == "command") return std::vector{explained_command(unit.text)};
          return explained_events(unit.kind, unit.payload);
        },
        static_cast<unsigned>(threads_.value_or(1)));
    result.scores = evaluation::scored_with_intervals(
        corpus.rows(),
        [&](std::span<const std::size_t> rows) { return corpus.score(rows, result.predictions); });
    result.verdicts = corpus.verdicts(result.predictions);
    return result;
  }

  std::vector<std::string> corpora_;
  std::optional<std::string> baseline_file_;
  bool write_baseline_ = false;
  std::optional<std::int64_t> misses_;
  std::optional<std::int64_t> false_alarms_;
  bool by_rule_ = false;
  bool json_ = false;
  std::optional<std::int64_t> threads_ = 2;
};

}  // namespace

std::unique_ptr<Command> ttp_eval() { return std::make_unique<TtpEval>(); }

}  // namespace decnet::cli
