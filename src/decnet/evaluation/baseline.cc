#include "decnet/evaluation/baseline.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <limits>

#include "decnet/base/file.h"

namespace decnet::evaluation {

Result<Baseline> Baseline::open(const std::filesystem::path& path) {
  DECNET_TRY(const std::string text, read_file(path));
  const auto bad = [&path](std::string_view why) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: no baseline: {}", path.string(), why));
  };
  const auto document = Json::parse(text);
  if (!document) return bad(document.error().message);
  const Json* const corpora = document->find("corpora");
  if (corpora == nullptr || corpora->object() == nullptr) return bad("'corpora' is no object");
  for (const auto& [corpus, figures] : *corpora->object()) {
    if (figures.object() == nullptr) return bad(fmt::format("'{}' is no object", corpus));
    for (const auto& [figure, value] : *figures.object()) {
      double number = 0.0;
      if (!value.number(number)) return bad(fmt::format("'{}' is no number", figure));
    }
  }
  Baseline baseline;
  baseline.corpora_ = *corpora;
  return baseline;
}

bool Baseline::has(std::string_view corpus) const { return corpora_.find(corpus) != nullptr; }

std::optional<double> Baseline::figure(std::string_view corpus, std::string_view path) const {
  const Json* const figures = corpora_.find(corpus);
  const Json* const value = figures == nullptr ? nullptr : figures->find(path);
  double number = 0.0;
  if (value == nullptr || !value->number(number)) return std::nullopt;
  return number;
}

std::vector<std::string> Baseline::figures(std::string_view corpus) const {
  std::vector<std::string> paths;
  const Json* const figures = corpora_.find(corpus);
  if (figures == nullptr) return paths;
  for (const auto& [path, value] : *figures->object()) paths.push_back(path);
  return paths;
}

void Baseline::set(std::string_view corpus, const Scores& scores) {
  Json figures = Json::object({});
  for (const Figure& figure : scores.figures()) {
    if (figure.wish != Wish::kNone) figures.set(figure.path, Json(figure.value));
  }
  corpora_.set(corpus, std::move(figures));
}

Result<void> Baseline::save(const std::filesystem::path& path) const {
  std::string text = "{\n \"corpora\": {";
  const char* corpus_separator = "";
  for (const auto& [corpus, figures] : *corpora_.object()) {
    text += corpus_separator;
    text += "\n  ";
    append_json_string(text, corpus);
    text += ": {";
    const char* separator = "";
    for (const auto& [figure, value] : *figures.object()) {
      text += separator;
      text += "\n   ";
      append_json_string(text, figure);
      text += ": ";
      value.dump_to(text);
      separator = ",";
    }
    text += "\n  }";
    corpus_separator = ",";
  }
  text += "\n }\n}\n";

  std::filesystem::path aside = path;
  aside += ".new";
  std::ofstream file(aside, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return fail(system_error(aside, errno));
  if (std::rename(aside.c_str(), path.c_str()) != 0) return fail(system_error(path, errno));
  return {};
}

std::vector<Change> changes(const Baseline& baseline, std::string_view corpus,
                            const Scores& scores) {
  std::vector<Change> changes;
  for (const Figure& figure : scores.figures()) {
    const auto before = baseline.figure(corpus, figure.path);
    if (!before) continue;
    const bool is_loss = (figure.wish == Wish::kHigher && figure.value < *before) ||
                         (figure.wish == Wish::kLower && figure.value > *before);
    changes.push_back({figure.path, *before, figure.value, is_loss});
  }
  for (const std::string& path : baseline.figures(corpus)) {
    if (scores.find(path) != nullptr) continue;
    changes.push_back(
        {path, *baseline.figure(corpus, path), std::numeric_limits<double>::quiet_NaN(), true});
  }
  return changes;
}

}  // namespace decnet::evaluation
