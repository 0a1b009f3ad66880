// NormalRequest: what an HTTP request says once everything a client may wrap it in is taken off.
// Each part gives the texts it may be read as, one by one: decoded; with SQL comments taken out;
// with shell quoting taken out; and what base64 in it stands for. A form that is the same as
// another is left out.
//
// Payload keys read: method, raw_url, headers (an object, or a list of pairs), user_agent, body.
// Bound: each part is read as far as a text is evaluated (matching::EvaluatedText), and all texts
//        together are at most kMaxNormalBytes; what comes later is left out. Linear time.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "decnet/base/json.h"

namespace decnet::web {

inline constexpr std::size_t kMaxNormalBytes = std::size_t{192} << 10;

struct NormalRequest {
  std::vector<std::string> path;         // before the '?', with '\' and "//" as '/'
  std::vector<std::string> parameters;   // names and values of the query, cookies and the body
  std::vector<std::string> assignments;  // "name=value" of each but cookies, decoded
  std::vector<std::string> headers;      // values, cookies left out
  std::vector<std::string> uploads;   // names of uploaded files, and what their parts' headers say
  std::vector<std::string> document;  // a body that is no list of parameters, as a whole

  // Every text of it.
  [[nodiscard]] Json all() const;
};

NormalRequest normal_request(const Json& payload);

}  // namespace decnet::web
