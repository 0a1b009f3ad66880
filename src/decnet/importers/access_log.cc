#include "decnet/importers/access_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "decnet/importers/stable_id.h"

namespace decnet::importers {
namespace {

std::string number_part(const std::optional<std::int64_t>& number) {
  return number ? fmt::format_int(*number).str() : std::string();
}

// A database that lies about as a file and was handed out: bytes read from it.
bool is_database_dump(const AccessLogLine& line, std::string_view path) {
  constexpr std::array<std::string_view, 6> kEndings = {".sql",     ".sql.gz", ".sql.zip",
                                                        ".sql.bz2", ".sql.xz", ".mdb"};
  return line.request.status && *line.request.status / 100 == 2 && line.request.bytes &&
         *line.request.bytes > 0 &&
         std::any_of(kEndings.begin(), kEndings.end(),
                     [path](std::string_view ending) { return path.ends_with(ending); });
}

}  // namespace

LineReader access_log_reader(std::string decky) {
  return [decky = std::move(decky)](std::string_view text,
                                    ObservationBatch& batch) -> Result<LineUse> {
    DECNET_TRY(const auto line, read_access_log_line(text));
    if (!line || line->ip.empty()) return LineUse::kIgnored;
    const HttpRequest& request = line->request;
    const std::string& decoy = decky.empty() ? line->host : decky;
    auto& attacker = batch.sighting(line->ip, line->time, decoy, "http");
    // What the server cannot tell apart (twice the same in one second) counts as one.
    const std::string referrer = request.headers.empty() ? "" : request.headers.front().second;
    const std::string id =
        stable_id("access-log", {decoy, line->ip, instant_part(line->time), request.method,
                                 request.raw_url, number_part(request.status),
                                 number_part(request.bytes), referrer, request.user_agent});
    Json payload = http_payload(request);
    payload.set("service", "http");
    const std::string path = path_of(request.raw_url);
    batch.add(attacker,
              storage::ObservedEvent{
                  id, SourceKind::kHttpRequest, line->time, {}, decoy, std::move(payload)});
    if (is_database_dump(*line, path)) {
      Json facts = Json::object({{"service", "http"},
                                 {"bytes_read", *request.bytes},
                                 {"matched_path", path},
                                 {"source_host", line->ip}});
      batch.add(attacker, storage::ObservedEvent{stable_id("access-log", {"dump", id}),
                                                 SourceKind::kSession,
                                                 line->time,
                                                 {},
                                                 decoy,
                                                 std::move(facts)});
    }
    return LineUse::kEvent;
  };
}

}  // namespace decnet::importers
