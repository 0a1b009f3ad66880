// What `ttp-eval` found out about one corpus, for a person and for a program.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/json.h"
#include "decnet/cli/terminal.h"
#include "decnet/evaluation/baseline.h"
#include "decnet/evaluation/corpus.h"
#include "decnet/evaluation/scores.h"

namespace decnet::cli {

// Its verdicts look into its predictions: it is moved, never copied.
struct EvalResult {
  EvalResult() = default;
  EvalResult(const EvalResult&) = delete;
  EvalResult(EvalResult&&) = default;

  std::string name;  // of the file
  std::string_view kind;
  std::size_t rows = 0;
  std::size_t units = 0;
  std::vector<evaluation::Prediction> predictions;
  evaluation::Scores scores;
  std::vector<evaluation::Change> changes;
  std::vector<evaluation::Verdict> verdicts;
};

// What is wanted beside the figures: so many misses and false alarms, the most frequent first.
struct EvalListing {
  std::size_t misses = 0;
  std::size_t false_alarms = 0;
  bool by_rule = false;
};

std::string as_text(const EvalResult& result, const EvalListing& listing, const Terminal& out);

// {"corpus", "kind", "rows", "units", "scores": the object that the paths of the figures make,
//  "intervals": {path: [low, high]}, "bands": […], "changes": […]} and, when asked for, "rules",
// "misses", "false_alarms".
Json as_json(const EvalResult& result, const EvalListing& listing);

}  // namespace decnet::cli
