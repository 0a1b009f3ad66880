// Baseline: the figures that were reached and are not to be lost, in a file that is committed.
//
// {"corpora": {"<file name of the corpus>": {"<path of a figure>": 0.61, …}, …}}
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/base/json.h"
#include "decnet/evaluation/scores.h"

namespace decnet::evaluation {

class Baseline {
 public:
  Baseline() = default;

  // Errors: as read_file; kInvalid when the file is none, naming it.
  static Result<Baseline> open(const std::filesystem::path& path);

  [[nodiscard]] bool has(std::string_view corpus) const;
  [[nodiscard]] std::optional<double> figure(std::string_view corpus, std::string_view path) const;

  [[nodiscard]] std::vector<std::string> figures(std::string_view corpus) const;

  // Replaces what it holds of that corpus by the figures that somebody wishes for.
  void set(std::string_view corpus, const Scores& scores);

  // Replaces the file by what this holds, one figure a line.
  [[nodiscard]] Result<void> save(const std::filesystem::path& path) const;

 private:
  Json corpora_ = Json::object({});
};

// A figure beside the one committed.
struct Change {
  std::string path;
  double before = 0.0;
  double now = 0.0;
  bool is_loss = false;  // it moved away from what is wished
};

// Of every committed figure of the corpus, in the order of the scores; one that is no longer there
// is a loss, at the end, with a NaN.
std::vector<Change> changes(const Baseline& baseline, std::string_view corpus,
                            const Scores& scores);

}  // namespace decnet::evaluation
