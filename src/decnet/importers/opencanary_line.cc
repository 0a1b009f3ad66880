#include "decnet/importers/opencanary_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "decnet/base/utf8.h"
#include "decnet/base/uuid.h"
#include "decnet/importers/address.h"
#include "decnet/importers/http_payload.h"
#include "decnet/importers/members.h"
#include "decnet/importers/stable_id.h"

namespace decnet::importers {
namespace {

// Texts of a contact that a rule reads are kept up to that; a payload is no place for a novel.
constexpr std::size_t kMaxFactBytes = std::size_t{8} << 10;

// The numbers of opencanary/logger.py. Those below 2000 are messages of the program itself, those
// from 99000 on whatever an operator made of them.
struct Logtype {
  std::int64_t number;
  std::string_view name;  // service, dot, what was done
};
constexpr std::array<Logtype, 38> kLogtypes = {{
    {2000, "ftp.login"},          {2001, "ftp.connect"},        {3000, "http.get"},
    {3001, "http.login"},         {3002, "http.method"},        {3003, "http.redirect"},
    {4000, "ssh.connect"},        {4001, "ssh.version"},        {4002, "ssh.login"},
    {5000, "smb.open"},           {5001, "portscan.syn"},       {5002, "portscan.nmap_os"},
    {5003, "portscan.nmap_null"}, {5004, "portscan.nmap_xmas"}, {5005, "portscan.nmap_fin"},
    {6001, "telnet.login"},       {6002, "telnet.connect"},     {7001, "httpproxy.login"},
    {8001, "mysql.login"},        {9001, "mssql.login"},        {9002, "mssql.login_windows"},
    {9003, "mssql.connect"},      {10001, "tftp.request"},      {11001, "ntp.monlist"},
    {12001, "vnc.login"},         {13001, "snmp.request"},      {14001, "rdp.connect"},
    {15001, "sip.request"},       {16001, "git.clone"},         {17001, "redis.command"},
    {18001, "tcp.connect"},       {18002, "tcp.connect"},       {18003, "tcp.secret"},
    {18004, "tcp.data"},          {18005, "tcp.data"},          {19001, "llmnr.response"},
    {20001, "rsync.connect"},     {20002, "rsync.login"},
}};
static_assert(std::is_sorted(kLogtypes.begin(), kLogtypes.end(),
                             [](const auto& a, const auto& b) { return a.number < b.number; }));

std::string fact(std::string_view text) { return std::string(utf8_prefix(text, kMaxFactBytes)); }

// A text or a number of `logdata`, under the first of these keys that has one: the modules write
// USERNAME, Username, USER, …
std::string first_of(const Json& logdata, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (std::string found = text_or_number(logdata, key); !found.empty()) return fact(found);
  }
  return {};
}

// What a command of Redis says: "FLUSHALL", "CONFIG SET dir /root/.ssh".
std::string redis_command(const Json& logdata) {
  std::string command = first_of(logdata, {"CMD", "cmd"});
  const Json* arguments = logdata.find("ARGS");
  if (arguments == nullptr) return command;
  if (const auto* text = arguments->string(); text != nullptr && !text->empty()) {
    return fact(command + " " + *text);
  }
  if (const auto* list = arguments->array()) {
    for (const Json& argument : *list) {
      if (argument.string() == nullptr || command.size() >= kMaxFactBytes) continue;
      command += " " + *argument.string();
    }
  }
  return fact(command);
}

// What the rules about sessions read of a contact.
void add_facts(std::string_view event, const Json& logdata, Json::Object& payload) {
  const auto add = [&payload](std::string_view key, std::string value) {
    if (!value.empty()) payload.emplace_back(std::string(key), std::move(value));
  };
  if (event == "tftp.request") {
    add("tftp_filename", first_of(logdata, {"FILENAME", "filename"}));
  } else if (event == "smb.open") {
    add("matched_path", first_of(logdata, {"FILENAME"}));
    add("share", first_of(logdata, {"SHARENAME"}));
  } else if (event == "redis.command") {
    add("op_text", redis_command(logdata));
  } else if (event == "git.clone") {
    add("repository", first_of(logdata, {"REPO"}));
  } else if (event == "snmp.request") {
    add("oids", first_of(logdata, {"REQUESTS"}));
  } else if (event == "llmnr.response") {
    // The decoy asked for a name that does not exist: only a poisoner answers.
    payload.emplace_back("llmnr_poisoned", true);
    add("poisoned_query", first_of(logdata, {"query_hostname", "QUERY", "HOSTNAME", "hostname"}));
  }
}

// Contacts of one sort, of one attacker with one decoy, on one day are one event: a scanner that
// knocks ten thousand times makes one tag. Those that carry a text of their own are told apart by
// it.
storage::ObservedEvent contact(const OpenCanaryLine& line, std::string_view event,
                               const Json& object, const Json& logdata) {
  Json::Object payload;
  payload.emplace_back("decoy_event", event);
  payload.emplace_back("service", line.service);
  payload.emplace_back("logtype", line.logtype);
  if (const Json* port = object.find("dst_port");
      port != nullptr && port->integer() != nullptr && *port->integer() > 0) {
    payload.emplace_back("dst_port", *port->integer());
  }
  add_facts(event, logdata, payload);
  if (!line.ip.empty()) {
    payload.emplace_back(event == "llmnr.response" ? "responder" : "source_host", line.ip);
  }
  if (event == "llmnr.response" && !line.node.empty()) {
    payload.emplace_back("victim_host", line.node);
  }
  Json facts(std::move(payload));
  const std::string day = to_sql_text(line.time).substr(0, 10);
  std::string id =
      stable_id("opencanary", {event, line.node, line.ip, day, sha256_hex(facts.dump())});
  return {std::move(id), SourceKind::kSession, line.time, {}, line.node, std::move(facts)};
}

storage::ObservedEvent request(const OpenCanaryLine& line, std::string_view event,
                               const Json& logdata) {
  HttpRequest http;
  http.method = event == "http.get" ? "GET" : event == "http.login" ? "POST" : "";
  if (std::string method = first_of(logdata, {"METHOD", "REQUEST_TYPE"}); !method.empty()) {
    http.method = std::move(method);
  }
  http.raw_url = first_of(logdata, {"PATH", "URL"});
  if (std::string target = first_of(logdata, {"HOSTNAME"}); !target.empty()) {
    http.headers.emplace_back("Host", std::move(target));
  }
  http.user_agent = first_of(logdata, {"USERAGENT", "USER_AGENT"});
  if (const Json* headers = object_of(logdata, "HEADERS")) {
    for (const auto& [name, value] : *headers->object()) {
      if (value.string() == nullptr) continue;
      http.headers.emplace_back(name, fact(*value.string()));
      if (http.headers.size() >= HttpRequest::kMaxHeaders) break;
    }
  }
  std::string id = stable_id("opencanary", {"request", line.node, line.ip, instant_part(line.time),
                                            http.method, http.raw_url, http.user_agent});
  return {std::move(id), SourceKind::kHttpRequest, line.time, {}, line.node, http_payload(http)};
}

void read_login(std::string_view event, const Json& logdata, OpenCanaryLine& line) {
  const auto what = event.substr(event.find('.') + 1);
  if (!what.starts_with("login")) return;
  storage::ObservedLogin login;
  login.username = first_of(logdata, {"USERNAME", "UserName", "username", "USER"});
  login.password = first_of(logdata, {"PASSWORD", "Password", "password", "VNC Password"});
  if (login.username.empty() && login.password.empty()) return;
  // What VNC logs instead of a password is its opinion of one.
  if (login.password.starts_with("<Password was not in the common list")) login.password.clear();
  login.time = line.time;
  login.decky = line.node;
  login.service = line.service;
  login.id = stable_id("opencanary", {"login", line.node, line.ip, line.service,
                                      instant_part(line.time), login.username, login.password});
  line.login = std::move(login);
}

void read_contact(const Json& object, OpenCanaryLine& line) {
  const std::string_view event = decoy_event(line.logtype);
  line.service = event.substr(0, event.find('.'));
  const Json* found = object_of(object, "logdata");
  const Json nothing = Json::object({});
  const Json& logdata = found == nullptr ? nothing : *found;
  read_login(event, logdata, line);
  line.events.push_back(contact(line, event, object, logdata));
  if (line.service == "http") line.events.push_back(request(line, event, logdata));
}

std::optional<std::int64_t> logtype_of(const Json& object) {
  const Json* value = object.find("logtype");
  const std::int64_t* number = value == nullptr ? nullptr : value->integer();
  return number == nullptr ? std::nullopt : std::optional(*number);
}

}  // namespace

std::string_view decoy_event(std::int64_t logtype) {
  const auto found = std::lower_bound(
      kLogtypes.begin(), kLogtypes.end(), logtype,
      [](const Logtype& each, std::int64_t wanted) { return each.number < wanted; });
  return found != kLogtypes.end() && found->number == logtype ? found->name : std::string_view();
}

std::optional<OpenCanaryLine> opencanary_contact(const Json& object) {
  const auto logtype = logtype_of(object);
  if (!logtype || decoy_event(*logtype).empty()) return std::nullopt;
  OpenCanaryLine line;
  line.logtype = *logtype;
  line.node = text_or_number(object, "node_id");
  line.ip = canonical_address(text_of(object, "src_host")).value_or("");
  read_contact(object, line);
  return line;
}

Result<std::optional<OpenCanaryLine>> read_opencanary_line(std::string_view written) {
  written = without_padding(written);
  if (written.empty()) return std::nullopt;
  DECNET_TRY(const Json object, Json::parse(written));
  const auto logtype = logtype_of(object);
  if (!logtype || decoy_event(*logtype).empty()) return std::nullopt;

  OpenCanaryLine line;
  line.logtype = *logtype;
  // local_time is UTC in every release (local_time_adjusted is the local one); old ones lack
  // utc_time.
  std::string_view written_time = text_of(object, "utc_time");
  if (written_time.empty()) written_time = text_of(object, "local_time");
  if (written_time.empty()) return fail(ErrorCode::kInvalid, "no utc_time");
  const auto time = parse_time(written_time);
  if (!time) return fail(ErrorCode::kInvalid, "utc_time is no time");
  line.time = *time;
  if (const std::string_view source = text_of(object, "src_host"); !source.empty()) {
    auto address = canonical_address(source);
    if (!address) return fail(ErrorCode::kInvalid, "src_host is no IP address");
    line.ip = *std::move(address);
  }
  line.node = text_or_number(object, "node_id");
  read_contact(object, line);
  return line;
}

}  // namespace decnet::importers
