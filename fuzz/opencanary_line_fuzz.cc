// OpenCanary lines: any bytes are events, ignored or refused with a reason, and what they add to a
// batch is sound.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "decnet/importers/address.h"
#include "decnet/importers/opencanary.h"
#include "decnet/importers/opencanary_line.h"
#include "fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace decnet::importers;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const LineReader read = opencanary_reader();
  ObservationBatch batch;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + (line.size() < rest.size() ? 1 : 0));
    const auto alone = read_opencanary_line(line);
    const auto use = read(line, batch);
    DECNET_FUZZ_CHECK(alone.has_value() == use.has_value());
    if (!use) DECNET_FUZZ_CHECK(!use.error().message.empty());
    if (!alone || !*alone) continue;
    DECNET_FUZZ_CHECK(!(*alone)->service.empty());
    for (const auto& event : (*alone)->events) {
      DECNET_FUZZ_CHECK(event.id.size() == 36);
      DECNET_FUZZ_CHECK(event.payload.object() != nullptr);
      DECNET_FUZZ_CHECK(event.payload.find("password") == nullptr);
      DECNET_FUZZ_CHECK(event.payload.dump().size() <= 2 * size + 4096);
    }
  }
  for (const auto& attacker : batch.observations()) {
    DECNET_FUZZ_CHECK(canonical_address(attacker.ip) == attacker.ip);
    DECNET_FUZZ_CHECK(attacker.first_seen <= attacker.last_seen);
  }
  return 0;
}
