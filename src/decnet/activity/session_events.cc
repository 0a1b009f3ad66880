#include "decnet/activity/session_events.h"

#include <utility>

#include "decnet/activity/session_facts.h"
#include "decnet/base/utf8.h"

namespace decnet::activity {
namespace {

constexpr std::size_t kMaxTextBytes = 1024;

std::size_t size_in_list(const Json& entry) { return entry.dump().size() + 1; }

const std::string* text_of(const Json& command) {
  if (command.string() != nullptr) return command.string();
  for (const std::string_view key : {"command_text", "text", "command"}) {
    const Json* value = command.find(key);
    if (value != nullptr && value->truthy()) return value->string();
  }
  return nullptr;
}

}  // namespace

std::vector<std::string_view> command_texts(const Json& payload) {
  std::vector<std::string_view> texts;
  const Json* commands = payload.find("commands");
  if (commands == nullptr || commands->array() == nullptr) return texts;
  for (const Json& command : *commands->array()) {
    if (const std::string* text = text_of(command)) texts.emplace_back(*text);
  }
  return texts;
}

std::vector<Event> session_events(Event session) {
  const SessionFacts facts = facts_of(command_texts(session.payload));
  add_facts(facts, session.payload);
  // When it happened, for the tags of rules that look at the whole session.
  const Json* ended = session.payload.find("ended_at");
  if (ended != nullptr && session.payload.find("ts") == nullptr) session.payload.set("ts", *ended);
  std::vector<Event> events;
  events.push_back(std::move(session));
  for (std::size_t i = 1; i < facts.paths.size(); ++i) {
    Event file = events.front();
    file.source_id += "#file:" + facts.paths[i];
    file.payload = Json::object({{"matched_path", facts.paths[i]}});
    if (const Json* time = events.front().payload.find("ts")) file.payload.set("ts", *time);
    events.push_back(std::move(file));
  }
  return events;
}

Json session_login(const storage::ObservedLogin& login, LoginOutcome outcome) {
  return Json::object({{"outcome", to_string(outcome)},
                       {"username", utf8_prefix(login.username, kMaxTextBytes)},
                       {"ts", to_iso_text(login.time)}});
}

Json session_transfer(const storage::ObservedEvent& transfer) {
  Json entry = Json::object({});
  for (const std::string_view key : {"transfer", "payload_text"}) {
    const Json* value = transfer.payload.find(key);
    if (value == nullptr || value->string() == nullptr) continue;
    entry.set(key, utf8_prefix(*value->string(), kMaxTextBytes));
  }
  entry.set("ts", to_iso_text(transfer.time));
  return entry;
}

std::size_t SessionEntries::add(Json entry) {
  bytes_ += size_in_list(entry);
  entries_.push_back(std::move(entry));
  std::size_t out = 0;
  while (entries_.size() - out > kMaxCount || bytes_ > kMaxBytes) {
    bytes_ -= size_in_list(entries_[out++]);
  }
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(out));
  return out;
}

Json::Array SessionEntries::take() {
  bytes_ = 0;
  return std::exchange(entries_, {});
}

}  // namespace decnet::activity
