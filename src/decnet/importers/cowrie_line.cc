#include "decnet/importers/cowrie_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "decnet/base/json.h"
#include "decnet/importers/address.h"
#include "decnet/importers/members.h"
#include "decnet/importers/stable_id.h"

namespace decnet::importers {
namespace {

using Kind = CowrieLine::Kind;

constexpr std::string_view kBlanks = " \t\r\n\v\f";

Kind kind_of(std::string_view eventid) {
  if (eventid == "cowrie.command.input") return Kind::kCommand;
  if (eventid == "cowrie.login.success" || eventid == "cowrie.login.failed") return Kind::kLogin;
  if (eventid == "cowrie.session.file_download" || eventid == "cowrie.session.file_upload") {
    return Kind::kTransfer;
  }
  if (eventid == "cowrie.client.kex") return Kind::kKeyExchange;
  if (eventid == "cowrie.session.connect") return Kind::kSessionStart;
  if (eventid == "cowrie.session.closed") return Kind::kSessionEnd;
  return Kind::kOther;
}

// A HASSH is an MD5 in hexadecimal; empty for anything else.
std::string hassh_of(const Json& event) {
  constexpr std::size_t kDigits = 32;
  std::string hassh(text_of(event, "hassh"));
  for (char& c : hassh) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  const bool sound =
      hassh.size() == kDigits && hassh.find_first_not_of("0123456789abcdef") == std::string::npos;
  return sound ? hassh : std::string();
}

void read_transfer(const Json& event, CowrieLine& line) {
  line.upload = text_of(event, "eventid") == "cowrie.session.file_upload";
  line.url = text_of(event, "url");
  line.digest = text_of(event, "shasum");
  for (const char* key : {"filename", "destfile"}) {
    if (line.name.empty()) line.name = text_of(event, key);
  }
  if (line.url.empty() && line.name.empty() && line.digest.empty()) line.kind = Kind::kOther;
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
  const std::string_view protocol = text_of(event, "protocol");
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
  if (const std::string_view written = text_of(event, "src_ip"); !written.empty()) {
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
  const std::string_view eventid = text_of(event, "eventid");
  if (!eventid.starts_with("cowrie.")) return std::nullopt;

  const std::string_view timestamp = text_of(event, "timestamp");
  if (timestamp.empty()) return fail(ErrorCode::kInvalid, "no timestamp");
  const auto time = parse_time(timestamp);
  if (!time) return fail(ErrorCode::kInvalid, "timestamp is no time");

  const std::string_view system = text_of(event, "system");
  CowrieLine line;
  line.time = *time;
  DECNET_TRY(line.ip, address_of(event, system));
  line.sensor = text_or_number(event, "sensor");
  line.session = text_or_number(event, "session");
  line.service = service_of(event, eventid, system);
  line.kind = kind_of(eventid);
  if (line.kind == Kind::kCommand) {
    line.command = text_of(event, "input");
    if (line.command.find_first_not_of(kBlanks) == std::string::npos) line.kind = Kind::kOther;
  } else if (line.kind == Kind::kLogin) {
    line.username = text_or_number(event, "username");
    line.password = text_or_number(event, "password");
    line.success = eventid == "cowrie.login.success";
  } else if (line.kind == Kind::kTransfer) {
    read_transfer(event, line);
  } else if (line.kind == Kind::kKeyExchange) {
    line.hassh = hassh_of(event);
    if (line.hassh.empty()) line.kind = Kind::kOther;
  } else if (line.kind == Kind::kSessionEnd) {
    line.duration_s = duration_of(event);
  }
  return line;
}

std::string cowrie_id(const CowrieLine& line) {
  const std::string instant = instant_part(line.time);
  switch (line.kind) {
    case Kind::kLogin:
      return stable_id("cowrie", {line.success ? "login.success" : "login.failed", line.sensor,
                                  line.session, instant, line.username, line.password});
    case Kind::kTransfer:
      return stable_id("cowrie", {line.upload ? "file_upload" : "file_download", line.sensor,
                                  line.session, instant, line.url, line.name, line.digest});
    case Kind::kKeyExchange:
      // One for each client of an attacker at a sensor, however often it comes.
      return stable_id("cowrie", {"client.kex", line.sensor, line.ip, line.hassh});
    default:
      return stable_id("cowrie",
                       {"command.input", line.sensor, line.session, instant, line.command});
  }
}

}  // namespace decnet::importers
