// decnet ttp-summary: which techniques the stored tags show, and by how many attackers.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "decnet/attack/catalogue.h"
#include "decnet/base/json.h"
#include "decnet/base/utf8.h"
#include "decnet/cli/commands.h"
#include "decnet/cli/database.h"
#include "decnet/cli/detection.h"
#include "decnet/cli/table.h"

namespace decnet::cli {
namespace {

using storage::SummaryFilter;
using storage::TechniqueSummary;

constexpr std::size_t kBarColumns = 12;
constexpr std::size_t kRoomForBars = 110;  // a narrower terminal needs the columns for names

std::string day_of(UtcTime time) { return to_iso_text(time).substr(0, 10); }

class TtpSummary : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Shows which MITRE ATT&CK techniques the stored tags say were used: how many tags, "
            "by how many attackers, first and last seen. Tactics stand in the order of the "
            "matrix; within one, the technique with most tags comes first.\n\n"
            "Times are those of the attacker's acts where a tag knows them, else of the "
            "tagging; UTC.",
        .environment = {"DECNET_DB_TYPE", "DECNET_DB_PATH", "DECNET_ATTACK_BUNDLE"},
        .examples = {{"decnet ttp-summary", "everything stored"},
                     {"decnet ttp-summary --attacker 203.0.113.7", "what one attacker did"},
                     {"decnet ttp-summary --since-days 7 --min-confidence 0.8",
                      "the last week, what is nearly certain"},
                     {"decnet ttp-summary --json | jq '.techniques[].technique'", "for a program"}},
        .success = "shown, be it nothing",
        .failure = "the database cannot be read, or this host is an agent"};
  }

  void declare(Options& options) override {
    declare_database_option(options);
    options.integer("--since-days,-s", "N", since_days_, 1, 36500,
                    "Only what was seen in the last N days.");
    options.text("--attacker", "ID", attacker_, "Only one attacker: IP address or uuid.");
    options.number("--min-confidence", "X", min_confidence_, 0, 1,
                   "Only tags of at least this confidence.");
    options.flag("--json", json_, "Prints one JSON object instead of the table.");
  }

  int run(Context& context) override {
    const auto catalogue = open_catalogue(context.config);
    if (!catalogue) return context.failed(catalogue.error());
    auto database = open_database(context.config, storage::OpenMode::kExisting);
    if (!database) return context.failed(database.error());
    auto summaries = (*database)->summaries().by_technique(filter());
    if (!summaries) return context.failed(summaries.error());
    order(*summaries, **catalogue);
    if (json_) {
      context.out.json_line(as_json((*database)->name(), *summaries, **catalogue).dump());
    } else if (summaries->empty()) {
      return explain_nothing(context, **database);
    } else {
      print(context, (*database)->name(), *summaries, **catalogue);
    }
    return kSuccess;
  }

 private:
  [[nodiscard]] SummaryFilter filter() const {
    SummaryFilter filter;
    if (since_days_) filter.since = system_clock().now() - std::chrono::days(*since_days_);
    filter.attacker = attacker_;
    filter.min_confidence = min_confidence_.value_or(0);
    return filter;
  }

  static void order(std::vector<TechniqueSummary>& summaries, const attack::Catalogue& catalogue) {
    std::map<std::string, std::size_t> places;
    for (const auto& tactic : catalogue.tactics()) places.emplace(tactic.id, places.size());
    const auto place = [&](const TechniqueSummary& summary) {
      const auto found = places.find(summary.tactic);
      return found == places.end() ? places.size() : found->second;
    };
    std::sort(summaries.begin(), summaries.end(), [&](const auto& a, const auto& b) {
      return std::tuple(place(a), a.tactic, b.tags, a.technique) <
             std::tuple(place(b), b.tactic, a.tags, b.technique);
    });
  }

  static void print(const Context& context, const std::string& name,
                    const std::vector<TechniqueSummary>& summaries,
                    const attack::Catalogue& catalogue) {
    std::uint64_t tags = 0;
    std::uint64_t most = 0;
    for (const auto& summary : summaries) {
      tags += summary.tags;
      most = std::max(most, summary.tags);
    }
    const std::size_t width = context.out.width();
    const bool with_bars = width == 0 || width >= kRoomForBars;
    std::vector<Table::Column> columns = {{.title = "tactic", .shrinks = true},
                                          {.title = "technique", .style = Style::kCyan},
                                          {.title = "name", .shrinks = true},
                                          {.title = "tags", .align = Table::Align::kRight},
                                          {.title = "attackers", .align = Table::Align::kRight},
                                          {.title = "first seen", .style = Style::kDim},
                                          {.title = "last seen", .style = Style::kDim}};
    if (with_bars) columns.push_back({.title = "", .style = Style::kYellow});
    Table table(std::move(columns));
    for (const auto& summary : summaries) {
      const auto* const tactic = catalogue.tactic(summary.tactic);
      std::vector<std::string> cells = {tactic == nullptr ? summary.tactic : tactic->name,
                                        summary.technique,
                                        catalogue.name(summary.technique),
                                        with_thousands(summary.tags),
                                        with_thousands(summary.attackers),
                                        day_of(summary.first_seen),
                                        day_of(summary.last_seen)};
      if (with_bars) {
        cells.push_back(
            bar(static_cast<double>(summary.tags), static_cast<double>(most), kBarColumns));
      }
      table.row(cells);
    }
    context.out.write(table.text(context.out));
    context.out.line(context.out.styled(
        Style::kDim, fmt::format("{} tags, {} techniques, {}", with_thousands(tags),
                                 summaries.size(), printable(name))));
  }

  static Json as_json(const std::string& name, const std::vector<TechniqueSummary>& summaries,
                      const attack::Catalogue& catalogue) {
    Json::Array techniques;
    for (const auto& summary : summaries) {
      const auto* const tactic = catalogue.tactic(summary.tactic);
      const auto* const technique = catalogue.technique(summary.technique);
      const auto full_name = catalogue.name(summary.technique);
      techniques.push_back(
          Json::object({{"tactic", Json(summary.tactic)},
                        {"tactic_name", tactic == nullptr ? Json() : Json(tactic->name)},
                        {"technique", Json(summary.technique)},
                        {"name", full_name.empty() ? Json() : Json(full_name)},
                        {"url", technique == nullptr ? Json() : Json(technique->url)},
                        {"tags", Json(static_cast<std::int64_t>(summary.tags))},
                        {"attackers", Json(static_cast<std::int64_t>(summary.attackers))},
                        {"max_confidence", Json(summary.max_confidence)},
                        {"first_seen", Json(to_iso_text(summary.first_seen))},
                        {"last_seen", Json(to_iso_text(summary.last_seen))}}));
    }
    return Json::object({{"database", Json(name)},
                         {"attack_release", Json(catalogue.release())},
                         {"techniques", Json(std::move(techniques))}});
  }

  int explain_nothing(const Context& context, storage::Database& database) const {
    const auto all = database.summaries().by_technique({});
    if (!all) return context.failed(all.error());
    const auto name = printable(database.name());
    context.out.line(
        all->empty() ? fmt::format("{} holds no tags yet. `decnet import cowrie FILE` brings "
                                   "in a honeypot log, `decnet ttp-backfill` tags it.",
                                   name)
                     : fmt::format("No tag in {} is of that time, attacker and confidence.", name));
    return kSuccess;
  }

  std::optional<std::int64_t> since_days_;
  std::optional<std::string> attacker_;
  std::optional<double> min_confidence_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> ttp_summary() { return std::make_unique<TtpSummary>(); }

}  // namespace decnet::cli
