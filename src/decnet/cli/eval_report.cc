#include "decnet/cli/eval_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "decnet/base/utf8.h"
#include "decnet/cli/table.h"
#include "decnet/evaluation/calibration.h"

namespace decnet::cli {
namespace {

using evaluation::Verdict;

constexpr std::size_t kShownBytes = 400;  // of a text, for a person

std::vector<const Verdict*> listed(const EvalResult& result, Verdict::Outcome outcome,
                                   std::size_t wanted) {
  std::vector<const Verdict*> found;
  for (const Verdict& verdict : result.verdicts) {
    if (verdict.outcome == outcome) found.push_back(&verdict);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Verdict* a, const Verdict* b) { return a->times > b->times; });
  if (found.size() > wanted) found.resize(wanted);
  return found;
}

std::string tags_of(const Verdict& verdict) {
  std::string text;
  for (const auto* claim : verdict.tags) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {:.2f}", claim->technique, claim->confidence);
    for (const auto& rule : claim->rules) text += " " + rule;
  }
  return text.empty() ? "no tag" : text;
}

std::string listing_text(std::string_view title, const std::vector<const Verdict*>& verdicts,
                         const Terminal& out) {
  std::string text = fmt::format("\n{}\n", out.styled(Style::kBold, title));
  for (const Verdict* verdict : verdicts) {
    const auto part = utf8_prefix(verdict->text, kShownBytes);
    text += fmt::format("  {}{}\n", printable(part), part.size() < verdict->text.size() ? "…" : "");
    const std::string times =
        verdict->times > 1 ? fmt::format(" ({} times)", verdict->times) : std::string();
    text +=
        out.styled(Style::kDim, fmt::format("    wanted {}{}; got {}", printable(verdict->wanted),
                                            times, printable(tags_of(*verdict))));
    text += '\n';
  }
  return text;
}

const evaluation::Change* change_of(const EvalResult& result, std::string_view path) {
  for (const auto& change : result.changes) {
    if (change.path == path) return &change;
  }
  return nullptr;
}

std::string change_text(const evaluation::Change& change) {
  if (std::isnan(change.now)) return "gone, LOSS";
  const double difference = change.now - change.before;
  if (difference == 0.0) return "=";
  return fmt::format("{:+.4f}{}", difference, change.is_loss ? " LOSS" : "");
}

std::string figures_text(const EvalResult& result, const Terminal& out) {
  const bool compared = !result.changes.empty();
  std::vector<Table::Column> columns = {{.title = "figure"},
                                        {.title = "value", .align = Table::Align::kRight},
                                        {.title = "95 % interval", .align = Table::Align::kRight}};
  if (compared) columns.push_back({.title = "baseline", .align = Table::Align::kRight});
  Table table(std::move(columns));
  for (const auto& figure : result.scores.figures()) {
    std::vector<std::string> cells = {
        figure.path,
        figure.is_count ? with_thousands(static_cast<std::uint64_t>(figure.value))
                        : fmt::format("{:.4f}", figure.value),
        figure.interval
            ? fmt::format("{:.3f} - {:.3f}", figure.interval->low, figure.interval->high)
            : std::string()};
    if (compared) {
      const auto* change = change_of(result, figure.path);
      cells.push_back(change == nullptr ? std::string() : change_text(*change));
    }
    table.row(cells);
  }
  for (const auto& change : result.changes) {
    if (std::isnan(change.now)) table.row({change.path, "", "", change_text(change)});
  }
  return table.text(out);
}

std::string tally_interval(const evaluation::Tally& tally) {
  if (tally.judged == 0) return {};
  const auto interval =
      evaluation::wilson(static_cast<double>(tally.agree), static_cast<double>(tally.judged));
  return fmt::format("{:.3f} - {:.3f}", interval.low, interval.high);
}

Table tally_table(std::string first) {
  return Table({{.title = std::move(first)},
                {.title = "tags", .align = Table::Align::kRight},
                {.title = "precision", .align = Table::Align::kRight},
                {.title = "95 % interval", .align = Table::Align::kRight},
                {.title = "mean stated", .align = Table::Align::kRight}});
}

void add_row(std::string_view first, const evaluation::Tally& tally, Table& table) {
  table.row({std::string(first), with_thousands(static_cast<std::uint64_t>(tally.judged)),
             tally.judged == 0 ? std::string("-") : fmt::format("{:.3f}", tally.precision()),
             tally_interval(tally),
             tally.judged == 0 ? std::string("-") : fmt::format("{:.3f}", tally.mean_stated())});
}

Json tally_json(std::string_view key, std::string_view name, const evaluation::Tally& tally) {
  return Json::object({{std::string(key), Json(name)},
                       {"tags", tally.judged},
                       {"precision", evaluation::rounded(tally.precision())},
                       {"mean_stated", evaluation::rounded(tally.mean_stated())}});
}

Json listing_json(const std::vector<const Verdict*>& verdicts) {
  Json::Array array;
  for (const Verdict* verdict : verdicts) {
    Json::Array tags;
    for (const auto* claim : verdict->tags) {
      Json::Array rules;
      for (const auto& rule : claim->rules) rules.emplace_back(rule);
      tags.push_back(Json::object({{"technique", claim->technique},
                                   {"confidence", claim->confidence},
                                   {"rules", Json(std::move(rules))}}));
    }
    array.push_back(Json::object({{"text", verdict->text},
                                  {"wanted", verdict->wanted},
                                  {"times", verdict->times},
                                  {"tags", Json(std::move(tags))}}));
  }
  return array;
}

}  // namespace

std::string as_text(const EvalResult& result, const EvalListing& listing, const Terminal& out) {
  std::string text = out.styled(
      Style::kBold, fmt::format("{} ({}): {} rows, {} texts", printable(result.name), result.kind,
                                with_thousands(result.rows), with_thousands(result.units)));
  text += "\n\n" + figures_text(result, out);

  const auto bands = evaluation::by_band(result.verdicts);
  if (std::any_of(bands.begin(), bands.end(),
                  [](const evaluation::Band& band) { return band.tally.judged > 0; })) {
    Table table = tally_table("confidence");
    for (const auto& band : bands) add_row(band.name, band.tally, table);
    text += "\n" + table.text(out);
  }
  if (listing.by_rule) {
    Table table = tally_table("rule");
    for (const auto& [rule, tally] : evaluation::by_rule(result.verdicts)) {
      add_row(rule, tally, table);
    }
    text += "\n" + table.text(out);
  }
  if (listing.misses > 0) {
    text += listing_text("missed", listed(result, Verdict::Outcome::kMissed, listing.misses), out);
  }
  if (listing.false_alarms > 0) {
    text += listing_text("false alarms",
                         listed(result, Verdict::Outcome::kFalseAlarm, listing.false_alarms), out);
  }
  return text + "\n";
}

Json as_json(const EvalResult& result, const EvalListing& listing) {
  Json intervals = Json::object({});
  for (const auto& figure : result.scores.figures()) {
    if (!figure.interval) continue;
    intervals.set(figure.path, Json::array({evaluation::rounded(figure.interval->low),
                                            evaluation::rounded(figure.interval->high)}));
  }
  Json::Array bands;
  for (const auto& band : evaluation::by_band(result.verdicts)) {
    bands.push_back(tally_json("confidence", band.name, band.tally));
  }
  Json::Array changes;
  for (const auto& change : result.changes) {
    changes.push_back(Json::object({{"figure", change.path},
                                    {"before", change.before},
                                    {"now", change.now},
                                    {"loss", change.is_loss}}));
  }
  Json object = Json::object({{"corpus", to_valid_utf8(result.name)},
                              {"kind", result.kind},
                              {"rows", static_cast<std::int64_t>(result.rows)},
                              {"units", static_cast<std::int64_t>(result.units)},
                              {"scores", result.scores.json()},
                              {"intervals", std::move(intervals)},
                              {"bands", Json(std::move(bands))},
                              {"changes", Json(std::move(changes))}});
  if (listing.by_rule) {
    Json::Array rules;
    for (const auto& [rule, tally] : evaluation::by_rule(result.verdicts)) {
      rules.push_back(tally_json("rule", rule, tally));
    }
    object.set("rules", Json(std::move(rules)));
  }
  if (listing.misses > 0) {
    object.set("misses", listing_json(listed(result, Verdict::Outcome::kMissed, listing.misses)));
  }
  if (listing.false_alarms > 0) {
    object.set("false_alarms",
               listing_json(listed(result, Verdict::Outcome::kFalseAlarm, listing.false_alarms)));
  }
  return object;
}

}  // namespace decnet::cli
