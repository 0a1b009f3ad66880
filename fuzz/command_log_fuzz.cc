// CommandLog: whatever another program stored is refused, or kept element by element; and a command
// is added to it once.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "decnet/storage/command_log.h"
#include "fuzz/check.h"

namespace {

using decnet::Json;
using decnet::storage::CommandLog;

std::vector<std::string> elements(const std::string& text) {
  std::vector<std::string> dumps;
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return dumps;
  const auto value = Json::parse(text);
  DECNET_FUZZ_CHECK(value.has_value() && value->array() != nullptr);
  for (const Json& element : *value->array()) dumps.push_back(element.dump());
  std::sort(dumps.begin(), dumps.end());
  return dumps;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string stored(reinterpret_cast<const char*>(data), size);
  auto log = CommandLog::read(stored);
  if (!log) return 0;
  const auto before = elements(stored);
  DECNET_FUZZ_CHECK(elements(log->text()) == before);

  const auto time = *decnet::parse_time("2026-03-04T10:05:00");
  const decnet::storage::ObservedCommand command = {
      "fuzz-1", time,
      Json::object({{"id", "fuzz-1"}, {"command_text", "id"}, {"ts", "2026-03-04T10:05:00"}})};
  const bool fresh = log->add(command) == CommandLog::Added::kNew;
  const std::string text = log->text();
  auto expected = before;
  if (fresh) expected.push_back(command.element.dump());
  std::sort(expected.begin(), expected.end());
  DECNET_FUZZ_CHECK(elements(text) == expected);

  auto again = CommandLog::read(text);
  DECNET_FUZZ_CHECK(again.has_value());
  DECNET_FUZZ_CHECK(again->text() == text);
  DECNET_FUZZ_CHECK(again->add(command) == CommandLog::Added::kKnown);
  return 0;
}
