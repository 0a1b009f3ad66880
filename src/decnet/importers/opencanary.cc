#include "decnet/importers/opencanary.h"

#include <utility>

#include "decnet/importers/opencanary_line.h"

namespace decnet::importers {

LineReader opencanary_reader() {
  return [](std::string_view text, ObservationBatch& batch) -> Result<LineUse> {
    DECNET_TRY(auto line, read_opencanary_line(text));
    if (!line || line->ip.empty()) return LineUse::kIgnored;
    auto& attacker = batch.sighting(line->ip, line->time, line->node, line->service);
    if (line->login) batch.add(attacker, *std::move(line->login));
    for (auto& event : line->events) batch.add(attacker, std::move(event));
    return LineUse::kEvent;
  };
}

}  // namespace decnet::importers
