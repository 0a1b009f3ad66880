#include "decnet/evaluation/scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace decnet::evaluation {
namespace {

constexpr double kStandardDeviations = 1.959963984540054;  // of 95 %
constexpr std::size_t kResamples = 200;

// Steele, Lea, Flood: SplitMix64. The standard's distributions differ between libraries.
class Draws {
 public:
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

 private:
  std::uint64_t state_ = 0;
};

void set_at(Json& object, std::string_view path, Json value) {
  const auto slash = path.find('/');
  const std::string_view key = path.substr(0, slash);
  if (slash == std::string_view::npos) return object.set(key, std::move(value));
  const Json* const known = object.find(key);
  Json inner = known == nullptr ? Json::object({}) : *known;
  set_at(inner, path.substr(slash + 1), std::move(value));
  object.set(key, std::move(inner));
}

}  // namespace

Interval wilson(double successes, double trials) {
  const double z2 = kStandardDeviations * kStandardDeviations;
  const double share = successes / trials;
  const double centre = (share + z2 / (2 * trials)) / (1 + z2 / trials);
  const double reach = kStandardDeviations / (1 + z2 / trials) *
                       std::sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials));
  return {std::max(0.0, centre - reach), std::min(1.0, centre + reach)};
}

double rounded(double value) {
  // As other programs that print four decimals: to the nearest by the exact value of the double.
  return std::strtod(fmt::format("{:.4f}", value).c_str(), nullptr);
}

double quotient(double numerator, double denominator) {
  return denominator == 0.0 ? 0.0 : numerator / denominator;
}

void Scores::count(std::string path, std::int64_t number) {
  figures_.push_back(
      {std::move(path), static_cast<double>(number), true, Wish::kNone, std::nullopt});
}

void Scores::share(std::string path, std::int64_t rows, std::int64_t of, Wish wish) {
  const auto successes = static_cast<double>(rows);
  const auto trials = static_cast<double>(of);
  std::optional<Interval> interval;
  if (of > 0) interval = wilson(successes, trials);
  figures_.push_back(
      {std::move(path), rounded(quotient(successes, trials)), false, wish, interval});
}

void Scores::value(std::string path, double value, Wish wish) {
  figures_.push_back({std::move(path), rounded(value), false, wish, std::nullopt});
}

void Scores::list(std::string path, Json content) {
  lists_.emplace_back(std::move(path), std::move(content));
}

const Figure* Scores::find(std::string_view path) const {
  const auto found = std::find_if(figures_.begin(), figures_.end(),
                                  [path](const Figure& figure) { return figure.path == path; });
  return found == figures_.end() ? nullptr : &*found;
}

Json Scores::json() const {
  Json object = Json::object({});
  for (const Figure& figure : figures_) {
    set_at(object, figure.path,
           figure.is_count ? Json(static_cast<std::int64_t>(figure.value)) : Json(figure.value));
  }
  for (const auto& [path, content] : lists_) set_at(object, path, content);
  return object;
}

Scores scored_with_intervals(
    std::size_t rows, const std::function<Scores(std::span<const std::size_t> rows)>& score) {
  std::vector<std::size_t> drawn(rows);
  std::iota(drawn.begin(), drawn.end(), std::size_t{0});
  Scores scores = score(drawn);

  std::unordered_map<std::string, std::vector<double>> seen;  // of figures without an interval
  for (const Figure& figure : scores.figures()) {
    if (!figure.interval && !figure.is_count) seen.try_emplace(figure.path);
  }
  if (seen.empty() || rows == 0) return scores;
  Draws draws;
  for (std::size_t resample = 0; resample < kResamples; ++resample) {
    for (std::size_t& row : drawn) row = draws.next() % rows;
    const Scores again = score(drawn);
    for (const Figure& figure : again.figures()) {
      if (const auto known = seen.find(figure.path); known != seen.end()) {
        known->second.push_back(figure.value);
      }
    }
  }
  for (Figure& figure : scores.figures()) {
    const auto known = seen.find(figure.path);
    if (known == seen.end() || known->second.empty()) continue;
    auto& values = known->second;
    std::sort(values.begin(), values.end());
    const auto at = [&values](double share) {
      return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
    };
    figure.interval = Interval{at(0.025), at(0.975)};
  }
  return scores;
}

}  // namespace decnet::evaluation
