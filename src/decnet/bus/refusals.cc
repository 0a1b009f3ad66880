#include "decnet/bus/refusals.h"

#include <fmt/format.h>

#include "decnet/base/utf8.h"
#include "decnet/bus/envelope.h"
#include "decnet/bus/topic.h"

namespace decnet::bus {
namespace {

constexpr std::size_t kShownBytes = 200;
constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

Error refused(std::string_view what, std::string_view why) {
  return {ErrorCode::kInvalid,
          fmt::format("\"{}\" {}", printable(what.substr(0, kShownBytes)), why)};
}

}  // namespace

Result<void> check_publication(std::string_view topic, std::string_view body) {
  if (topic.size() > kMaxTopicBytes) return fail(refused(topic, "is too long for a topic"));
  if (!is_topic(topic)) return fail(refused(topic, "is no topic"));
  if (body.size() > kMaxBodyBytes) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: body of {} bytes is over the limit of {}",
                            topic.substr(0, kShownBytes), body.size(), kMaxBodyBytes));
  }
  return {};
}

Result<void> check_subscription(std::span<const std::string> patterns,
                                std::string_view durable_name) {
  for (const std::string& pattern : patterns) {
    if (pattern.size() > kMaxTopicBytes) return fail(refused(pattern, "is too long for a pattern"));
    if (!is_pattern(pattern)) return fail(refused(pattern, "is no pattern"));
  }
  if (durable_name.find_first_not_of(kNameCharacters) != std::string_view::npos) {
    return fail(refused(durable_name, "is no name of a subscription"));
  }
  return {};
}

}  // namespace decnet::bus
