// Scores: the figures of one corpus, each with a 95 % confidence interval.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/json.h"

namespace decnet::evaluation {

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

// Of `successes` among `trials` independent ones, at least one: Wilson's, which also says something
// where none or all succeeded.
Interval wilson(double successes, double trials);

// `value` to four decimals.
double rounded(double value);

// numerator / denominator; 0 when the denominator is 0.
double quotient(double numerator, double denominator);

// What one wishes of a figure. Those wished for are the ones a baseline keeps from falling.
enum class Wish : std::uint8_t { kNone, kHigher, kLower };

struct Figure {
  std::string path;    // "mapped/session_tactic_set/f1"
  double value = 0.0;  // to four decimals
  bool is_count = false;
  Wish wish = Wish::kNone;
  // Of a share of rows that are judged one by one; otherwise resampling the rows says how sure the
  // figure is.
  std::optional<Interval> interval;
};

class Scores {
 public:
  void count(std::string path, std::int64_t number);
  // Rows that do among rows that could.
  void share(std::string path, std::int64_t rows, std::int64_t of, Wish wish = Wish::kNone);
  void value(std::string path, double value, Wish wish = Wish::kNone);
  // Something beside figures.
  void list(std::string path, Json content);

  [[nodiscard]] const std::vector<Figure>& figures() const { return figures_; }
  [[nodiscard]] std::vector<Figure>& figures() { return figures_; }
  [[nodiscard]] const Figure* find(std::string_view path) const;

  // The figures by the parts of their paths: {"mapped": {"session_tactic_set": {"f1": 0.49}}}.
  [[nodiscard]] Json json() const;

 private:
  std::vector<Figure> figures_;
  std::vector<std::pair<std::string, Json>> lists_;
};

// The scores of all `rows` rows, with intervals: figures without one of their own get that between
// the 2.5th and the 97.5th percentile of 200 scorings of as many rows drawn with repetition, the
// same ones every time. `score` is given indices of rows.
Scores scored_with_intervals(std::size_t rows,
                             const std::function<Scores(std::span<const std::size_t> rows)>& score);

}  // namespace decnet::evaluation
