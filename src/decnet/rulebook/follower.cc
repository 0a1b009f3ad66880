#include "decnet/rulebook/follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "decnet/base/log.h"

namespace decnet::rulebook {
namespace {

using rules::State;
using rulestore::Change;

// Nothing but wake() ends a wait on a store where nothing happens.
constexpr std::chrono::hours kForLong{1};
// Between two tries to reach a store that does not answer.
constexpr std::chrono::seconds kNextTry{1};
// A deployment replaces hundreds of rules at once: the first ones say enough.
constexpr std::size_t kChangesLogged = 20;

std::string text_of(const Change& change) {
  const std::string& rule = change.rule.text();
  switch (change.kind) {
    case Change::Kind::kDefinition:
      return fmt::format("rule {}: version {} is in force", rule, change.definition->version);
    case Change::Kind::kDeleted:
      return fmt::format("rule {}: is gone", rule);
    case Change::Kind::kAutoRevert:
      return fmt::format("rule {}: the time of its state is over", rule);
    case Change::Kind::kState:
      break;
  }
  const State& state = *change.state;
  std::string text = fmt::format("rule {}: {}", rule, to_string(state.kind));
  if (state.kind == State::Kind::kClipped && state.confidence_max) {
    text += fmt::format(" to {}", *state.confidence_max);
  }
  if (state.expires_at) text += fmt::format(" until {}", to_iso_text(*state.expires_at));
  if (!state.set_by.empty()) text += fmt::format(" by {}", state.set_by);
  if (!state.reason.empty()) text += fmt::format(" ({})", state.reason);
  return text;
}

void log_changes(const std::string& component, std::span<const Change> changes) {
  for (const Change& change : changes.first(std::min(changes.size(), kChangesLogged))) {
    log::info(component, text_of(change));
  }
  if (changes.size() > kChangesLogged) {
    log::info(component, fmt::format("and {} more changes of rules and states",
                                     changes.size() - kChangesLogged));
  }
}

}  // namespace

Follower::Follower(Parts parts)
    : parts_(std::move(parts)),
      problem_log_(parts_.component),
      id_problem_log_("ttp.index", rulestore::ProblemLog::Warnings::kForEveryone) {
  put_in_force();
  status_.reloads = 0;
}

void Follower::run(const Told& told) {
  turn(told);  // what the book has to tell from opening, and what happened since
  while (!stopping_) {
    if (wait()) turn(told);
  }
  const std::lock_guard lock(mutex_);
  has_ended_ = true;
  answered_.notify_all();
}

void Follower::stop() {
  stopping_ = true;
  parts_.book.store().wake();
}

// True when it is time to look.
bool Follower::wait() {
  const bool failing = !status().failure.empty();
  const auto time = failing ? std::chrono::milliseconds(kNextTry) : kForLong;
  if (parts_.book.store().wait(time) || failing) return !stopping_;
  const std::lock_guard lock(mutex_);
  return !stopping_ && looks_done_ < looks_asked_;
}

void Follower::turn(const Told& told) {
  std::uint64_t asked = 0;
  {
    const std::lock_guard lock(mutex_);
    asked = looks_asked_;
  }
  if (asked > looks_done_) look_at_everything();
  const auto changes = parts_.book.refresh();
  if (changes) {
    put_in_force();
    log_changes(parts_.component, *changes);
    if (!changes->empty()) told(*changes);
  } else {
    tell_failure(changes.error().message);
  }
  const std::lock_guard lock(mutex_);
  looks_done_ = asked;
  answered_.notify_all();
}

// The next refresh() does; under another catalogue, where there is one.
void Follower::look_at_everything() {
  parts_.book.store().doubt();
  if (!parts_.catalogue) return;
  auto catalogue = parts_.catalogue();
  if (catalogue) parts_.book.set_catalogue(*catalogue);
  const std::lock_guard lock(mutex_);
  catalogue_failure_ = catalogue ? "" : catalogue.error().message;
}

void Follower::put_in_force() {
  Rulebook& book = parts_.book;
  problem_log_.tell(book.problems());
  id_problem_log_.tell(book.id_problems());
  Status now = status_of_book();
  const bool is_other =
      parts_.tagger.rules() != book.rules() || parts_.tagger.states() != book.states();
  if (is_other) parts_.tagger.set(book.rules(), book.states());

  const std::lock_guard lock(mutex_);
  if (!status_.failure.empty()) log::info(parts_.component, "the rules can be looked at again");
  now.reloads = status_.reloads + (is_other ? 1 : 0);
  status_ = std::move(now);
}

void Follower::tell_failure(const std::string& failure) {
  const std::lock_guard lock(mutex_);
  if (status_.failure == failure) return;
  log::warning(parts_.component,
               fmt::format("rules not looked at: {}; what was in force stays", failure));
  status_.failure = failure;
}

Status Follower::status_of_book() const {
  Status status;
  for (const auto& [rule, state] : parts_.book.states()) {
    if (parts_.book.rules()->find(rule) == nullptr) continue;
    status.disabled += state.kind == State::Kind::kDisabled ? 1 : 0;
    status.clipped += state.kind == State::Kind::kClipped ? 1 : 0;
  }
  status.broken = rulestore::broken(parts_.book.problems());
  return status;
}

std::string Follower::look_again(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++looks_asked_;
  parts_.book.store().wake();
  const bool answered =
      answered_.wait_for(lock, time, [this, mine] { return looks_done_ >= mine || has_ended_; });
  if (!answered) return "the rules are still being looked at";
  if (!status_.failure.empty()) return fmt::format("rules not looked at: {}", status_.failure);
  if (catalogue_failure_.empty()) return {};
  return fmt::format("ATT&CK catalogue not read again: {}; the old one stays", catalogue_failure_);
}

Status Follower::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace decnet::rulebook
