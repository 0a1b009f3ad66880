// DeadLetter: an upstream message that will not be tried again by itself.
#pragma once

#include <cstdint>
#include <string>

#include "decnet/base/clock.h"
#include "decnet/base/json.h"

namespace decnet::storage {

struct DeadLetter {
  std::int64_t number = 0;  // given by who keeps it
  std::string message_id;   // empty: what came was no envelope, and `payload` says what it was
  std::string topic;
  std::string type;
  Json payload;
  double ts = 0.0;  // of the envelope
  std::string reason;
  std::int64_t attempts = 0;
  UtcTime died_at;
};

// {"topic", "type", "message_id", "ts", "reason", "attempts", "died_at", "payload"}, all of them
// valid UTF-8; the number is not among them.
Json to_json(const DeadLetter& letter);
// What to_json() gave; a member that is missing or of another type has its default.
DeadLetter dead_letter_of(const Json& members, std::int64_t number);

}  // namespace decnet::storage
