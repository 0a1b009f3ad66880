// Lines of access logs: any bytes are a request, ignored or refused with a reason, and what a
// request adds to a batch is sound.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "decnet/base/utf8.h"
#include "decnet/importers/access_log.h"
#include "decnet/importers/address.h"
#include "fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace decnet::importers;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const LineReader read = access_log_reader("decoy");
  ObservationBatch batch;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + (line.size() < rest.size() ? 1 : 0));
    const auto alone = read_access_log_line(line);
    const auto use = read(line, batch);
    DECNET_FUZZ_CHECK(alone.has_value() == use.has_value());
    if (!use) DECNET_FUZZ_CHECK(!use.error().message.empty());
    if (!alone || !*alone) continue;
    DECNET_FUZZ_CHECK(decnet::is_valid_utf8((*alone)->request.raw_url));
    DECNET_FUZZ_CHECK(decnet::is_valid_utf8((*alone)->request.user_agent));
    DECNET_FUZZ_CHECK((*alone)->request.raw_url.size() <= 3 * line.size());
    DECNET_FUZZ_CHECK(decnet::is_valid_utf8(path_of((*alone)->request.raw_url)));
  }
  for (const auto& attacker : batch.observations()) {
    DECNET_FUZZ_CHECK(canonical_address(attacker.ip) == attacker.ip);
    for (const auto& event : attacker.events) {
      DECNET_FUZZ_CHECK(event.id.size() == 36);
      DECNET_FUZZ_CHECK(event.payload.object() != nullptr);
    }
  }
  return 0;
}
