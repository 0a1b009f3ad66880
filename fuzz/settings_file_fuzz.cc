// INI and .env files: any bytes are read, refused with a line, or skipped with a line; what comes
// out is trimmed, in order, and lies within the file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "decnet/config/dotenv.h"
#include "decnet/config/ini.h"
#include "decnet/config/words.h"
#include "fuzz/check.h"

namespace {

using decnet::config::trimmed;

void check_ini(std::string_view text, int lines) {
  const auto entries = decnet::config::read_ini(text, "f.ini");
  if (!entries) {
    DECNET_FUZZ_CHECK(entries.error().message.starts_with("f.ini:"));
    return;
  }
  int line = 0;
  for (const auto& entry : *entries) {
    DECNET_FUZZ_CHECK(entry.line > line && entry.line <= lines);
    DECNET_FUZZ_CHECK(!entry.key.empty() && trimmed(entry.key) == entry.key);
    DECNET_FUZZ_CHECK(trimmed(entry.value) == entry.value);
    DECNET_FUZZ_CHECK(entry.value.find('\n') == std::string::npos);
    line = entry.line;
  }
}

void check_dotenv(std::string_view text, int lines) {
  const auto file = decnet::config::read_dotenv(text);
  int line = 0;
  for (const auto& entry : file.entries) {
    DECNET_FUZZ_CHECK(entry.line > line && entry.line <= lines);
    DECNET_FUZZ_CHECK(!entry.name.empty() && entry.name.find('=') == std::string::npos);
    line = entry.line;
  }
  for (const auto& problem : file.problems) {
    DECNET_FUZZ_CHECK(problem.line >= 1 && problem.line <= lines);
    DECNET_FUZZ_CHECK(!problem.message.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const int lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  check_ini(text, lines);
  check_dotenv(text, lines);
  return 0;
}
