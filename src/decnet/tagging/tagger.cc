#include "decnet/tagging/tagger.h"

#include <fmt/format.h>

#include <bit>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"

namespace decnet::tagging {
namespace {

constexpr std::string_view kComponent = "ttp.engine";

// Kinds come from outside: what is remembered of them is bounded.
constexpr std::size_t kMaxUnclaimed = 256;
constexpr std::size_t kMaxKindShown = 64;

}  // namespace

Tagger::Tagger(std::shared_ptr<const rules::RuleSet> rules, const Clock& clock,
               std::span<const lifters::Lifter> registry)
    : clock_(clock) {
  replace(std::move(rules), {});
  for (const lifters::Lifter& lifter : registry) {
    for (const SourceKind kind : lifter.kinds) {
      by_kind_[static_cast<std::size_t>(kind)].push_back(&lifter);
    }
  }
}

std::vector<Tag> Tagger::tag(const Event& event, std::vector<Suppressed>* suppressed) const {
  return tag(std::span(&event, 1), suppressed);
}

std::vector<Tag> Tagger::tag(std::span<const Event> events,
                             std::vector<Suppressed>* suppressed) const {
  const auto now_in_force = in_force();
  const UtcTime now = clock_.now();
  std::vector<Tag> tags;
  for (const Event& event : events) {
    const lifters::Lifting lifting{event,    *now_in_force->rules,  now,        tags,
                                   dropped_, &now_in_force->states, suppressed, known_};
    if (measurements_ == nullptr) {
      tag_into(lifting);
      continue;
    }
    const std::size_t before = tags.size();
    const auto began = std::chrono::steady_clock::now();
    tag_into(lifting);
    measurements_->record(std::chrono::steady_clock::now() - began,
                          std::span(tags).subspan(before));
  }
  return tags;
}

void Tagger::set_rules(std::shared_ptr<const rules::RuleSet> rules) {
  const std::lock_guard lock(set_mutex_);
  replace(std::move(rules), states());
}

void Tagger::set_states(rules::States states) {
  const std::lock_guard lock(set_mutex_);
  replace(rules(), std::move(states));
}

void Tagger::set(std::shared_ptr<const rules::RuleSet> rules, rules::States states) {
  const std::lock_guard lock(set_mutex_);
  replace(std::move(rules), std::move(states));
}

void Tagger::replace(std::shared_ptr<const rules::RuleSet> rules, rules::States states) {
  rules::Overlay overlay(*rules, std::move(states));
  std::shared_ptr<const InForce> next =
      std::make_shared<InForce>(InForce{std::move(rules), std::move(overlay)});
  {
    const std::lock_guard lock(in_force_mutex_);
    in_force_.swap(next);
  }
  retired_.push_back(std::move(next));
  std::erase_if(retired_, [](const auto& old) { return old.use_count() <= 1; });
}

std::shared_ptr<const Tagger::InForce> Tagger::in_force() const {
  const std::lock_guard lock(in_force_mutex_);
  return in_force_;
}

std::shared_ptr<const rules::RuleSet> Tagger::rules() const { return in_force()->rules; }

rules::States Tagger::states() const { return in_force()->states.states(); }

void Tagger::tag_into(const lifters::Lifting& lifting) const {
  const Event& event = lifting.event;
  if (!event.has_anchor()) {
    log::debug(kComponent, "an event with neither attacker nor identity: no tags");
    return;
  }
  const auto kind = source_kind(event.source_kind);
  if (!kind || by_kind_[static_cast<std::size_t>(*kind)].empty()) {
    return say_unclaimed(event.source_kind);
  }
  for (const lifters::Lifter* lifter : by_kind_[static_cast<std::size_t>(*kind)]) {
    run(*lifter, lifting);
  }
}

void Tagger::run(const lifters::Lifter& lifter, const lifters::Lifting& lifting) const {
  const std::size_t before = lifting.tags.size();
  const std::size_t withheld = lifting.suppressed == nullptr ? 0 : lifting.suppressed->size();
  std::optional<std::string> failure;
  try {
    lifter.lift(lifting);
  } catch (const std::exception& problem) {
    failure = problem.what();
  } catch (...) {  // one lifter's bug costs its own tags, whatever it throws
    failure = "an exception of unknown type";
  }
  if (!failure) return;
  lifting.tags.erase(lifting.tags.begin() + static_cast<std::ptrdiff_t>(before),
                     lifting.tags.end());
  if (lifting.suppressed != nullptr) {
    lifting.suppressed->erase(lifting.suppressed->begin() + static_cast<std::ptrdiff_t>(withheld),
                              lifting.suppressed->end());
  }
  say_failed(lifter, *failure);
}

void Tagger::say_failed(const lifters::Lifter& lifter, std::string_view reason) const {
  const std::uint64_t count = ++lifter_failures_;
  if (!std::has_single_bit(count)) return;
  log::warning(kComponent, fmt::format("lifter {} failed: {}; its tags of that event are lost "
                                       "({} failures so far)",
                                       lifter.name, reason, count));
}

void Tagger::say_unclaimed(const std::string& source_kind) const {
  const std::string shown(utf8_prefix(source_kind, kMaxKindShown));
  {
    const std::lock_guard lock(unclaimed_mutex_);
    if (unclaimed_.size() >= kMaxUnclaimed) return;
    if (!unclaimed_.insert(shown).second) return;
  }
  const bool known = decnet::source_kind(source_kind).has_value();
  log::write(
      known ? log::Level::kWarning : log::Level::kInfo, kComponent,
      fmt::format("source kind '{}': no lifter claims it, so its events yield no tags", shown));
}

}  // namespace decnet::tagging
