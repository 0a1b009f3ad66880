// What every transport refuses alike, before anything leaves the process.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "decnet/base/error.h"

namespace decnet::bus {

// Leaves room for the verb in a frame's header and for a prefix in a NATS subject.
inline constexpr std::size_t kMaxTopicBytes = 4000;

// Errors: kInvalid for something that is no topic, is too long, or has a body over the limit.
Result<void> check_publication(std::string_view topic, std::string_view body);

// Errors: kInvalid for a pattern that is none or is too long, and for a name that could be no
// directory or consumer: letters, digits, '-' and '_' only. An empty name is allowed.
Result<void> check_subscription(std::span<const std::string> patterns,
                                std::string_view durable_name);

}  // namespace decnet::bus
