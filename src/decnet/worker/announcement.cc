#include "decnet/worker/announcement.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/bus/topic.h"
#include "decnet/worker/topics.h"

namespace decnet::worker {
namespace {

// 39 bytes each in JSON: a message stays below 400 kB whatever else is in it.
constexpr std::size_t kMaxUuids = 10'000;

using Tags = std::vector<const Tag*>;

// An id that is longer than any real one names nobody, and might be all that does not fit a frame.
constexpr std::size_t kMaxIdBytes = 4096;

Json text_or_null(const std::optional<std::string>& text) {
  return text && text->size() <= kMaxIdBytes ? Json(*text) : Json();
}

Json uuids_of(std::span<const Tag* const> tags) {
  Json::Array uuids;
  uuids.reserve(tags.size());
  for (const Tag* tag : tags) uuids.emplace_back(tag->uuid);
  return uuids;
}

Json techniques_of(std::span<const Tag* const> tags) {
  std::set<std::string> ids;
  for (const Tag* tag : tags) ids.insert(tag->technique_id.text());
  Json::Array techniques;
  for (const std::string& id : ids) techniques.emplace_back(id);
  return techniques;
}

// The id of a message is a digest of its topic and tags: said again, it is the same message.
std::string message_id(std::string_view topic, std::span<const Tag* const> tags) {
  std::string content(topic);
  for (const Tag* tag : tags) content.append("|").append(tag->uuid);
  return sha256_hex(content).substr(0, 32);
}

template <typename MakePayload>
void add(std::vector<bus::Envelope>& messages, const std::string& topic, const char* type,
         std::span<const Tag* const> tags, UtcTime now, MakePayload make_payload) {
  for (std::size_t at = 0; at < tags.size(); at += kMaxUuids) {
    const auto part = tags.subspan(at, std::min(kMaxUuids, tags.size() - at));
    auto message = bus::make_envelope(topic, type, make_payload(part), now);
    message.id = message_id(topic, part);
    messages.push_back(std::move(message));
  }
}

}  // namespace

std::vector<bus::Envelope> announce(std::span<const Tag* const> new_tags, UtcTime now) {
  std::vector<bus::Envelope> messages;
  if (new_tags.empty()) return messages;
  const Tag& first = *new_tags.front();
  const Json attacker = text_or_null(first.attacker_uuid);
  const Json identity = text_or_null(first.identity_uuid);
  const Json session = text_or_null(first.session_id);

  add(messages, std::string(kTaggedTopic), "tagged", new_tags, now, [&](auto part) {
    return Json::object({{"attacker_uuid", attacker},
                         {"identity_uuid", identity},
                         {"session_id", session},
                         {"tag_uuids", uuids_of(part)},
                         {"techniques_added", techniques_of(part)}});
  });

  std::map<std::string, Tags> by_technique;
  for (const Tag* tag : new_tags) by_technique[tag->technique_id.text()].push_back(tag);
  for (const auto& [technique, tags] : by_technique) {
    if (!bus::is_token(technique)) {
      log::warning("bus.publish",
                   fmt::format("\"{}\" is no topic token: not announced", printable(technique)));
      continue;
    }
    add(messages, std::string(kRuleFiredPrefix) + technique, "rule.fired", tags, now,
        [&](auto part) {
          return Json::object({{"technique_id", technique},
                               {"tag_uuids", uuids_of(part)},
                               {"attacker_uuid", attacker},
                               {"identity_uuid", identity},
                               {"session_id", session}});
        });
  }
  return messages;
}

}  // namespace decnet::worker
