// Envelope: what travels on the bus, on every transport: {"v", "id", "topic", "type", "ts",
// "payload"} as compact JSON in UTF-8, in this order.
#pragma once

#include <string>
#include <string_view>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/base/json.h"

namespace decnet::bus {

inline constexpr std::size_t kMaxBodyBytes = std::size_t{1} << 20;

struct Envelope {
  std::string topic;
  std::string type;  // short discriminator, may be empty
  Json payload = Json::object({});
  std::string id;   // 32 hex digits; the message id that transports de-duplicate by
  double ts = 0.0;  // seconds since the epoch
};

// 32 lower-case hex digits of a random UUIDv4. Threads: any.
std::string random_id();

// An envelope to publish now, with an id of its own.
Envelope make_envelope(std::string topic, std::string type, Json payload, UtcTime now);

std::string encode(const Envelope& envelope);

// What decode() had to put right: said once by whoever reads, never a reason to lose the event.
struct Oddities {
  bool payload_not_object = false;  // truthy and no object: read as {}
};

// Reads a body. The topic is the transport's, so that a body cannot spoof it; missing or falsy
// members get their defaults (`id` a fresh one, `ts` now). An empty body is an event without
// content. Errors: kInvalid when it is no JSON object or larger than kMaxBodyBytes.
Result<Envelope> decode(std::string_view topic, std::string_view body, UtcTime now,
                        Oddities* oddities = nullptr);

// The same from an object that was parsed already, whatever its size.
Envelope from_json(std::string_view topic, const Json& members, UtcTime now,
                   Oddities* oddities = nullptr);

}  // namespace decnet::bus
