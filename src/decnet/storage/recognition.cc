#include "decnet/storage/recognition.h"

#include <algorithm>

#include "decnet/base/utf8.h"
#include "decnet/base/uuid.h"

namespace decnet::storage {
namespace {

using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::sys_seconds;

// Of equal commands in one second, so many are told apart: thousands of them must not be compared
// each with each.
constexpr std::size_t kToldApart = 64;

bool same_instant(UtcTime a, UtcTime b) {
  return a == b || floor<seconds>(a) == a || floor<seconds>(b) == b;  // of one second they are
}

// Records are valid UTF-8.
bool same_decky(std::string_view told, std::string_view recorded) {
  return told.empty() || recorded.empty() || told == recorded || to_valid_utf8(told) == recorded;
}

}  // namespace

Recognition::Recognition(std::span<const TypedCommand> commands)
    : commands_(commands), found_(commands.size()) {
  by_second_.reserve(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    by_second_.emplace_back(floor<seconds>(commands[i].instant), i);
  }
  std::sort(by_second_.begin(), by_second_.end());
}

std::optional<sys_seconds> Recognition::next_second(sys_seconds from) const {
  const auto next =
      std::lower_bound(by_second_.begin(), by_second_.end(), std::pair(from, std::size_t{0}));
  if (next == by_second_.end()) return std::nullopt;
  return next->first;
}

Recognition::Second* Recognition::groups_of(sys_seconds second) {
  const auto known = seconds_.find(second);
  if (known != seconds_.end()) return &known->second;
  auto each =
      std::lower_bound(by_second_.begin(), by_second_.end(), std::pair(second, std::size_t{0}));
  if (each == by_second_.end() || each->first != second) return nullptr;
  Second& groups = seconds_[second];
  for (; each != by_second_.end() && each->first == second; ++each) {
    // Made only for commands that something was recorded in the second of.
    groups[sha256_hex(to_valid_utf8(commands_[each->second].text))].open.push_back(each->second);
  }
  return &groups;
}

void Recognition::offer(UtcTime instant, std::string_view decky, std::string_view text_sha256,
                        SeenAs as) {
  Second* groups = groups_of(floor<seconds>(instant));
  if (groups == nullptr) return;
  const auto found = groups->find(text_sha256);
  if (found == groups->end()) return;
  auto& [open, live] = found->second;
  const auto end = open.begin() + static_cast<std::ptrdiff_t>(std::min(open.size(), kToldApart));
  const auto match = std::find_if(open.begin(), end, [&](std::size_t position) {
    const TypedCommand& command = commands_[position];
    return same_instant(command.instant, instant) && same_decky(command.decky, decky);
  });
  if (match != end) {
    found_[*match] = as;
    *match = open.back();
    open.pop_back();
  }
  if (as.in == SeenIn::kLive && live.size() < kToldApart) {
    live.push_back({instant, std::string(decky), std::move(as)});
  }
}

std::vector<std::optional<SeenAs>> Recognition::take() {
  for (const auto& [second, groups] : seconds_) {
    for (const auto& [digest, group] : groups) {
      for (const std::size_t position : group.open) {
        const TypedCommand& command = commands_[position];
        const auto shared =
            std::find_if(group.live.begin(), group.live.end(), [&command](const Live& each) {
              return same_instant(command.instant, each.instant) &&
                     same_decky(command.decky, each.decky);
            });
        if (shared != group.live.end()) found_[position] = shared->as;
      }
    }
  }
  return std::move(found_);
}

}  // namespace decnet::storage
