#include "decnet/importers/canarytokens.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "decnet/base/utf8.h"
#include "decnet/base/uuid.h"
#include "decnet/importers/address.h"
#include "decnet/importers/members.h"
#include "decnet/importers/stable_id.h"

namespace decnet::importers {
namespace {

constexpr std::size_t kMaxTokenBytes = 128;
constexpr std::size_t kMaxHits = 100'000;
constexpr std::size_t kMaxHeaders = 128;
constexpr std::size_t kMaxBrowserBytes = 256;
constexpr std::size_t kMaxHeaderBytes = std::size_t{8} << 10;

// "2024-03-05 10:11:12 (UTC)", ISO 8601, or seconds since 1970.
std::optional<UtcTime> time_of(const Json& value) {
  if (const auto* text = value.string()) {
    std::string_view written = *text;
    if (const auto zone = written.find(" (UTC)"); zone != std::string_view::npos) {
      written = written.substr(0, zone);
    }
    return parse_time(written);
  }
  constexpr double kLatest = 253'402'300'800.0;  // the year 10000
  double seconds = 0;
  if (!value.number(seconds) || !(seconds >= 0) || seconds >= kLatest) return std::nullopt;
  return UtcTime(std::chrono::microseconds(std::llround(seconds * 1e6)));
}

// The token itself, else the one that the address of its page names. That address also holds the
// key to the token, so nothing else of it is kept.
std::string token_of(const Json& alert) {
  std::string token = text_or_number(alert, "token");
  if (token.empty()) token = text_or_number(alert, "canarytoken");
  if (token.empty()) {
    const std::string_view page = text_of(alert, "manage_url");
    if (const auto at = page.find("token="); at != std::string_view::npos) {
      const auto value = page.substr(at + 6);
      token = value.substr(0, value.find_first_of("&#"));
    }
  }
  // It becomes a word of a bus topic.
  const bool plain = !token.empty() && token.size() <= kMaxTokenBytes &&
                     token.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789-_") == std::string::npos;
  if (plain || token.empty()) return token;
  return sha256_hex(token).substr(0, 32);
}

void add_headers(const Json* from, Json& headers) {
  if (from == nullptr) return;
  for (const auto& [name, value] : *from->object()) {
    if (headers.object()->size() >= kMaxHeaders) return;
    // Names that begin so are ours; a visitor may send what he likes.
    if (value.string() == nullptr || name.starts_with('_')) continue;
    headers.set(name, utf8_prefix(*value.string(), kMaxHeaderBytes));
  }
}

std::optional<std::string> unless_empty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return std::string(utf8_prefix(text, kMaxHeaderBytes));
}

// A text, or the first of a list of one: what a page's script posted comes as lists.
std::string_view first_text(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  if (value == nullptr) return {};
  if (const auto* list = value->array(); list != nullptr && !list->empty()) value = &list->front();
  const auto* text = value->string();
  return text == nullptr ? std::string_view() : utf8_prefix(*text, kMaxBrowserBytes);
}

// What the script of a page that redirects told of the browser, as honeypots store a fingerprint
// (lifters/browser.h); nothing of the rest is read by anyone.
void add_browser(const Json& hit, Json& headers) {
  const Json* told = object_of(hit, "additional_info");
  if (told == nullptr) return;
  const Json* browser = object_of(*told, "browser");
  if (browser == nullptr) browser = object_of(*told, "Browser");
  if (browser == nullptr) return;
  Json nav = Json::object({});
  if (const auto platform = first_text(*browser, "platform"); !platform.empty()) {
    nav.set("pl", platform);
  }
  if (const auto language = first_text(*browser, "language"); !language.empty()) {
    nav.set("lg", language);
  }
  if (!nav.object()->empty()) headers.set("_fp", Json::object({{"nav", std::move(nav)}}));
}

// In which country the server found the address to be.
void add_country(const Json& from, Json& headers) {
  const Json* place = object_of(from, "geo_info");
  if (place == nullptr) return;
  const auto country = text_of(*place, "country");
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (country.size() != 2 || !std::all_of(country.begin(), country.end(), is_capital)) return;
  headers.set("_geo", Json::object({{"country", country}}));
}

// One alert, or one hit of a history, whose token `of` names.
Result<std::optional<CanaryAlert>> read_alert(const Json& alert, const std::string& token) {
  static const Json kNothing = Json::object({});
  const Json* found = object_of(alert, "additional_data");
  const Json& data = found == nullptr ? kNothing : *found;
  const Json* time = alert.find("time");
  if (time == nullptr) time = alert.find("time_of_hit");
  if (time == nullptr || time->is_null()) return fail(ErrorCode::kInvalid, "no time");
  const auto instant = time_of(*time);
  if (!instant) return fail(ErrorCode::kInvalid, "time is no time");

  std::string_view source = text_of(alert, "src_ip");
  if (source.empty()) source = text_of(data, "src_ip");
  if (source.empty()) return std::optional<CanaryAlert>();
  auto address = canonical_address(source);
  if (!address) return fail(ErrorCode::kInvalid, "src_ip is no IP address");

  CanaryAlert read;
  read.ip = *std::move(address);
  storage::ObservedTrigger& trigger = read.trigger;
  trigger.token = token;
  trigger.time = *instant;
  trigger.headers = Json::object({});
  add_headers(object_of(data, "request_headers"), trigger.headers);
  add_headers(object_of(alert, "request_headers"), trigger.headers);
  std::string_view agent = text_of(data, "useragent");
  if (agent.empty()) agent = text_of(alert, "useragent");
  if (agent.empty()) agent = text_of(trigger.headers, "User-Agent");
  trigger.user_agent = unless_empty(agent);
  if (const auto referrer = text_of(data, "referer"); !referrer.empty()) {
    trigger.headers.set("Referer", utf8_prefix(referrer, kMaxHeaderBytes));
  }
  trigger.request_path = unless_empty(text_of(data, "request_path"));
  std::string_view channel = text_of(alert, "channel");
  if (channel.empty()) channel = text_of(alert, "input_channel");
  if (channel == "DNS") trigger.dns_qname = unless_empty(text_of(data, "hostname"));
  if (!channel.empty()) trigger.headers.set("_channel", utf8_prefix(channel, kMaxTokenBytes));
  for (const Json* part : {&data, &alert}) {
    add_browser(*part, trigger.headers);
    add_country(*part, trigger.headers);
  }
  trigger.id = stable_id("canarytokens", {token, read.ip, instant_part(*instant), channel,
                                          trigger.user_agent.value_or("")});
  return std::optional(std::move(read));
}

}  // namespace

Result<std::vector<CanaryAlert>> read_canarytokens_line(std::string_view written) {
  std::vector<CanaryAlert> alerts;
  written = without_padding(written);
  if (written.empty()) return alerts;
  DECNET_TRY(const Json object, Json::parse(written));
  if (object.object() == nullptr) return alerts;
  const std::string token = token_of(object);
  if (token.empty()) return alerts;
  const Json* hits = object.find("hits");
  if (hits == nullptr || hits->array() == nullptr) {
    DECNET_TRY(auto alert, read_alert(object, token));
    if (alert) alerts.push_back(*std::move(alert));
    return alerts;
  }
  if (hits->array()->size() > kMaxHits) return fail(ErrorCode::kInvalid, "too many hits");
  for (const Json& hit : *hits->array()) {
    DECNET_TRY(auto alert, read_alert(hit, token));
    if (alert) alerts.push_back(*std::move(alert));
  }
  return alerts;
}

LineReader canarytokens_reader() {
  return [](std::string_view text, ObservationBatch& batch) -> Result<LineUse> {
    DECNET_TRY(auto alerts, read_canarytokens_line(text));
    if (alerts.empty()) return LineUse::kIgnored;
    for (CanaryAlert& alert : alerts) {
      auto& attacker = batch.sighting(alert.ip, alert.trigger.time, {}, "canary");
      batch.add(attacker, std::move(alert.trigger));
    }
    return LineUse::kEvent;
  };
}

}  // namespace decnet::importers
