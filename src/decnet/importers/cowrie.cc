#include "decnet/importers/cowrie.h"

#include <memory>
#include <utility>

#include "decnet/importers/cowrie_line.h"
#include "decnet/importers/cowrie_sessions.h"

namespace decnet::importers {
namespace {

using Kind = CowrieLine::Kind;

storage::ObservedCommand command_of(CowrieLine&& line) {
  std::string id = cowrie_id(line);
  Json::Object element;
  element.reserve(6);
  element.emplace_back("id", id);
  if (!line.session.empty()) element.emplace_back("session_id", std::move(line.session));
  if (!line.sensor.empty()) element.emplace_back("decky", std::move(line.sensor));
  element.emplace_back("command_text", std::move(line.command));
  element.emplace_back("ts", to_iso_text(line.time));
  // Last, because another file may add it to a stored element.
  if (!line.service.empty()) element.emplace_back("service", std::move(line.service));
  return {std::move(id), line.time, std::move(element)};
}

void sight_session(const CowrieLine& line, ObservationBatch& batch) {
  // Longer names are none that Cowrie makes, and would be repeated with every command.
  if (line.session.size() + line.sensor.size() > CowrieSessions::kMaxNameBytes) return;
  // What was logged without a session belongs to none that could end.
  if (line.session.empty() && line.kind != Kind::kCommand && line.kind != Kind::kLogin &&
      line.kind != Kind::kTransfer) {
    return;
  }
  auto& session = batch.session(line.ip, line.sensor, line.session, line.time,
                                line.kind == Kind::kSessionStart);
  if (session.service.empty()) session.service = line.service;
  if (line.kind != Kind::kSessionEnd || line.session.empty()) return;
  session.ended = line.time;
  session.duration_s = line.duration_s;
}

storage::ObservedEvent transfer_of(CowrieLine&& line) {
  std::string id = cowrie_id(line);
  Json::Object payload;
  payload.emplace_back("transfer", line.upload ? "upload" : "download");
  payload.emplace_back("payload_text", line.url.empty()    ? line.name
                                       : line.name.empty() ? line.url
                                                           : line.url + " " + line.name);
  if (!line.url.empty()) payload.emplace_back("url", std::move(line.url));
  if (!line.name.empty()) payload.emplace_back("filename", std::move(line.name));
  if (!line.digest.empty()) payload.emplace_back("sha256", std::move(line.digest));
  return {std::move(id),           SourceKind::kPayload,   line.time,
          std::move(line.session), std::move(line.sensor), std::move(payload)};
}

storage::ObservedEvent client_of(CowrieLine&& line) {
  std::string id = cowrie_id(line);
  Json payload = Json::object({{"hassh", std::move(line.hassh)}, {"service", "ssh"}});
  return {std::move(id),          SourceKind::kSession, line.time, {},
          std::move(line.sensor), std::move(payload)};
}

storage::ObservedLogin login_of(CowrieLine&& line) {
  std::string id = cowrie_id(line);
  return {std::move(id),
          line.time,
          std::move(line.session),
          std::move(line.sensor),
          std::move(line.service),
          std::move(line.username),
          std::move(line.password),
          line.success};
}

}  // namespace

LineReader cowrie_reader() { return cowrie_reader(std::make_shared<CowrieSessions>()); }

LineReader cowrie_reader(std::shared_ptr<CowrieSessions> sessions) {
  return [sessions](std::string_view text, ObservationBatch& batch) -> Result<LineUse> {
    DECNET_TRY(auto line, read_cowrie_line(text));
    if (!line) return LineUse::kIgnored;
    sessions->complete(*line);
    if (line->ip.empty()) return LineUse::kIgnored;
    if (batch.tracks_sessions()) sight_session(*line, batch);
    auto& attacker = batch.sighting(line->ip, line->time, line->sensor, line->service);
    if (line->kind == Kind::kCommand) {
      batch.add(attacker, command_of(*std::move(line)));
    } else if (line->kind == Kind::kLogin) {
      batch.add(attacker, login_of(*std::move(line)));
    } else if (line->kind == Kind::kTransfer) {
      batch.add(attacker, transfer_of(*std::move(line)));
    } else if (line->kind == Kind::kKeyExchange) {
      batch.add(attacker, client_of(*std::move(line)));
    }
    return LineUse::kEvent;
  };
}

Result<void> import_cowrie(LineSource& source, storage::Observations& observations,
                           const ImportOptions& options, ImportReport& report) {
  return import_lines(source, cowrie_reader(), observations, options, report);
}

}  // namespace decnet::importers
