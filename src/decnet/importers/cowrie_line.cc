#include "decnet/importers/cowrie_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "decnet/base/uuid.h"
#include "decnet/importers/address.h"
#include "decnet/importers/cowrie_fields.h"
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

std::string_view service_of(const CowrieFields& fields) {
  if (fields.protocol == "ssh" || fields.protocol == "telnet") return fields.protocol;
  // Until 2019 every line named the part of Cowrie that spoke: "SSHService 'ssh-userauth' on
  // HoneyPotSSHTransport,7,192.0.2.1", "CowrieTelnetTransport,7,192.0.2.1", "cowrie.ssh.factory.…".
  if (fields.system.find("SSH") != std::string_view::npos) return "ssh";
  if (fields.system.find("Telnet") != std::string_view::npos) return "telnet";
  // Events that only its SSH side has.
  constexpr std::array<std::string_view, 4> kSshOnly{"cowrie.client.version", "cowrie.client.kex",
                                                     "cowrie.client.fingerprint",
                                                     "cowrie.direct-tcpip."};
  const auto begins = [&](std::string_view name) { return fields.eventid.starts_with(name); };
  return std::any_of(kSshOnly.begin(), kSshOnly.end(), begins) ? "ssh" : "";
}

Result<std::string> address_of(const CowrieFields& fields) {
  if (!fields.src_ip.empty()) {
    if (auto address = canonical_address(fields.src_ip)) return *std::move(address);
    return fail(ErrorCode::kInvalid, "src_ip is no IP address");
  }
  const auto comma = fields.system.rfind(',');
  if (comma == std::string_view::npos) return std::string();
  return canonical_address(fields.system.substr(comma + 1)).value_or("");
}

Kind kind_of(const CowrieFields& fields) {
  if (fields.eventid == "cowrie.session.connect") return Kind::kSessionStart;
  if (fields.eventid == "cowrie.login.success" || fields.eventid == "cowrie.login.failed") {
    return Kind::kLogin;
  }
  const bool says_something = fields.input.find_first_not_of(kBlanks) != std::string_view::npos;
  if (fields.eventid == "cowrie.command.input" && says_something) return Kind::kCommand;
  return Kind::kOther;
}

Result<std::optional<CowrieLine>> from_fields(const CowrieFields& fields) {
  if (!fields.eventid.starts_with("cowrie.")) return std::nullopt;
  if (fields.timestamp.empty()) return fail(ErrorCode::kInvalid, "no timestamp");
  const auto time = parse_time(fields.timestamp);
  if (!time) return fail(ErrorCode::kInvalid, "timestamp is no time");
  CowrieLine line;
  line.kind = kind_of(fields);
  line.time = *time;
  DECNET_TRY(line.ip, address_of(fields));
  line.sensor = fields.sensor;
  line.session = fields.session;
  line.service = service_of(fields);
  if (line.kind == Kind::kCommand) line.command = fields.input;
  if (line.kind == Kind::kLogin) {
    line.username = fields.username;
    line.password = fields.password;
    line.success = fields.eventid == "cowrie.login.success";
  }
  return line;
}

}  // namespace

Result<std::optional<CowrieLine>> read_cowrie_line(std::string_view line) {
  line = without_padding(line);
  if (line.empty()) return std::nullopt;
  DECNET_TRY(const CowrieFields fields, read_cowrie_fields(line));
  return from_fields(fields);
}

std::string cowrie_id(const CowrieLine& line) {
  // Each part with its length, so that no text can pass for a neighbour's.
  std::string name = "cowrie";
  const auto append = [&name](std::string_view part) {
    fmt::format_to(std::back_inserter(name), "|{}:{}", part.size(), part);
  };
  append(line.kind == Kind::kLogin ? (line.success ? "login.success" : "login.failed")
                                   : "command.input");
  append(line.sensor);
  append(line.session);
  append(to_iso_text(line.time));
  if (line.kind == Kind::kLogin) {
    append(line.username);
    append(line.password);
  } else {
    append(line.command);
  }
  return uuid_v5(tag_namespace(), name);
}

}  // namespace decnet::importers
