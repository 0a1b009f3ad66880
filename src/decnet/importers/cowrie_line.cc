#include "decnet/importers/cowrie_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "decnet/base/json.h"
#include "decnet/base/uuid.h"
#include "decnet/importers/address.h"
#include "decnet/model/tag.h"

namespace decnet::importers {
namespace {

using Kind = CowrieLine::Kind;

constexpr std::string_view kBlanks = " \t\r\n\v\f";

// A machine that lost power leaves a run of NUL bytes where its last lines should be; the next
// line follows them directly.
std::string_view without_padding(std::string_view line) {
  const auto begin = line.find_first_not_of(std::string_view("\0 \t\r", 4));
  return begin == std::string_view::npos ? std::string_view() : line.substr(begin);
}

// A member that is text; empty for any other, and when there is none.
std::string_view text(const Json& event, std::string_view key) {
  const Json* value = event.find(key);
  const std::string* found = value == nullptr ? nullptr : value->string();
  return found == nullptr ? std::string_view() : *found;
}

// Cowrie writes text, but logs that went through other tools come back with numbers for sessions,
// user names and passwords.
std::string text_or_number(const Json& event, std::string_view key) {
  const Json* value = event.find(key);
  if (double number = 0; value != nullptr && value->number(number)) return value->dump();
  return std::string(text(event, key));
}

Kind kind_of(std::string_view eventid) {
  if (eventid == "cowrie.command.input") return Kind::kCommand;
  if (eventid == "cowrie.login.success" || eventid == "cowrie.login.failed") return Kind::kLogin;
  if (eventid == "cowrie.session.connect") return Kind::kSessionStart;
  if (eventid == "cowrie.session.closed") return Kind::kSessionEnd;
  return Kind::kOther;
}

// Seconds: a number, and in the newest logs a number as text.
std::optional<double> duration_of(const Json& event) {
  const Json* value = event.find("duration");
  if (value == nullptr) return std::nullopt;
  double seconds = -1;
  if (const std::string* written = value->string(); written != nullptr) {
    const char* const end = written->data() + written->size();
    const auto [stop, problem] = std::from_chars(written->data(), end, seconds);
    if (problem != std::errc() || stop != end) return std::nullopt;
  } else if (!value->number(seconds)) {
    return std::nullopt;
  }
  if (!std::isfinite(seconds) || seconds < 0) return std::nullopt;
  return seconds;
}

std::string_view service_of(const Json& event, std::string_view eventid, std::string_view system) {
  const std::string_view protocol = text(event, "protocol");
  if (protocol == "ssh" || protocol == "telnet") return protocol;
  // Until 2019 every line named the part of Cowrie that spoke: "SSHService 'ssh-userauth' on
  // HoneyPotSSHTransport,7,192.0.2.1", "CowrieTelnetTransport,7,192.0.2.1", "cowrie.ssh.factory.…".
  if (system.find("SSH") != std::string_view::npos) return "ssh";
  if (system.find("Telnet") != std::string_view::npos) return "telnet";
  constexpr std::array<std::string_view, 4> kOfSshAlone{
      "cowrie.client.version", "cowrie.client.kex", "cowrie.client.fingerprint",
      "cowrie.direct-tcpip."};
  const auto begins = [eventid](std::string_view name) { return eventid.starts_with(name); };
  return std::any_of(kOfSshAlone.begin(), kOfSshAlone.end(), begins) ? "ssh" : "";
}

Result<std::string> address_of(const Json& event, std::string_view system) {
  if (const std::string_view written = text(event, "src_ip"); !written.empty()) {
    if (auto address = canonical_address(written)) return *std::move(address);
    return fail(ErrorCode::kInvalid, "src_ip is no IP address");
  }
  const auto comma = system.rfind(',');
  if (comma == std::string_view::npos) return std::string();
  return canonical_address(system.substr(comma + 1)).value_or("");
}

}  // namespace

Result<std::optional<CowrieLine>> read_cowrie_line(std::string_view written) {
  written = without_padding(written);
  if (written.empty()) return std::nullopt;
  DECNET_TRY(const Json event, Json::parse(written));
  const std::string_view eventid = text(event, "eventid");
  if (!eventid.starts_with("cowrie.")) return std::nullopt;

  const std::string_view timestamp = text(event, "timestamp");
  if (timestamp.empty()) return fail(ErrorCode::kInvalid, "no timestamp");
  const auto time = parse_time(timestamp);
  if (!time) return fail(ErrorCode::kInvalid, "timestamp is no time");

  const std::string_view system = text(event, "system");
  CowrieLine line;
  line.time = *time;
  DECNET_TRY(line.ip, address_of(event, system));
  line.sensor = text_or_number(event, "sensor");
  line.session = text_or_number(event, "session");
  line.service = service_of(event, eventid, system);
  line.kind = kind_of(eventid);
  if (line.kind == Kind::kCommand) {
    line.command = text(event, "input");
    if (line.command.find_first_not_of(kBlanks) == std::string::npos) line.kind = Kind::kOther;
  } else if (line.kind == Kind::kLogin) {
    line.username = text_or_number(event, "username");
    line.password = text_or_number(event, "password");
    line.success = eventid == "cowrie.login.success";
  } else if (line.kind == Kind::kSessionEnd) {
    line.duration_s = duration_of(event);
  }
  return line;
}

std::string cowrie_id(const CowrieLine& line) {
  // Each part with its length, so that no text can pass for a neighbour's.
  std::string name = "cowrie";
  const auto append = [&name](std::string_view part) {
    fmt::format_to(std::back_inserter(name), "|{}:{}", part.size(), part);
  };
  const bool login = line.kind == Kind::kLogin;
  append(!login ? "command.input" : line.success ? "login.success" : "login.failed");
  append(line.sensor);
  append(line.session);
  append(fmt::format_int(line.time.time_since_epoch().count()).str());
  append(login ? line.username : line.command);
  if (login) append(line.password);
  return uuid_v5(tag_namespace(), name);
}

}  // namespace decnet::importers
