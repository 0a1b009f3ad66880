// Prediction: what the tagger says about one unit, as scoring reads it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/evaluation/readings.h"
#include "decnet/evaluation/unit.h"
#include "decnet/model/event.h"
#include "decnet/tagging/tagger.h"

namespace decnet::evaluation {

// One technique that a unit was tagged with.
struct Claim {
  std::string technique;  // canonical and most specific
  Goals goals;
  double confidence = 0.0;         // the highest of its tags
  std::vector<std::string> rules;  // that gave it, each once, in the order of the tags

  [[nodiscard]] std::string_view parent() const { return parent_of(technique); }
};

struct Prediction {
  std::vector<Claim> claims;  // ascending by technique, each once

  [[nodiscard]] bool has(std::string_view technique) const;
  [[nodiscard]] bool has_parent(std::string_view parent) const;
};

// The events that stand for a unit, with an attacker. An error means that this program cannot judge
// such a unit: it counts as not tagged.
using EventMaker = std::function<Result<std::vector<Event>>(const Unit& unit)>;

// One prediction a unit, in order; the same whatever the number of threads (at least one).
// `make_events` is called from all of them.
std::vector<Prediction> predict(const Units& units, const tagging::Tagger& tagger,
                                const EventMaker& make_events, unsigned threads);

}  // namespace decnet::evaluation
