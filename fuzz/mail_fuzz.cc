// Mails as attackers send them: whatever the bytes, the payload is bounded, valid text, and the
// same when they are read again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "decnet/base/json.h"
#include "decnet/base/utf8.h"
#include "decnet/mail/html.h"
#include "decnet/mail/payload.h"
#include "fuzz/check.h"

namespace {

void check_texts(const decnet::Json& value) {
  if (value.string() != nullptr) DECNET_FUZZ_CHECK(decnet::is_valid_utf8(*value.string()));
  if (value.array() != nullptr) {
    DECNET_FUZZ_CHECK(value.array()->size() <= 2 * decnet::mail::kMaxUrls);
    for (const auto& element : *value.array()) check_texts(element);
  }
  if (value.object() != nullptr) {
    for (const auto& member : *value.object()) check_texts(member.second);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto first = decnet::Json::object({});
  auto second = decnet::Json::object({{"spf_pass", false}});
  const bool read = decnet::mail::add_message(first, bytes).has_value();
  DECNET_FUZZ_CHECK(decnet::mail::add_message(second, bytes).has_value() == read);
  if (read) {
    check_texts(first);
    DECNET_FUZZ_CHECK(*first.find("visible_text")->string() ==
                      *second.find("visible_text")->string());
    DECNET_FUZZ_CHECK(*first.find("spf_pass") == *second.find("spf_pass"));
  }
  const auto html = decnet::mail::read_html(bytes);
  DECNET_FUZZ_CHECK(html.text.size() <= decnet::mail::Html::kMaxTextBytes);
  DECNET_FUZZ_CHECK(decnet::is_valid_utf8(html.text));
  return 0;
}
