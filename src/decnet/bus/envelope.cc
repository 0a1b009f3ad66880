#include "decnet/bus/envelope.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <cmath>
#include <cstdlib>

namespace decnet::bus {
namespace {

double seconds(UtcTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

std::string random_id() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);  // version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);  // RFC 4122 variant
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

Envelope make_envelope(std::string topic, std::string type, Json payload, UtcTime now) {
  return {std::move(topic), std::move(type), std::move(payload), random_id(), seconds(now)};
}

std::string encode(const Envelope& envelope) {
  std::string out = R"({"v":1,"id":)";
  append_json_string(out, envelope.id);
  out += R"(,"topic":)";
  append_json_string(out, envelope.topic);
  out += R"(,"type":)";
  append_json_string(out, envelope.type);
  out += R"(,"ts":)";
  Json(envelope.ts).dump_to(out);
  out += R"(,"payload":)";
  envelope.payload.dump_to(out);
  out += '}';
  return out;
}

Result<Envelope> decode(std::string_view topic, std::string_view body, UtcTime now,
                        Oddities* oddities) {
  if (body.size() > kMaxBodyBytes) {
    return fail(ErrorCode::kInvalid, fmt::format("body of {} bytes is over the limit of {}",
                                                 body.size(), kMaxBodyBytes));
  }
  Json members = Json::object({});
  if (!body.empty()) {
    DECNET_TRY(members, Json::parse(body));
    if (members.object() == nullptr) {
      return fail(ErrorCode::kInvalid, "body is no JSON object");
    }
  }
  return from_json(topic, members, now, oddities);
}

Envelope from_json(std::string_view topic, const Json& members, UtcTime now, Oddities* oddities) {
  Envelope envelope;
  envelope.topic = std::string(topic);
  const auto text = [&members](std::string_view key) {
    const Json* value = members.find(key);
    const std::string* string = value == nullptr ? nullptr : value->string();
    return string == nullptr ? std::string() : *string;
  };
  envelope.type = text("type");
  envelope.id = text("id");
  if (envelope.id.empty()) envelope.id = random_id();
  const Json* ts = members.find("ts");
  if (ts == nullptr || !ts->number(envelope.ts)) envelope.ts = seconds(now);
  if (const Json* payload = members.find("payload"); payload != nullptr) {
    if (payload->object() != nullptr) {
      envelope.payload = *payload;
    } else if (payload->truthy() && oddities != nullptr) {
      oddities->payload_not_object = true;
    }
  }
  return envelope;
}

}  // namespace decnet::bus
