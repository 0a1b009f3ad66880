#include "decnet/cli/ttp_rules/navigator_layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "decnet/base/utf8.h"
#include "decnet/cli/ttp_rules/problems.h"

namespace decnet::cli {
namespace {

constexpr std::string_view kDomain = "enterprise";

std::string comment_of(const CoveredTechnique& entry) {
  std::string comment;
  for (const auto& [rule, confidence, active] : entry.rules) {
    if (!comment.empty()) comment += '\n';
    const auto& definition = rule->definition;
    comment += fmt::format("{} {} ({}){}", definition.id.text(), printable(definition.name),
                           Json(confidence).dump(), active ? "" : ", cannot fire");
  }
  return comment;
}

// "19" of "v19", "18" of "v18.1"; empty for a release that has no number.
std::string major_version(std::string_view release) {
  if (!release.starts_with('v')) return {};
  release.remove_prefix(1);
  return std::string(release.substr(0, release.find_first_not_of("0123456789")));
}

class LayerBuilder {
 public:
  explicit LayerBuilder(const attack::Catalogue& catalogue) : catalogue_(catalogue) {}

  // False when the technique is not of the matrix that the layer shows.
  bool add(const CoveredTechnique& entry) {
    const auto* technique = catalogue_.technique(entry.technique);
    if (technique == nullptr || technique->domain != kDomain) return false;
    const std::string phase = phase_of(*technique, entry.tactic);
    const std::size_t score = entry.active_rules();
    Json& shown = at(entry.technique, phase);
    shown.set("score", static_cast<std::int64_t>(score));
    shown.set("comment", comment_of(entry));
    shown.set("enabled", score > 0);
    highest_ = std::max(highest_, score);
    scored_.insert(entry.technique);
    // A sub-technique is seen only where its parent is unfolded.
    if (!technique->parent.empty()) at(technique->parent, phase).set("showSubtechniques", true);
    return true;
  }

  [[nodiscard]] Json::Array techniques() const {
    Json::Array all;
    for (const auto& [key, technique] : techniques_) all.push_back(technique);
    return all;
  }
  [[nodiscard]] std::size_t scored() const { return scored_.size(); }
  [[nodiscard]] std::size_t highest() const { return highest_; }

 private:
  // The kill-chain phase, or nothing (every phase of the technique) when ATT&CK does not list it
  // there.
  [[nodiscard]] std::string phase_of(const attack::Technique& technique,
                                     const std::string& tactic) const {
    const auto& tactics = technique.tactics;
    const auto* known = catalogue_.tactic(tactic);
    if (known == nullptr || std::find(tactics.begin(), tactics.end(), tactic) == tactics.end()) {
      return {};
    }
    return known->short_name;
  }

  Json& at(const std::string& technique, const std::string& phase) {
    Json& entry = techniques_[{technique, phase}];
    if (!entry.is_null()) return entry;
    entry = Json::object({{"techniqueID", technique}});
    if (!phase.empty()) entry.set("tactic", phase);
    entry.set("comment", "");
    entry.set("enabled", true);
    entry.set("showSubtechniques", false);
    return entry;
  }

  const attack::Catalogue& catalogue_;
  std::map<std::pair<std::string, std::string>, Json> techniques_;  // by id and phase
  std::set<std::string> scored_;
  std::size_t highest_ = 1;
};

}  // namespace

NavigatorLayer navigator_layer(std::span<const CoveredTechnique> coverage, const Pack& pack) {
  NavigatorLayer result;
  LayerBuilder builder(*pack.catalogue);
  for (const auto& entry : coverage) {
    if (!builder.add(entry)) result.left_out.push_back(entry.technique);
  }
  result.techniques = builder.scored();

  Json versions = Json::object({{"navigator", "5.1.0"}, {"layer", "4.5"}});
  if (const auto major = major_version(pack.catalogue->release()); !major.empty()) {
    versions.set("attack", major);
  }
  result.layer = Json::object(
      {{"name", "DECNET rule coverage"},
       {"versions", std::move(versions)},
       {"domain", "enterprise-attack"},
       {"description", fmt::format("{}; the score of a technique is how many of them can tag it",
                                   counted(pack.rules->rules().size(), "detection rule"))},
       {"techniques", builder.techniques()},
       {"gradient", Json::object({{"colors", Json::array({"#d5e8d4", "#82b366", "#2d6a2d"})},
                                  {"minValue", 0},
                                  {"maxValue", static_cast<std::int64_t>(builder.highest())}})},
       {"hideDisabled", false},
       {"metadata", Json::array({})}});
  return result;
}

}  // namespace decnet::cli
