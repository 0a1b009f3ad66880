#include "decnet/storage/dead_letter.h"

#include <string_view>

#include "decnet/base/utf8.h"

namespace decnet::storage {

Json to_json(const DeadLetter& letter) {
  return Json::object({{"topic", to_valid_utf8(letter.topic)},
                       {"type", to_valid_utf8(letter.type)},
                       {"message_id", to_valid_utf8(letter.message_id)},
                       {"ts", letter.ts},
                       {"reason", to_valid_utf8(letter.reason)},
                       {"attempts", letter.attempts},
                       {"died_at", to_iso_text(letter.died_at)},
                       {"payload", letter.payload}});
}

DeadLetter dead_letter_of(const Json& members, std::int64_t number) {
  const auto text = [&members](std::string_view key) {
    const Json* member = members.find(key);
    const std::string* value = member == nullptr ? nullptr : member->string();
    return value == nullptr ? std::string() : *value;
  };
  DeadLetter letter;
  letter.number = number;
  letter.topic = text("topic");
  letter.type = text("type");
  letter.message_id = text("message_id");
  letter.reason = text("reason");
  letter.died_at = parse_time(text("died_at")).value_or(UtcTime());
  if (const Json* ts = members.find("ts")) (void)ts->number(letter.ts);
  const Json* attempts = members.find("attempts");
  if (attempts != nullptr && attempts->integer() != nullptr) letter.attempts = *attempts->integer();
  if (const Json* payload = members.find("payload")) letter.payload = *payload;
  return letter;
}

}  // namespace decnet::storage
