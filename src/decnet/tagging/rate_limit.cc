#include "decnet/tagging/rate_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "decnet/base/utf8.h"
#include "decnet/base/uuid.h"

namespace decnet::tagging {
namespace {

constexpr std::uint32_t kMaxCount = 1'000'000;
constexpr std::int64_t kMaxWindowSeconds = 86'400;

// Whom a tag is about: the attacker, else the identity.
std::string whom(const Tag& tag) {
  return tag.attacker_uuid ? "attacker " + *tag.attacker_uuid
                           : "identity " + tag.identity_uuid.value_or("");
}

// Ids may be of any length; what stands for them is not. No rule id holds a line feed.
std::string key_of(const RuleId& rule, std::string_view whom) {
  return uuid_v5(tag_namespace(), fmt::format("rate limit\n{}\n{}", rule.text(), whom));
}

// The number at the beginning of `text`, which is taken off.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<Rate> rate_in(std::string_view text) {
  const auto count = take_number(text);
  if (!count || *count < 1 || *count > kMaxCount || !text.starts_with('/')) return std::nullopt;
  text.remove_prefix(1);
  const auto number = take_number(text);
  if (!number || *number < 1 || *number > kMaxWindowSeconds) return std::nullopt;
  const std::int64_t unit = text == "s" ? 1 : text == "m" ? 60 : text == "h" ? 3600 : 0;
  const std::int64_t seconds = *number * unit;
  if (seconds < 1 || seconds > kMaxWindowSeconds) return std::nullopt;
  return Rate{static_cast<std::uint32_t>(*count), std::chrono::seconds(seconds)};
}

}  // namespace

Result<std::optional<Rate>> read_rate(std::string_view text) {
  if (text.empty() || text == "off") return std::optional<Rate>();
  if (const auto rate = rate_in(text)) return rate;
  return fail(ErrorCode::kInvalid,
              fmt::format("'{}' is no rate; expected off, or a count from 1 to {} and a window of "
                          "at most a day, such as 20/60s, 100/5m or 1000/1h",
                          printable(utf8_prefix(text, 40)), kMaxCount));
}

RateLimit::RateLimit(const Rate& rate, const Clock& clock, std::size_t max_pairs)
    : window_(rate.window),
      token_(window_ / std::max<std::uint32_t>(rate.count, 1)),
      clock_(clock),
      max_pairs_(std::max<std::size_t>(max_pairs, 1)) {}

bool RateLimit::admit(const RuleId& rule, std::string_view whom) {
  std::string key = key_of(rule, whom);
  const std::lock_guard lock(mutex_);
  const UtcTime now = clock_.now();
  const auto known = by_key_.find(key);
  if (known != by_key_.end()) {
    pairs_.splice(pairs_.begin(), pairs_, known->second);
  } else {
    forget(now);
    pairs_.push_front({std::move(key), now});
    by_key_.emplace(pairs_.front().key, pairs_.begin());
  }
  return take(pairs_.front(), now);
}

// Tokens come back one after the other, so when the last one is back says how many there are.
bool RateLimit::take(Pair& pair, UtcTime now) const {
  pair.free_at = std::clamp(pair.free_at, now, now + window_);
  if (pair.free_at + token_ > now + window_) return false;
  pair.free_at += token_;
  return true;
}

// Makes room for one more. Two go for one that comes where their tokens are back: so the table
// shrinks as fast as it grew.
void RateLimit::forget(UtcTime now) {
  for (int i = 0; i < 2 && !pairs_.empty(); ++i) {
    if (pairs_.size() < max_pairs_ && pairs_.back().free_at > now) return;
    by_key_.erase(pairs_.back().key);
    pairs_.pop_back();
  }
}

std::vector<Suppressed> RateLimit::limit(std::vector<Tag>& tags) {
  std::vector<Suppressed> withheld;
  auto kept = tags.begin();
  for (auto first = tags.begin(); first != tags.end();) {
    const auto next = std::find_if(first + 1, tags.end(), [&first](const Tag& tag) {
      return tag.rule_id != first->rule_id || tag.source_kind != first->source_kind ||
             tag.source_id != first->source_id;
    });
    if (admit(first->rule_id, whom(*first))) {
      kept = kept == first ? next : std::move(first, next, kept);
    } else {
      for (auto tag = first; tag != next; ++tag) {
        withheld.push_back(suppressed(*tag, Suppressed::Reason::kRateLimited));
      }
    }
    first = next;
  }
  tags.erase(kept, tags.end());
  return withheld;
}

std::size_t RateLimit::pairs() const {
  const std::lock_guard lock(mutex_);
  return pairs_.size();
}

}  // namespace decnet::tagging
