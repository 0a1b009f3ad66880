#include "decnet/activity/login_events.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "decnet/base/uuid.h"
#include "decnet/model/tag.h"

namespace decnet::activity {
namespace {

constexpr std::size_t kMaxServices = 4096;

void raise(std::size_t count, UtcTime time, std::size_t& peak, UtcTime& at) {
  if (count < peak) return;
  peak = count;
  at = time;
}

}  // namespace

UtcTime login_window(UtcTime time) {
  const auto window = std::chrono::duration_cast<UtcTime::duration>(kLoginWindow);
  return UtcTime(time.time_since_epoch() / window * window);
}

std::string_view to_string(LoginOutcome outcome) {
  switch (outcome) {
    case LoginOutcome::kFailed:
      return "failed";
    case LoginOutcome::kSuccess:
      return "success";
    case LoginOutcome::kSuccessAfterBrute:
      return "success_after_brute";
  }
  return "failed";
}

// The id names everything that tells this event from others, each part with its length.
Event LoginEvents::event(std::string_view what, std::initializer_list<std::string_view> names,
                         UtcTime time, const std::string& decky, Json payload) const {
  std::string name = "auth_attempt";
  const auto append = [&name](std::string_view part) {
    fmt::format_to(std::back_inserter(name), "|{}:{}", part.size(), part);
  };
  append(what);
  append(whom_.attacker_uuid);
  append(fmt::format_int(window_.time_since_epoch().count()).str());
  for (const std::string_view part : names) append(part);
  payload.set("ts", to_iso_text(time));
  return event_of(SourceKind::kAuthAttempt, uuid_v5(tag_namespace(), name), whom_, {}, decky,
                  std::move(payload));
}

void LoginEvents::forget_before(UtcTime time) {
  while (!recent_.empty() && (recent_.front().time < time || recent_.size() > kMaxRecent)) {
    const auto& [decky, service, username, password] = recent_.front().pair;
    if (recent_.front().failed) {
      const auto failures = failures_.find({decky, service});
      if (--failures->second == 0) failures_.erase(failures);
    }
    const auto account = passwords_.find({decky, service, username});
    const auto tried = account->second.find(password);
    if (--tried->second == 0) account->second.erase(tried);
    if (account->second.empty()) passwords_.erase(account);
    recent_.pop_front();
  }
}

LoginOutcome LoginEvents::add(const storage::ObservedLogin& login, std::vector<Event>& events) {
  const UtcTime window = login_window(login.time);
  if (any_ && window != window_) finish(events);
  any_ = true;
  window_ = window;

  const Service service{login.decky, login.service};
  const Account account{login.decky, login.service, login.username};
  const Pair pair{login.decky, login.service, login.username, login.password};
  forget_before(login.time - kLoginWindow);
  recent_.push_back({login.time, pair, !login.success});
  auto& passwords = passwords_[account];
  ++passwords[login.password];
  auto& peak = most_passwords_[account];
  raise(passwords.size(), login.time, peak.count, peak.time);
  pairs_.try_emplace(pair, login.time);
  if (pairs_.size() > kMaxRecent) pairs_.erase(std::prev(pairs_.end()));

  if (brute_.size() > kMaxServices && !brute_.contains(service)) brute_.clear();
  auto& brute = brute_[service];
  while (!brute.empty() && brute.front() < login.time - kBruteMemory) brute.pop_front();
  if (!login.success) {
    auto& failures = failures_[service];
    auto& most = most_failures_[service];
    raise(++failures, login.time, most.count, most.time);
    brute.push_back(login.time);
    if (brute.size() > kBrute) brute.pop_front();
    return LoginOutcome::kFailed;
  }
  const bool prior_brute = brute.size() >= kBrute;
  successes_.push_back(event("success", {login.id}, login.time, login.decky,
                             Json::object({{"result", "success"},
                                           {"username", login.username},
                                           {"prior_brute", prior_brute},
                                           {"service", login.service}})));
  successes_.back().session_id =
      login.session_id.empty() ? std::nullopt : std::optional(login.session_id);
  return prior_brute ? LoginOutcome::kSuccessAfterBrute : LoginOutcome::kSuccess;
}

void LoginEvents::finish(std::vector<Event>& events) {
  for (const auto& [key, peak] : most_failures_) {
    const auto& [decky, service] = key;
    events.push_back(event("failures", {decky, service}, peak.time, decky,
                           Json::object({{"fail_count", static_cast<std::int64_t>(peak.count)},
                                         {"service", service}})));
  }
  for (const auto& [key, peak] : most_passwords_) {
    const auto& [decky, service, username] = key;
    events.push_back(event("account", {decky, service, username}, peak.time, decky,
                           Json::object({{"username", username},
                                         {"password_count", static_cast<std::int64_t>(peak.count)},
                                         {"service", service}})));
  }
  for (const auto& [key, time] : pairs_) {
    const auto& [decky, service, username, password] = key;
    events.push_back(event(
        "pair", {decky, service, username, password}, time, decky,
        Json::object({{"username", username}, {"password", password}, {"service", service}})));
  }
  events.insert(events.end(), std::make_move_iterator(successes_.begin()),
                std::make_move_iterator(successes_.end()));
  most_failures_.clear();
  most_passwords_.clear();
  pairs_.clear();
  successes_.clear();
  any_ = false;
}

}  // namespace decnet::activity
