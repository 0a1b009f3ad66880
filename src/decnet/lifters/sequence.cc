// sequence.cc: what an attacker did in a session, one thing after the other.
//
// The session's payload lists its commands, logins and transfers. Together they are its entries, in
// the order of their times; one without a time stands at that of the entry before it in its list.
// Of one time: logins, transfers, commands.
// The steps of a rule are found in that order: each in a later entry than the step before it, or
// further on in the text of the same one, because a whole attack is often one line.
//
// Cost: each pattern of a rule is searched at most twice in an entry, and entries are bounded.
#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "decnet/base/utf8.h"
#include "decnet/lifters/evidence.h"
#include "decnet/lifters/lifter.h"
#include "decnet/matching/evaluated_text.h"

namespace decnet::lifters {
namespace {

constexpr std::array kKinds = {SourceKind::kSession};

// Of each list; and of all texts together.
constexpr std::size_t kMaxEntries = 4096;
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxMatchedBytes = 256;

struct Entry {
  SourceKind kind;
  const Json* value;  // a text, or an object
  std::optional<UtcTime> time;
};

void add_entries(const Json& payload, std::string_view list, SourceKind kind,
                 std::vector<Entry>& entries) {
  const Json* value = payload.find(list);
  if (value == nullptr || value->array() == nullptr) return;
  std::optional<UtcTime> time;
  const std::size_t count = std::min(value->array()->size(), kMaxEntries);
  for (std::size_t i = 0; i < count; ++i) {
    const Json& entry = (*value->array())[i];
    if (entry.string() == nullptr && entry.object() == nullptr) continue;
    if (const auto own = event_time(entry)) time = own;
    entries.push_back({kind, &entry, time});
  }
}

std::vector<Entry> entries_of(const Json& payload) {
  std::vector<Entry> entries;
  add_entries(payload, "logins", SourceKind::kAuthAttempt, entries);
  add_entries(payload, "transfers", SourceKind::kPayload, entries);
  add_entries(payload, "commands", SourceKind::kCommand, entries);
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.time < b.time; });
  return entries;
}

const std::string* field_of(const Entry& entry, std::string_view field) {
  const bool is_default = field == rules::default_step_field(entry.kind);
  if (entry.value->string() != nullptr) return is_default ? entry.value->string() : nullptr;
  const Json* value = entry.value->find(field);
  if (is_default && entry.kind == SourceKind::kCommand) {
    for (const std::string_view other : {"text", "command"}) {
      if (value != nullptr && value->truthy()) break;
      value = entry.value->find(other);
    }
  }
  return value == nullptr ? nullptr : value->string();
}

// A step that was found.
struct Found {
  const Entry* entry;
  std::string matched;
};
// The first steps of a rule, found.
struct Chain {
  bool alive = false;
  std::optional<UtcTime> began;
  std::size_t end = 0;  // in the text of the last step
  std::vector<Found> found;
};

// Of two chains of the same steps the one that began later: it is the last to run out of time.
bool is_better(const Chain& a, const Chain& b) {
  if (a.alive != b.alive) return a.alive;
  if (a.began != b.began) return a.began > b.began;
  return a.end < b.end;
}

class Search {
 public:
  explicit Search(const rules::Rule& rule)
      : rule_(rule), steps_(rule.definition.steps), chains_(rule.steps.size() + 1) {
    chains_.front().alive = true;
  }

  // Goes on with the next entry; what was found once all steps are.
  const std::vector<Found>* take(const Entry& entry) {
    std::vector<Chain> here(chains_.size());  // that end in this entry
    bool any = false;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (steps_[i].kind != entry.kind) continue;
      const bool same_text = i > 0 && here[i].alive && steps_[i].kind == steps_[i - 1].kind &&
                             field(i) == field(i - 1);
      if (!chains_[i].alive && !same_text) continue;
      matching::EvaluatedText text;
      const std::string* whole = field_of(entry, field(i));
      if (whole == nullptr) continue;
      matching::evaluated_text(*whole, text);
      if (chains_[i].alive) extend(i, chains_[i], 0, text.text, entry, here);
      if (same_text) extend(i, here[i], here[i].end, text.text, entry, here);
      any = any || here[i + 1].alive;
    }
    if (!any) return nullptr;
    for (std::size_t i = 1; i < chains_.size(); ++i) {
      if (is_better(here[i], chains_[i])) chains_[i] = std::move(here[i]);
    }
    return chains_.back().alive ? &chains_.back().found : nullptr;
  }

 private:
  [[nodiscard]] std::string_view field(std::size_t step) const {
    const std::string& named = steps_[step].field;
    return named.empty() ? rules::default_step_field(steps_[step].kind) : std::string_view(named);
  }

  void extend(std::size_t step, const Chain& before, std::size_t begin, std::string_view text,
              const Entry& entry, std::vector<Chain>& here) const {
    const auto& within = rule_.definition.within;
    if (within && before.began && entry.time && *entry.time - *before.began > *within) return;
    const auto [outcome, where] = rule_.steps[step]->search(text.substr(begin));
    if (outcome != matching::Pattern::Outcome::kFound) return;
    Chain next;
    next.alive = true;
    next.began = step == 0 ? entry.time : before.began;
    next.end = begin + where.end;
    if (!is_better(next, here[step + 1])) return;
    next.found = before.found;
    const auto matched = text.substr(begin + where.begin, where.end - where.begin);
    next.found.push_back({&entry, std::string(utf8_prefix(matched, kMaxMatchedBytes))});
    here[step + 1] = std::move(next);
  }

  const rules::Rule& rule_;
  const std::vector<rules::SequenceStep>& steps_;
  std::vector<Chain> chains_;  // of so many steps, that end before the current entry
};

Json evidence_of(const Event& event, const rules::Rule& rule, const std::vector<Found>& found) {
  Evidence evidence;
  for (const std::string& key : rule.definition.evidence_fields) evidence.copy(event.payload, key);
  Json::Array steps;
  for (const Found& step : found) {
    Json told = Json::object({{"kind", to_string(step.entry->kind)}, {"matched", step.matched}});
    if (step.entry->time) told.set("ts", to_iso_text(*step.entry->time));
    steps.push_back(std::move(told));
  }
  evidence.set("steps", std::move(steps));
  evidence.mark_truncated();
  if (const auto& last = found.back().entry->time) evidence.set("ts", to_iso_text(*last));
  return evidence.take();
}

void lift(const Lifting& lifting) {
  std::optional<std::vector<Entry>> entries;  // built for the first rule that needs them
  for (const rules::Rule* rule : lifting.rules.lifter_rules(lifting.event.source_kind)) {
    if (!rule->definition.is_sequence_rule() || rule->steps.empty()) continue;
    if (!entries) entries = entries_of(lifting.event.payload);
    Search search(*rule);
    std::size_t left = kMaxTextBytes;
    for (const Entry& entry : *entries) {
      const std::string* text = field_of(entry, rules::default_step_field(entry.kind));
      const std::size_t size = text == nullptr ? 1 : text->size() + 1;
      if (size > left) break;
      left -= size;
      if (const auto* found = search.take(entry)) {
        lifting.fire(*rule, evidence_of(lifting.event, *rule, *found));
        break;
      }
    }
  }
}

}  // namespace

Lifter sequence() { return {"sequence", kKinds, lift}; }

}  // namespace decnet::lifters
