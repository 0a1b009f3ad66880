// HttpRequest: a request as web logs tell of it, and the payload of an http_request event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decnet/base/json.h"

namespace decnet::importers {

struct HttpRequest {
  static constexpr std::size_t kMaxHeaders = 128;

  std::string method;   // empty when the log does not say
  std::string raw_url;  // as on the request line
  std::string user_agent;
  std::vector<std::pair<std::string, std::string>> headers =
      {};  // others, as far as they are known
  std::optional<std::int64_t> status = {};
  std::optional<std::int64_t> bytes = {};  // of the answer
};

// method, raw_url, request_path (the path alone, decoded once), user_agent, headers (an object, the
// user agent included), status, bytes; what is empty or not known is left out.
Json http_payload(const HttpRequest& request);

// The path of a request target: without scheme and host, query and fragment, percent-decoded once.
std::string path_of(std::string_view raw_url);

}  // namespace decnet::importers
