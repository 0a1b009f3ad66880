// A rule's state in a file: what is read from any bytes makes sense, is written and read again as
// it was, and its file has a name that leads nowhere else.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "decnet/rulestore/directory/state_document.h"
#include "decnet/rulestore/state_check.h"
#include "fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using decnet::rulestore::read_state;
  const auto document = read_state({reinterpret_cast<const char*>(data), size});
  if (!document) {
    DECNET_FUZZ_CHECK(!document.error().message.empty());
    return 0;
  }
  DECNET_FUZZ_CHECK(decnet::rulestore::flaw_of(document->state).empty());
  const auto again = read_state(to_json(*document));
  DECNET_FUZZ_CHECK(again.has_value());
  DECNET_FUZZ_CHECK(*again == *document);

  const std::string name = decnet::rulestore::state_file_name(document->rule);
  DECNET_FUZZ_CHECK(name.size() <= 255);
  DECNET_FUZZ_CHECK(!name.starts_with('.') && name.find('/') == name.npos);
  DECNET_FUZZ_CHECK(name.find('\0') == name.npos);
  return 0;
}
