#include "decnet/evaluation/prediction.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <thread>
#include <utility>

namespace decnet::evaluation {
namespace {

constexpr std::size_t kBatch = 256;  // units a thread takes at once

void add(const Tag& tag, Prediction& prediction) {
  std::string technique = canonical(tag.most_specific().text());
  auto claim = std::lower_bound(
      prediction.claims.begin(), prediction.claims.end(), technique,
      [](const Claim& known, const std::string& id) { return known.technique < id; });
  if (claim == prediction.claims.end() || claim->technique != technique) {
    const Goals goals = goals_of(technique);
    claim = prediction.claims.insert(claim, {std::move(technique), goals, 0.0, {}});
  }
  claim->confidence = std::max(claim->confidence, tag.confidence);
  const std::string& rule = tag.rule_id.text();
  if (std::find(claim->rules.begin(), claim->rules.end(), rule) == claim->rules.end()) {
    claim->rules.push_back(rule);
  }
}

// Tags units [begin, end).
void predict_batch(const Units& units, std::size_t begin, std::size_t end,
                   const tagging::Tagger& tagger, const EventMaker& make_events,
                   std::vector<Prediction>& predictions) {
  std::vector<Event> events;
  events.reserve(end - begin);
  for (std::size_t i = begin; i < end; ++i) {
    auto made = make_events(units[i]);
    if (!made) continue;
    for (Event& event : *made) {
      event.source_id = std::to_string(i);  // by which its tags are known
      events.push_back(std::move(event));
    }
  }
  for (const Tag& tag : tagger.tag(events)) {
    std::size_t unit = end;
    const std::string& id = tag.source_id;
    std::from_chars(id.data(), id.data() + id.size(), unit);
    if (unit < end) add(tag, predictions[unit]);
  }
}

}  // namespace

bool Prediction::has(std::string_view technique) const {
  return std::any_of(claims.begin(), claims.end(),
                     [technique](const Claim& claim) { return claim.technique == technique; });
}

bool Prediction::has_parent(std::string_view parent) const {
  return std::any_of(claims.begin(), claims.end(),
                     [parent](const Claim& claim) { return claim.parent() == parent; });
}

std::vector<Prediction> predict(const Units& units, const tagging::Tagger& tagger,
                                const EventMaker& make_events, unsigned threads) {
  std::vector<Prediction> predictions(units.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (;;) {
      const std::size_t begin = next.fetch_add(kBatch);
      if (begin >= units.size()) return;
      predict_batch(units, begin, std::min(begin + kBatch, units.size()), tagger, make_events,
                    predictions);
    }
  };
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  return predictions;
}

}  // namespace decnet::evaluation
