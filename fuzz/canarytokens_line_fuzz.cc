// Alerts of canary tokens: any bytes are alerts, ignored or refused with a reason, and what an
// alert says is sound.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "decnet/importers/address.h"
#include "decnet/importers/canarytokens.h"
#include "fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace decnet::importers;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto alerts = read_canarytokens_line(line);
  if (!alerts) {
    DECNET_FUZZ_CHECK(!alerts.error().message.empty());
    return 0;
  }
  for (const auto& [ip, trigger] : *alerts) {
    DECNET_FUZZ_CHECK(canonical_address(ip) == ip);
    DECNET_FUZZ_CHECK(trigger.id.size() == 36);
    // A word of a bus topic.
    DECNET_FUZZ_CHECK(!trigger.token.empty());
    DECNET_FUZZ_CHECK(trigger.token.find_first_of(".*> \n") == std::string::npos);
    DECNET_FUZZ_CHECK(trigger.headers.object() != nullptr);
  }
  return 0;
}
