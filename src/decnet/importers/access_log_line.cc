#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "decnet/base/utf8.h"
#include "decnet/importers/access_log.h"
#include "decnet/importers/address.h"
#include "decnet/importers/members.h"
#include "decnet/shell/characters.h"

namespace decnet::importers {
namespace {

// Takes a word off the front, and the blanks before and after it.
std::string_view take_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return word;
}

// Takes a quoted text off the front and undoes its escapes: \" and \\, \xHH of both servers, \n and
// the like of Apache. Nothing when no quote opens or closes.
std::optional<std::string> take_quoted(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (!rest.starts_with('"')) return std::nullopt;
  std::string text;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return to_valid_utf8(text);
    }
    if (rest[i] != '\\' || i + 1 >= rest.size()) {
      text += rest[i];
      continue;
    }
    const char escaped = rest[++i];
    const int high = escaped == 'x' && i + 2 < rest.size() ? shell::hex_value(rest[i + 1]) : -1;
    const int low = high < 0 ? -1 : shell::hex_value(rest[i + 2]);
    if (low >= 0) {
      text += static_cast<char>(high * 16 + low);
      i += 2;
    } else if (escaped == 'n' || escaped == 't' || escaped == 'r') {
      text += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : '\r';
    } else if (escaped == '"' || escaped == '\\') {
      text += escaped;
    } else {  // no escape of a server's: what the client sent
      text += '\\';
      text += escaped;
    }
  }
  return std::nullopt;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

// "05/Mar/2024:10:11:12 +0100"
std::optional<UtcTime> time_of(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::size_t kSize = 26;
  if (text.size() != kSize || text[2] != '/' || text[6] != '/' || text[11] != ':') {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (text.substr(3, 3) != kMonths[i]) continue;
    return parse_time(fmt::format("{}-{:02}-{}T{}{}", text.substr(7, 4), i + 1, text.substr(0, 2),
                                  text.substr(12, 8), text.substr(21)));
  }
  return std::nullopt;
}

// "GET /x HTTP/1.1" in its parts. What is no request line (a TLS hello, a bare word) is all target.
void read_request_line(const std::string& line, HttpRequest& request) {
  const auto first = line.find(' ');
  const std::string_view method = std::string_view(line).substr(0, first);
  const bool is_method =
      first != std::string::npos && !method.empty() && method.size() <= 32 &&
      method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == std::string_view::npos;
  if (!is_method) {
    if (line != "-") request.raw_url = line;
    return;
  }
  request.method = method;
  std::string_view target = std::string_view(line).substr(first + 1);
  if (const auto last = target.rfind(" HTTP/"); last != std::string_view::npos) {
    target = target.substr(0, last);
  }
  request.raw_url = target;
}

// "%v:%p" of a virtual host, or an address?
bool is_host_and_port(std::string_view word) {
  const auto colon = word.rfind(':');
  return colon != std::string_view::npos && colon > 0 && !canonical_address(word) &&
         number(word.substr(colon + 1)).has_value();
}

}  // namespace

Result<std::optional<AccessLogLine>> read_access_log_line(std::string_view written) {
  std::string_view rest = without_padding(written);
  if (rest.empty() || rest.starts_with('#')) return std::nullopt;

  AccessLogLine line;
  std::string_view address = take_word(rest);
  if (is_host_and_port(address)) {
    line.host = to_valid_utf8(address.substr(0, address.rfind(':')));
    address = take_word(rest);
  }
  line.ip = canonical_address(address).value_or("");

  // The user name may hold anything, blanks and brackets too: the time is what has its shape.
  std::optional<UtcTime> time;
  for (auto open = rest.find('['); open != std::string_view::npos;
       open = rest.find('[', open + 1)) {
    const auto close = rest.find(']', open);
    if (close == std::string_view::npos) break;
    time = time_of(rest.substr(open + 1, close - open - 1));
    if (!time) continue;
    rest.remove_prefix(close + 1);
    break;
  }
  if (!time) return fail(ErrorCode::kInvalid, "no time such as [05/Mar/2024:10:11:12 +0000]");
  line.time = *time;

  const auto request = take_quoted(rest);
  if (!request) return fail(ErrorCode::kInvalid, "no quoted request behind the time");
  read_request_line(*request, line.request);
  if (const auto status = number(take_word(rest)); status && *status >= 100 && *status <= 999) {
    line.request.status = *status;
  } else {
    return fail(ErrorCode::kInvalid, "no status behind the request");
  }
  std::int64_t bytes = 0;
  const auto size = take_word(rest);
  if (size != "-") {
    const auto [stop, problem] = std::from_chars(size.data(), size.data() + size.size(), bytes);
    if (problem != std::errc() || stop != size.data() + size.size() || bytes < 0) {
      return fail(ErrorCode::kInvalid, "no size behind the status");
    }
    line.request.bytes = bytes;
  }
  // The rest is there in the combined format, and may be followed by fields of an operator's own.
  if (const auto referrer = take_quoted(rest); referrer && *referrer != "-" && !referrer->empty()) {
    line.request.headers.emplace_back("Referer", *referrer);
  }
  if (auto agent = take_quoted(rest); agent && *agent != "-") {
    line.request.user_agent = *std::move(agent);
  }
  return line;
}

}  // namespace decnet::importers
