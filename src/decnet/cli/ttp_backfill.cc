// decnet ttp-backfill: stored history through the rules.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <utility>

#include "decnet/base/python_text.h"
#include "decnet/base/utf8.h"
#include "decnet/cli/commands.h"
#include "decnet/cli/database.h"
#include "decnet/cli/detection.h"
#include "decnet/cli/progress.h"
#include "decnet/cli/stop_signals.h"
#include "decnet/cli/table.h"
#include "decnet/pipeline/replay.h"
#include "decnet/rulebook/budget_record.h"

namespace decnet::cli {
namespace {

using pipeline::ReplayCounters;
using pipeline::ReplayOptions;
using std::chrono::steady_clock;

// What can be replayed, each in the order it is when all of them are.
struct Slice {
  std::string_view source;  // as --source names it
  std::string_view rows;    // as the progress line calls them
  bool has_commands;        // whether its summary counts them
  Result<storage::RowCounts> (storage::History::*count)(UtcTime);
  decltype(&pipeline::replay_commands) replay;
};

constexpr std::array kSlices = {
    Slice{.source = "command",
          .rows = "attackers",
          .has_commands = true,
          .count = &storage::History::count_attackers,
          .replay = pipeline::replay_commands},
    Slice{.source = "canary",
          .rows = "triggers",
          .has_commands = false,
          .count = &storage::History::count_canary_triggers,
          .replay = pipeline::replay_canary_triggers},
};

// What came of a slice. Of activity it is not known how many rows are older.
struct Outcome {
  ReplayCounters counters;
  std::optional<std::uint64_t> older_rows;  // passed over for their age
};

// Everything else that is stored (pipeline/replay.h). Replayed last.
constexpr std::string_view kActivity = "activity";
constexpr const char* kAll = "all";
// A session is announced when it ends: until then its commands, which may be in the history
// already, have not come live.
constexpr std::chrono::hours kLongestSession{24};

constexpr std::int64_t kSinceDays = 7;
constexpr std::int64_t kBatchSize = 500;

std::string_view truth(bool value) { return value ? "True" : "False"; }

Json number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

class Backfill : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Tags stored activity: the commands of every attacker seen in the last days, however "
            "old each command is, the canary tokens triggered in them, and activity: the logins, "
            "web requests, transfers and contacts of imported logs, and what sessions add up to. "
            "Tags that are there "
            "already stay as they are, so running it again is safe and stores only what is new. "
            "What `decnet ttp` tagged live is recognised and keeps its ids. States that operators "
            "gave rules count as they are at the start: a disabled rule gives no tags. Rates do "
            "not: what was withheld live for that is tagged. Nothing is announced on a bus.\n\n"
            "Standard output has one line at the start and one after each source; warnings and, "
            "on a terminal, the progress go to standard error:\n\n"
            "  TTP backfill since=<time> source=all dry_run=False batch_size=500\n"
            "  source=command rows=<attackers> commands=<n> inserted=<new tags> ...\n"
            "  source=canary rows=<triggers> inserted=<new tags> ...\n\n"
            "Attackers and triggers that --since-days leaves out are counted: on standard error, "
            "and as older_rows in JSON.\n\n"
            "Ctrl+C and SIGTERM stop it: what is tagged is written, and the next run does the "
            "rest. A second one ends it at once, which loses nothing either.",
        .environment = {kDetectionSettings.begin(), kDetectionSettings.end()},
        .examples = {{"decnet ttp-backfill", "the last week"},
                     {"decnet ttp-backfill -s 3650 --source command", "commands of ten years"},
                     {"decnet ttp-backfill --dry-run --json", "what would be found, for a script"}},
        .success = "done, or stopped by Ctrl+C (by SIGTERM: 143)",
        .failure = "the database or the ATT&CK bundle cannot be used"};
  }

  void declare(Options& options) override {
    options.integer("--since-days,-s", "N", since_days_, 1, 3650,
                    "Replays rows newer than that many days.");
    options.text("--source", "SOURCE", source_,
                 "Which source to replay: command, canary or all; or activity alone.");
    options.flag("--dry-run", dry_run_, "Tags, but writes nothing; only counts are reported.");
    options.integer("--batch-size", "N", batch_size_, 1, 100'000,
                    "Tags collected before each write.");
    declare_database_option(options);
    declare_rules_option(options);
    options.flag("--json", json_, "Prints JSON lines instead of the ones above.");
  }

  int run(Context& context) override {
    if (!is_source(source())) return refuse_source(context);
    const StopSignals signals;
    const auto since = system_clock().now() - std::chrono::days(since_days());
    say_header(context, since);

    const auto database = open_history(context);
    if (!database) return context.failed(database.error());
    // Tags are stored through a connection of their own, while history is read.
    std::unique_ptr<storage::Database> store;
    if (!dry_run_) {
      auto opened = open_database(context.config, storage::OpenMode::kExisting);
      if (!opened) return context.failed(opened.error());
      store = *std::move(opened);
    }
    const auto detection = open_detection(context);
    if (!detection) return context.failed(detection.error());

    const int code =
        replay_all(context, **database, *detection->tagger, store.get(), since, signals);
    if (store == nullptr) return code;
    const auto recorded = rulebook::BudgetRecord(system_clock())
                              .write(*detection->tagger->rules(), store->rule_budgets());
    return recorded ? code : context.failed(recorded.error());
  }

 private:
  int replay_all(Context& context, storage::Database& database, const tagging::Tagger& tagger,
                 storage::Database* store, UtcTime since, const StopSignals& signals) const {
    for (const auto& slice : kSlices) {
      if (source() != kAll && source() != slice.source) continue;
      const auto started = steady_clock::now();
      const auto outcome = replay(context, slice, database, tagger, store, since, signals);
      if (!outcome) return context.failed(outcome.error());
      if (outcome->counters.interrupted) return say_interrupted(context, slice, *outcome, signals);
      say_slice(context, slice, *outcome, steady_clock::now() - started);
    }
    if (source() != kAll && source() != kActivity) return kSuccess;
    return replay_activity(context, database, tagger, store, since, signals);
  }

  static bool is_source(std::string_view word) {
    if (word == kAll || word == kActivity) return true;
    return std::any_of(kSlices.begin(), kSlices.end(),
                       [word](const Slice& slice) { return slice.source == word; });
  }

  int refuse_source(Context& context) const {
    const auto message = fmt::format(
        "invalid --source {}; expected one of ('command', 'canary', 'all')", python_repr(source()));
    if (json_) {
      context.out.line(Json::object({{"type", "error"}, {"message", message}}).dump());
    } else {
      context.out.line(context.out.styled(Style::kRed, message));
    }
    return kUsageError;
  }

  // A database that is not there is made, as by every command that stores; but whoever replays
  // history expects some, so it is said.
  static Result<std::unique_ptr<storage::Database>> open_history(Context& context) {
    DECNET_TRY(const auto path, database_file(context.config));
    std::error_code unreadable;  // then opening says so
    const bool is_there = std::filesystem::exists(path, unreadable) || unreadable;
    DECNET_TRY(auto database, open_database(context.config, storage::OpenMode::kCreate));
    if (!is_there) {
      context.err.line(fmt::format("decnet ttp-backfill: {} was not there; made an empty database",
                                   printable(path.string())));
    }
    return database;
  }

  Result<Outcome> replay(Context& context, const Slice& slice, storage::Database& database,
                         const tagging::Tagger& tagger, storage::Database* store, UtcTime since,
                         const StopSignals& signals) const {
    DECNET_TRY(const auto rows, (database.history().*slice.count)(since));
    // Where no live worker ever was, nothing can come live.
    DECNET_TRY(const auto worker_alive, database.ledger().cursor(storage::kWorkerAlive));
    std::optional<UtcTime> record_from;
    if (worker_alive) record_from = system_clock().now() - kLongestSession;
    Progress progress(context.err, std::string(slice.rows));
    DECNET_TRY(auto counters,
               slice.replay(database.history(), tagger, store,
                            ReplayOptions{.since = since,
                                          .batch_size = static_cast<std::size_t>(batch_size()),
                                          .progress =
                                              [&](const ReplayCounters& now) {
                                                progress.update(now.rows, rows.since, note(now));
                                              },
                                          .stop = [&] { return signals.received() != 0; },
                                          .seen = &database.ledger().seen(),
                                          .record_from = record_from}));
    return Outcome{std::move(counters), rows.before};
  }

  // What else is stored. The lines of the other sources are agreed on with those who read them, so
  // that of this one is among them only when it was asked for by name.
  int replay_activity(Context& context, storage::Database& database, const tagging::Tagger& tagger,
                      storage::Database* store, UtcTime since, const StopSignals& signals) const {
    constexpr Slice kSlice{.source = kActivity,
                           .rows = "records",
                           .has_commands = false,
                           .count = nullptr,
                           .replay = nullptr};
    const auto started = steady_clock::now();
    Progress progress(context.err, std::string(kSlice.rows));
    const auto counters = pipeline::replay_activity(
        database, tagger, store,
        {.since = since,
         .batch_size = static_cast<std::size_t>(batch_size()),
         .progress = [&](const ReplayCounters& now) { progress.update(now.rows, 0, note(now)); },
         .stop = [&] { return signals.received() != 0; }});
    progress.clear();
    if (!counters) return context.failed(counters.error());
    if (counters->interrupted) return say_interrupted(context, kSlice, {*counters, {}}, signals);
    if (source() == kActivity) {
      say_slice(context, kSlice, {*counters, {}}, steady_clock::now() - started);
    } else if (counters->events > 0) {
      context.err.line(fmt::format(
          "decnet ttp-backfill: {} events of logins, sessions, requests and the like: {} new tags",
          with_thousands(counters->events), with_thousands(counters->inserted)));
    }
    return kSuccess;
  }

  static std::string note(const ReplayCounters& counters) {
    return fmt::format("{} tags, {} new", with_thousands(counters.tags),
                       with_thousands(counters.inserted));
  }

  void say_header(Context& context, UtcTime since) const {
    if (json_) {
      context.out.line(Json::object({{"type", "start"},
                                     {"since", to_iso_text(since)},
                                     {"source", source()},
                                     {"dry_run", dry_run_},
                                     {"batch_size", batch_size()}})
                           .dump());
    } else {
      context.out.line(context.out.styled(
          Style::kHeader,
          fmt::format("TTP backfill since={} source={} dry_run={} batch_size={}",
                      to_iso_text(since), source(), truth(dry_run_), batch_size())));
    }
    (void)context.out.flush();  // what got lost is said at the end
  }

  void say_slice(Context& context, const Slice& slice, const Outcome& outcome,
                 std::chrono::duration<double> elapsed) const {
    const ReplayCounters& counters = outcome.counters;
    if (json_) {
      auto line = as_json("slice", slice, outcome);
      line.set("elapsed_s", elapsed.count());
      context.out.line(line.dump());
    } else {
      const auto commands =
          slice.has_commands ? fmt::format(" commands={}", counters.commands) : std::string();
      context.out.line(fmt::format("source={} rows={}{} inserted={} dry_run={} elapsed_s={:.2f}",
                                   slice.source, counters.rows, commands, counters.inserted,
                                   truth(dry_run_), elapsed.count()));
    }
    (void)context.out.flush();
    say_what_else(context, slice, outcome);
  }

  int say_interrupted(Context& context, const Slice& slice, const Outcome& outcome,
                      const StopSignals& signals) const {
    if (json_) {
      context.out.line(as_json("interrupted", slice, outcome).dump());
    } else {
      context.out.line("");
      context.out.line(context.out.styled(Style::kYellow, "Backfill interrupted."));
    }
    say_what_else(context, slice, outcome);
    return signals.received() == SIGTERM ? 128 + SIGTERM : kSuccess;
  }

  // Not part of the contract's lines, so not on standard output.
  void say_what_else(Context& context, const Slice& slice, const Outcome& outcome) const {
    const ReplayCounters& counters = outcome.counters;
    if (const auto older = outcome.older_rows.value_or(0); older > 0) {
      context.err.line(
          fmt::format("decnet ttp-backfill: {} passed over, older than --since-days {}: {}",
                      slice.rows, since_days(), with_thousands(older)));
    }
    if (counters.tagged_live > 0) {
      context.err.line(fmt::format(
          "decnet ttp-backfill: {} commands were tagged live before; they keep the ids they have",
          counters.tagged_live));
    }
    if (counters.older_than_record > 0) {
      context.err.line(
          fmt::format("decnet ttp-backfill: {} commands are older than the record of what was "
                      "tagged live; those that were now have tags under two ids",
                      counters.older_than_record));
    }
    if (counters.skipped_rows > 0) {
      context.err.line(
          fmt::format("decnet ttp-backfill: {} rows could not be read and were skipped",
                      counters.skipped_rows));
    }
    if (counters.refused > 0) {
      context.err.line(fmt::format(
          "decnet ttp-backfill: {} tags were refused by the database's rules", counters.refused));
    }
  }

  Json as_json(std::string_view type, const Slice& slice, const Outcome& outcome) const {
    const ReplayCounters& counters = outcome.counters;
    Json line =
        Json::object({{"type", type}, {"source", slice.source}, {"rows", number(counters.rows)}});
    if (slice.has_commands) {
      line.set("commands", number(counters.commands));
      line.set("tagged_live", number(counters.tagged_live));
      line.set("older_than_record", number(counters.older_than_record));
    }
    line.set("events", number(counters.events));
    line.set("tags", number(counters.tags));
    line.set("inserted", number(counters.inserted));
    line.set("refused", number(counters.refused));
    line.set("skipped_rows", number(counters.skipped_rows));
    if (outcome.older_rows) line.set("older_rows", number(*outcome.older_rows));
    line.set("dry_run", dry_run_);
    return line;
  }

  // The options have defaults, so there always is a value.
  [[nodiscard]] std::int64_t since_days() const { return since_days_.value_or(kSinceDays); }
  [[nodiscard]] std::string source() const { return source_.value_or(kAll); }
  [[nodiscard]] std::int64_t batch_size() const { return batch_size_.value_or(kBatchSize); }

  std::optional<std::int64_t> since_days_ = kSinceDays;
  std::optional<std::string> source_ = kAll;
  std::optional<std::int64_t> batch_size_ = kBatchSize;
  bool dry_run_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> ttp_backfill() { return std::make_unique<Backfill>(); }

}  // namespace decnet::cli
