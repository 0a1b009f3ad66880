// Facts of sessions: any commands, a line each, have facts within their bounds.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "decnet/activity/session_facts.h"
#include "fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using decnet::activity::SessionFacts;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<std::string_view> commands;
  while (!rest.empty()) {
    commands.push_back(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(commands.back().size() + (commands.back().size() < rest.size() ? 1 : 0));
  }
  const SessionFacts facts = decnet::activity::facts_of(commands);
  DECNET_FUZZ_CHECK(facts.paths.size() <= SessionFacts::kMaxPaths);
  DECNET_FUZZ_CHECK(facts.signals.size() <= SessionFacts::kMaxSignals);
  DECNET_FUZZ_CHECK(facts.op_text.size() <= SessionFacts::kMaxTextBytes + 1);
  DECNET_FUZZ_CHECK(facts.uploads <= static_cast<std::int64_t>(commands.size()));
  decnet::Json payload;
  decnet::activity::add_facts(facts, payload);
  return 0;
}
