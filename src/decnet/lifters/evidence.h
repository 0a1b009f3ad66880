// Evidence: what a tag keeps of the payload that caused it, as a JSON object. What may be kept is
// decided here and nowhere else: the allow-lists of the kinds, what is never kept, and how much.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/json.h"
#include "decnet/model/event.h"
#include "decnet/model/ids.h"
#include "decnet/rules/rule_set.h"

namespace decnet::lifters {

// At most this many characters of one payload key are kept; a list or mapping counts as one text.
inline constexpr std::size_t kMaxEvidenceCharacters = 4096;

// The evidence keys a kind may keep; nothing when the kind has no such list. (The list of kind
// command binds lifters; pattern rules keep the command there.)
std::optional<std::span<const std::string_view>> allowed_evidence(std::string_view source_kind);

// Whether evidence of this rule on this kind is bound by an allow-list.
bool is_restricted(std::string_view source_kind, const rules::Rule& rule);

// Whether evidence of this rule on this kind may have that key. A key `password` never.
bool may_keep(std::string_view source_kind, const rules::Rule& rule, std::string_view key);

// Logs each (rule, key) once, however many events it happens on. Threads: any.
class DroppedKeys {
 public:
  void say(const RuleId& rule, std::string_view source_kind, std::string_view key);
  [[nodiscard]] std::size_t size() const;

 private:
  static constexpr std::size_t kMaxRemembered = 4096;  // then it falls silent

  mutable std::mutex mutex_;
  std::set<std::pair<RuleId, std::string>> said_;
};

// Takes out what may not be kept, and tells `dropped`.
void keep_allowed(Json& evidence, std::string_view source_kind, const rules::Rule& rule,
                  DroppedKeys& dropped);

// Collects the evidence of one match. Keys it adds beside those asked for, where the kind has no
// allow-list:
//   evidence_truncated    names of the keys of which only a part was kept
//   evaluation_truncated  true: of a long text only the beginning and the end were evaluated
//   layer                 of a command, when not the text as typed matched but what the shell
//                         analysis made of it: "normal", or where it was inside, "sh -c", "base64"
//   matched               the text the pattern was found at (its first match, 256 bytes of it)
//   ts                    when it happened, ISO 8601 in UTC
class Evidence {
 public:
  // Copies the member of that key, null included, when there is one and it is not here already.
  void copy(const Json& payload, std::string_view key);
  // Adds or replaces; of a long value a part is kept, as when it is copied.
  void set(std::string_view key, const Json& value);
  // Adds `evidence_truncated` when something was.
  void mark_truncated();

  [[nodiscard]] Json take() { return std::move(members_); }

 private:
  void keep(std::string_view key, const Json& value);

  Json members_ = Json::object({});
  Json::Array truncated_;
};

// What a lifter's tag keeps where the kind does not say otherwise: the rule's evidence fields that
// are in the payload, `extras` in their place or after them, and on a kind without an allow-list
// what is cut and when it happened. What the kind may not keep is left out without a word, for a
// rule may be for several kinds.
Json evidence_of(const Event& event, const rules::Rule& rule, Json::Object extras);

// When the event happened, by the first of ts, timestamp, observed_at and occurred_at that is a
// time: an ISO 8601 text, or a number of seconds (from 100,000,000,000 on: milliseconds) since
// 1970.
std::optional<UtcTime> event_time(const Json& payload);

}  // namespace decnet::lifters
