// Cowrie lines: any bytes are an event, ignored or refused with a reason, and what an event adds to
// a batch is sound.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "decnet/importers/address.h"
#include "decnet/importers/cowrie.h"
#include "decnet/importers/cowrie_line.h"
#include "fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace decnet::importers;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const LineReader read = cowrie_reader();
  ObservationBatch batch;
  std::size_t events = 0;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + (line.size() < rest.size() ? 1 : 0));
    const auto alone = read_cowrie_line(line);
    const auto use = read(line, batch);
    DECNET_FUZZ_CHECK(alone.has_value() == use.has_value());
    if (!use) {
      DECNET_FUZZ_CHECK(!use.error().message.empty());
      continue;
    }
    if (!*alone) DECNET_FUZZ_CHECK(*use == LineUse::kIgnored);
    if (*use == LineUse::kEvent) ++events;
  }
  std::size_t said = 0;
  for (const auto& attacker : batch.observations()) {
    DECNET_FUZZ_CHECK(canonical_address(attacker.ip) == attacker.ip);
    DECNET_FUZZ_CHECK(attacker.first_seen <= attacker.last_seen);
    for (const auto& command : attacker.commands) {
      DECNET_FUZZ_CHECK(command.id.size() == 36);
      DECNET_FUZZ_CHECK(!command.element.find("command_text")->string()->empty());
      DECNET_FUZZ_CHECK(*command.element.find("id")->string() == command.id);
    }
    said += attacker.commands.size() + attacker.logins.size();
  }
  DECNET_FUZZ_CHECK(batch.observations().size() <= events);
  DECNET_FUZZ_CHECK(said <= events);
  return 0;
}
