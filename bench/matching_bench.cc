// PatternSet on short commands and on hostile texts, by number of patterns, beside the two other
// ways to do it with RE2: one automaton for all (RE2::Set), and one by one.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <memory>

#include "bench/command_patterns.h"
#include "bench/command_texts.h"
#include "decnet/matching/expression.h"
#include "decnet/matching/pattern_set.h"
#include "tests/hostile_texts.h"

namespace decnet::bench {
namespace {

using matching::PatternSet;

// --- the three ways
// -------------------------------------------------------------------------------

struct Fast {
  explicit Fast(const std::vector<std::string>& of) : set(*PatternSet::compile(of)) {}
  std::size_t scan(std::string_view text) {
    set.scan(text, found);
    return found.matched.size();
  }
  PatternSet set;
  matching::Scan found;
};

struct OneAutomaton {
  explicit OneAutomaton(const std::vector<std::string>& of) : set(options(), RE2::UNANCHORED) {
    for (const std::string& pattern : of) {
      set.Add(matching::read_expression(pattern)->witness, nullptr);
    }
    set.Compile();
  }
  static RE2::Options options() {
    RE2::Options result;
    result.set_max_mem(std::int64_t{64} << 20);
    result.set_never_capture(true);
    result.set_log_errors(false);
    return result;
  }
  std::size_t scan(std::string_view text) {
    set.Match({text.data(), text.size()}, &found);
    return found.size();
  }
  RE2::Set set;
  std::vector<int> found;
};

struct OneByOne {
  explicit OneByOne(const std::vector<std::string>& of) {
    for (const std::string& pattern : of) {
      regexes.push_back(std::make_unique<RE2>(matching::read_expression(pattern)->witness,
                                              OneAutomaton::options()));
    }
  }
  std::size_t scan(std::string_view text) {
    std::size_t matched = 0;
    for (const auto& regex : regexes) {
      matched += RE2::PartialMatch({text.data(), text.size()}, *regex) ? 1 : 0;
    }
    return matched;
  }
  std::vector<std::unique_ptr<RE2>> regexes;
};

// --- lanes
// ------------------------------------------------------------------------------------------

template <typename Matcher>
void run(benchmark::State& state, const std::vector<std::string>& patterns,
         const std::vector<std::string>& texts) {
  Matcher matcher(patterns);
  std::int64_t done = 0;
  std::int64_t bytes = 0;
  std::size_t matched = 0;
  for (auto unused : state) {
    (void)unused;
    const std::string& text = texts[static_cast<std::size_t>(done) % texts.size()];
    matched += matcher.scan(text);
    bytes += static_cast<std::int64_t>(text.size());
    ++done;
  }
  state.SetItemsProcessed(done);
  state.SetBytesProcessed(bytes);
  state.counters["matches_a_text"] = static_cast<double>(matched) / static_cast<double>(done);
}

CommandPatterns patterns_of(const benchmark::State& state) {
  return command_patterns(static_cast<std::size_t>(state.range(0)));
}

// Distinct commands, more than any cache of states holds on to.
template <typename Matcher>
void commands(benchmark::State& state) {
  static const std::vector<std::string> texts = command_texts(200'000);
  run<Matcher>(state, patterns_of(state).patterns, texts);
}

// Near misses in random order, by someone who knows all patterns: never the same text twice in a
// while.
template <typename Matcher>
void hostile(benchmark::State& state) {
  const CommandPatterns known = patterns_of(state);
  const auto size = static_cast<std::size_t>(state.range(1)) << 10;
  std::vector<std::string> texts;
  for (std::uint64_t seed = 0; texts.size() < (std::size_t{4} << 20) / size; ++seed) {
    texts.push_back(test::shuffled(known.pieces, size, seed));
  }
  run<Matcher>(state, known.patterns, texts);
}

BENCHMARK(commands<Fast>)->Arg(20)->Arg(60)->Arg(400)->Arg(3000);
BENCHMARK(commands<OneAutomaton>)->Arg(20)->Arg(60)->Arg(400)->Arg(3000);
BENCHMARK(commands<OneByOne>)->Arg(20)->Arg(60)->Arg(400);
BENCHMARK(hostile<Fast>)->ArgNames({"patterns", "KiB"})->ArgsProduct({{20, 400, 3000}, {1, 64}});
BENCHMARK(hostile<OneAutomaton>)
    ->ArgNames({"patterns", "KiB"})
    ->ArgsProduct({{20, 400, 3000}, {1, 64}});
BENCHMARK(hostile<OneByOne>)->ArgNames({"patterns", "KiB"})->ArgsProduct({{20, 400}, {1, 64}});

void compile(benchmark::State& state) {
  const std::vector<std::string> of = patterns_of(state).patterns;
  const auto held = [] {
    const auto info = mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd);
  };
  double kept = 0;
  for (auto unused : state) {
    (void)unused;
    const double before = held();
    const auto set = PatternSet::compile(of);
    kept = held() - before;
  }
  state.counters["KiB_held"] = kept / 1024;
}
BENCHMARK(compile)->Arg(20)->Arg(60)->Arg(400)->Arg(3000)->Unit(benchmark::kMillisecond);

// A pattern for PCRE2 on a text that its literals do not wake, on one that they do, and on one that
// uses up the whole budget.
void backtracking(benchmark::State& state, const std::string& text) {
  const auto set = PatternSet::compile(std::vector<std::string>{R"(find /(?=(?:\w+/?)+!).*y)"});
  matching::Scan scan;
  for (auto unused : state) {
    (void)unused;
    set->scan(text, scan);
  }
  state.SetLabel(!scan.exhausted.empty() ? "exhausted" : scan.matched.empty() ? "no" : "yes");
}
BENCHMARK_CAPTURE(backtracking, asleep, std::string("ls -l /etc/passwd /var/log /home"));
BENCHMARK_CAPTURE(backtracking, found, std::string("find /etc/passwd! -name x.y"));
BENCHMARK_CAPTURE(backtracking, exhausted, "find /" + std::string(300, 'a') + "? y !");

}  // namespace
}  // namespace decnet::bench
