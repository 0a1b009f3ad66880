#include "decnet/storage/command_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>

namespace decnet::storage {
namespace {

// The JSON reader passes over one; the elements begin after it.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

using Keys = std::initializer_list<std::string_view>;

// The first truthy member of those names.
const Json* first_of(const Json& element, Keys keys) {
  for (const std::string_view key : keys) {
    const Json* value = element.find(key);
    if (value != nullptr && value->truthy()) return value;
  }
  return nullptr;
}

std::string text_of(const Json* value) {
  if (value == nullptr) return {};
  if (const auto* text = value->string()) return *text;
  return value->dump();
}

std::string id_of(const Json& element) {
  return text_of(first_of(element, {"id", "uuid", "command_id"}));
}

std::optional<UtcTime> time_of(const Json& element) {
  const Json* value = first_of(element, {"ts", "timestamp"});
  if (value == nullptr || value->string() == nullptr) return std::nullopt;
  return parse_time(*value->string());
}

std::string decoy_of(const Json& element) {
  return text_of(first_of(element, {"decky_id", "decky"}));
}

std::string content_key(UtcTime time, const Json& element) {
  return fmt::format("{} {}", time.time_since_epoch().count(),
                     text_of(first_of(element, {"command_text", "text", "command"})));
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// The texts of the elements of a JSON array. `text` must have been read as one already: only
// strings and nesting are looked at.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> elements;
  text = trimmed(text);
  text = trimmed(text.substr(1, text.size() - 2));
  if (text.empty()) return elements;
  std::size_t begin = 0;
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 0) {
      elements.push_back(trimmed(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  elements.push_back(trimmed(text.substr(begin)));
  return elements;
}

}  // namespace

Result<CommandLog> CommandLog::read(std::string text) {
  CommandLog log;
  if (trimmed(text).empty()) return log;
  DECNET_TRY(const Json value, Json::parse(text));
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  log.stored_ = std::make_unique<const std::string>(std::move(text));
  const Json::Array* elements = value.array();
  if (elements == nullptr) return fail(ErrorCode::kInvalid, "not a JSON array");
  const auto texts = split(*log.stored_);
  if (texts.size() != elements->size()) return fail(ErrorCode::kInvalid, "not a JSON array");
  log.ordered_.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) log.take(texts[i], (*elements)[i]);
  return log;
}

void CommandLog::take(std::string_view text, const Json& value) {
  bytes_ += text.size() + (fixed_.empty() && ordered_.empty() ? 0 : 1);
  const auto time = time_of(value);
  std::string id = id_of(value);
  if (!id.empty()) {
    const bool first = ids_.insert(id).second;
    if (!first) without_service_.erase(id);  // two of one id: both stay as they are
    if (first && value.find("service") == nullptr) without_service_.insert(id);
  } else if (time) {
    unnamed_.emplace(content_key(*time, value), decoy_of(value));
  }
  const bool movable = time && !id.empty();
  ordered_.push_back({text, {}, std::move(id), time.value_or(UtcTime())});
  if (movable) return;
  std::move(ordered_.begin(), ordered_.end(), std::back_inserter(fixed_));
  ordered_.clear();
}

CommandLog::Added CommandLog::add(const ObservedCommand& command) {
  if (ids_.contains(command.id)) {
    complete(command);
    return Added::kKnown;
  }
  const auto [begin, end] = unnamed_.equal_range(content_key(command.time, command.element));
  if (begin != end) {
    const std::string decoy = decoy_of(command.element);
    const bool same = std::any_of(begin, end, [&decoy](const auto& unnamed) {
      return decoy.empty() || unnamed.second.empty() || unnamed.second == decoy;
    });
    if (same) return Added::kKnown;
  }
  std::string text = command.element.dump();
  const std::size_t grown = bytes_ + text.size() + (fixed_.empty() && ordered_.empty() ? 0 : 1);
  if (grown > kMaxHistoryBytes) return Added::kFull;
  bytes_ = grown;
  changed_ = true;
  ids_.insert(command.id);
  if (command.element.find("service") == nullptr) without_service_.insert(command.id);
  ordered_.push_back({{}, std::move(text), command.id, command.time});
  return Added::kNew;
}

void CommandLog::complete(const ObservedCommand& command) {
  const Json* service = command.element.find("service");
  if (service == nullptr || without_service_.erase(command.id) == 0) return;
  std::string member = ",\"service\":" + service->dump();
  if (bytes_ + member.size() > kMaxHistoryBytes) return;
  bytes_ += member.size();
  changed_ = true;
  services_.emplace(command.id, std::move(member));
}

void CommandLog::append(const Entry& entry, std::string& out) const {
  out += entry.text();
  if (services_.empty()) return;
  const auto service = services_.find(entry.id);
  if (service == services_.end()) return;
  out.pop_back();  // the brace of an object, which has an id before it
  out += service->second;
  out += '}';
}

std::string CommandLog::text() const {
  std::vector<const Entry*> order;
  order.reserve(fixed_.size() + ordered_.size());
  for (const Entry& entry : fixed_) order.push_back(&entry);
  for (const Entry& entry : ordered_) order.push_back(&entry);
  std::stable_sort(order.begin() + static_cast<std::ptrdiff_t>(fixed_.size()), order.end(),
                   [](const Entry* a, const Entry* b) {
                     return std::tie(a->time, a->id) < std::tie(b->time, b->id);
                   });
  std::string text;
  text.reserve(bytes_);
  text += '[';
  for (const Entry* entry : order) {
    if (text.size() > 1) text += ',';
    append(*entry, text);
  }
  text += ']';
  return text;
}

}  // namespace decnet::storage
