// Requests of attackers: whatever they hold, their normal forms are valid UTF-8 and bounded.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "decnet/base/json.h"
#include "decnet/base/utf8.h"
#include "decnet/web/normal_request.h"
#include "fuzz/check.h"

// Three texts, separated by NUL: URL, Content-Type, body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto taken = [&input] {
    const auto end = input.find('\0');
    const std::string_view part = input.substr(0, end);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
    return std::string(part);
  };
  const std::string url = taken();
  const std::string type = taken();
  const auto request = decnet::web::normal_request(decnet::Json::object(
      {{"raw_url", url},
       {"headers", decnet::Json::object({{"Content-Type", type}, {"Cookie", url}})},
       {"body", std::string(input)}}));
  std::size_t bytes = 0;
  for (const auto* texts : {&request.path, &request.parameters, &request.assignments,
                            &request.headers, &request.uploads, &request.document}) {
    for (const std::string& text : *texts) {
      DECNET_FUZZ_CHECK(decnet::is_valid_utf8(text));
      bytes += text.size();
    }
  }
  DECNET_FUZZ_CHECK(bytes <= decnet::web::kMaxNormalBytes);
  return 0;
}
