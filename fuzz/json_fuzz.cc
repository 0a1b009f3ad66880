// Json: any bytes are read or refused, and what was read is written so that it reads the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "decnet/base/json.h"
#include "decnet/base/utf8.h"
#include "fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const auto value = decnet::Json::parse(input);
  if (!value) {
    DECNET_FUZZ_CHECK(!value.error().message.empty());
    return 0;
  }
  const std::string written = value->dump();
  DECNET_FUZZ_CHECK(decnet::is_valid_utf8(written));
  DECNET_FUZZ_CHECK(written.find('\n') == std::string::npos);
  const auto again = decnet::Json::parse(written);
  DECNET_FUZZ_CHECK(again.has_value());
  DECNET_FUZZ_CHECK(again->dump() == written);
  return 0;
}
