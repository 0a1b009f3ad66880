#include "decnet/evaluation/calibration.h"

#include <algorithm>
#include <map>

namespace decnet::evaluation {
namespace {

void add(const Verdict::Judged& judged, Tally& tally) {
  ++tally.judged;
  tally.agree += judged.agrees ? 1 : 0;
  tally.stated += judged.claim->confidence;
}

}  // namespace

double Tally::precision() const {
  return quotient(static_cast<double>(agree), static_cast<double>(judged));
}

double Tally::mean_stated() const { return quotient(stated, static_cast<double>(judged)); }

std::array<Band, kBands> by_band(std::span<const Verdict> verdicts) {
  std::array<Band, kBands> bands = {
      {{">= 0.9", 0.9, {}}, {"0.7 - 0.9", 0.7, {}}, {"< 0.7", 0.0, {}}}};
  for (const Verdict& verdict : verdicts) {
    for (const auto& judged : verdict.judged) {
      auto* const band = std::find_if(
          bands.begin(), bands.end() - 1,
          [&judged](const Band& candidate) { return judged.claim->confidence >= candidate.from; });
      add(judged, band->tally);
    }
  }
  return bands;
}

std::vector<OfRule> by_rule(std::span<const Verdict> verdicts) {
  std::map<std::string_view, Tally> tallies;
  for (const Verdict& verdict : verdicts) {
    for (const auto& judged : verdict.judged) {
      for (const std::string& rule : judged.claim->rules) add(judged, tallies[rule]);
    }
  }
  std::vector<OfRule> rules;
  for (const auto& [rule, tally] : tallies) rules.push_back({std::string(rule), tally});
  return rules;
}

}  // namespace decnet::evaluation
