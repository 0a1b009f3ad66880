#include "decnet/importers/http_payload.h"

#include "decnet/base/utf8.h"
#include "decnet/shell/characters.h"

namespace decnet::importers {
namespace {

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? shell::hex_value(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : shell::hex_value(text[i + 2]);
    if (low < 0) {
      decoded += text[i];
    } else {
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

}  // namespace

std::string path_of(std::string_view raw_url) {
  if (const auto scheme = raw_url.find("://");
      scheme != std::string_view::npos && raw_url.find_first_of("/?#") == scheme + 1) {
    const auto path = raw_url.find('/', scheme + 3);
    raw_url = path == std::string_view::npos ? std::string_view("/") : raw_url.substr(path);
  }
  return to_valid_utf8(percent_decoded(raw_url.substr(0, raw_url.find_first_of("?#"))));
}

Json http_payload(const HttpRequest& request) {
  Json::Object payload;
  const auto add = [&payload](const char* key, const std::string& value) {
    if (!value.empty()) payload.emplace_back(key, value);
  };
  add("method", request.method);
  add("raw_url", request.raw_url);
  add("request_path", path_of(request.raw_url));
  add("user_agent", request.user_agent);
  Json headers = Json::object({});
  for (const auto& [name, value] : request.headers) headers.set(name, value);
  if (!request.user_agent.empty()) headers.set("User-Agent", request.user_agent);
  if (!headers.object()->empty()) payload.emplace_back("headers", std::move(headers));
  if (request.status) payload.emplace_back("status", *request.status);
  if (request.bytes) payload.emplace_back("bytes", *request.bytes);
  return payload;
}

}  // namespace decnet::importers
