// LoginEvents: what the logins of one attacker add up to, as events of kind auth_attempt.
//
// Time is cut into windows of five minutes that begin at multiples of five minutes, so that an id
// follows from the logins alone, whenever and from whichever file they were read. Of each window:
//
//   one a service          fail_count: the most failures within any five minutes that end in it
//   one an account         username, password_count: the most passwords tried within such minutes
//   one a pair             username, password, for rules that know factory settings. (A password is
//                          judged and never kept; lifters/evidence.h)
//   one a success          result, username, prior_brute: at least kBrute failures at that decoy
//                          and service within the hour before
//
// Everything is told apart by decoy and service, and has `service` and `ts`, the time of the last
// login that counts (of a success: its own).
//
// Cost:  linear in the logins. Memory: at most kMaxRecent logins; of a faster attacker the older
//        ones are forgotten, and counts are lower bounds.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "decnet/activity/stored_event.h"
#include "decnet/storage/observations.h"

namespace decnet::activity {

inline constexpr std::chrono::minutes kLoginWindow{5};
inline constexpr std::chrono::hours kBruteMemory{1};
inline constexpr std::size_t kBrute = 3;

// The beginning of the window of that time.
UtcTime login_window(UtcTime time);

// How a login ended, as a session event says it of each of its logins.
enum class LoginOutcome : std::uint8_t { kFailed, kSuccess, kSuccessAfterBrute };
std::string_view to_string(LoginOutcome outcome);

class LoginEvents {
 public:
  static constexpr std::size_t kMaxRecent = 65'536;

  explicit LoginEvents(Whom whom) : whom_(std::move(whom)) {}

  // Takes the next login, in the order of time, and appends the events of a window that it ends.
  LoginOutcome add(const storage::ObservedLogin& login, std::vector<Event>& events);
  // The events of the last window.
  void finish(std::vector<Event>& events);

 private:
  using Service = std::pair<std::string, std::string>;                // decoy, service
  using Account = std::tuple<std::string, std::string, std::string>;  // and the user name
  using Pair = std::tuple<std::string, std::string, std::string, std::string>;

  struct Peak {
    std::size_t count = 0;
    UtcTime time;
  };
  struct Recent {  // a login of the last five minutes
    UtcTime time;
    Pair pair;
    bool failed;
  };

  void forget_before(UtcTime time);
  [[nodiscard]] Event event(std::string_view what, std::initializer_list<std::string_view> names,
                            UtcTime time, const std::string& decky, Json payload) const;

  Whom whom_;
  UtcTime window_{};
  bool any_ = false;

  // Of the last five minutes.
  std::deque<Recent> recent_;
  std::map<Service, std::size_t> failures_;
  std::map<Account, std::map<std::string, std::size_t>> passwords_;
  // Of the last hour.
  std::map<Service, std::deque<UtcTime>> brute_;  // at most kBrute of each

  // Of the window.
  std::map<Service, Peak> most_failures_;
  std::map<Account, Peak> most_passwords_;
  std::map<Pair, UtcTime> pairs_;
  std::vector<Event> successes_;
};

}  // namespace decnet::activity
