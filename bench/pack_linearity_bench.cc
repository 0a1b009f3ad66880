// What a hostile text costs: for every shipped pattern rule, time per KiB at 64 KiB beside that at
// 1 KiB, on texts built against the rule. A ratio that grows with the text is how one command
// stalls a worker; the aim is 1.5 at most. Prints the worst text of each rule, and of all rules
// together on some of what was written against each.
//
//   pack_linearity_bench [rules directory]       (default: rules/ttp)
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/utf8.h"
#include "decnet/matching/pattern_set.h"
#include "decnet/rules/loader.h"
#include "tests/hostile_texts.h"

namespace {

using decnet::matching::PatternSet;
using decnet::matching::Scan;
using Nanoseconds = std::chrono::duration<double, std::nano>;

constexpr std::size_t kShort = std::size_t{1} << 10;
constexpr std::size_t kLong = std::size_t{64} << 10;
constexpr int kShortsPerLong = 64;  // so that both sides scan the same number of bytes
constexpr int kMixtures = 16;
constexpr std::size_t kMostTogether = 500;  // texts of 64 KiB

struct Cost {
  double short_ns = std::numeric_limits<double>::max();  // for each KiB of the short text
  double long_ns = std::numeric_limits<double>::max();   // … of the long one
  [[nodiscard]] double ratio() const { return long_ns / short_ns; }
};

double nanoseconds(const PatternSet& patterns, const std::string& text, int times) {
  thread_local Scan scan;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) patterns.scan(text, scan);
  return Nanoseconds(std::chrono::steady_clock::now() - begin).count();
}

// Turn by turn, the best of each, so that what else the machine does hits both sides alike or not
// at all. The first turn builds the automaton's states and cannot be the best.
void measure(const PatternSet& patterns, const std::string& text, int rounds, Cost& cost) {
  const std::string beginning = text.substr(0, kShort);
  for (int i = 0; i < rounds; ++i) {
    cost.short_ns =
        std::min(cost.short_ns, nanoseconds(patterns, beginning, kShortsPerLong) / kShortsPerLong);
    cost.long_ns = std::min(cost.long_ns, nanoseconds(patterns, text, 1) / kShortsPerLong);
  }
}

struct Text {
  std::string name;  // what it is made of
  std::string text;
};

// Of more than `most` pieces, which are sorted, as many at equal distances are repeated.
std::vector<Text> texts_against(const std::vector<std::string>& samples,
                                std::size_t most = std::numeric_limits<std::size_t>::max()) {
  const auto pieces = decnet::test::near_misses(samples);
  const std::size_t step = pieces.size() / most + 1;
  std::vector<Text> texts;
  for (std::size_t i = 0; i < pieces.size(); i += step) {
    texts.push_back({"repeated " + pieces[i], decnet::test::repeated(pieces[i], kLong)});
  }
  for (int seed = 0; seed < kMixtures && !pieces.empty(); ++seed) {
    texts.push_back({fmt::format("near misses, shuffled ({})", seed),
                     decnet::test::shuffled(pieces, kLong, static_cast<std::uint64_t>(seed))});
  }
  return texts;
}

void report(const std::string& what, const PatternSet& patterns, const std::vector<Text>& texts) {
  Cost worst;
  worst.short_ns = 1;
  worst.long_ns = 0;
  double slowest_ns = 0;
  std::string_view name;
  for (const Text& text : texts) {
    Cost cost;
    measure(patterns, text.text, 3, cost);
    // A first look that is well within bounds is enough; else the truth is worth more rounds.
    if (cost.ratio() > 1.1) measure(patterns, text.text, 30, cost);
    slowest_ns = std::max(slowest_ns, cost.long_ns);
    if (cost.ratio() <= worst.ratio()) continue;
    worst = cost;
    name = text.name;
  }
  fmt::print("{:<10} {:>6} {:>10.0f} {:>10.0f} {:>7.2f} {:>11.0f}   {}\n", what, texts.size(),
             worst.short_ns, worst.long_ns, worst.ratio(), slowest_ns,
             decnet::printable(name.substr(0, 60)));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path directory = argc > 1 ? argv[1] : "rules/ttp";
  const auto loaded = decnet::rules::load_directory(directory);
  fmt::print("                   worst ratio: ns/KiB             slowest\n");
  fmt::print("rule        texts    at 1 KiB  at 64 KiB   ratio      ns/KiB   worst text\n");

  std::vector<std::string> all_patterns;
  std::vector<std::string> all_samples;
  for (const auto& rule : loaded.rules) {
    if (!rule.is_pattern_rule()) continue;
    std::vector<std::string> samples;
    for (const auto& sample : rule.samples.fires) {
      if (sample.string() != nullptr) samples.push_back(*sample.string());
    }
    const auto patterns = PatternSet::compile(std::vector<std::string>{rule.pattern});
    if (!patterns) {
      fmt::print(stderr, "{}: {}\n", rule.id.text(), patterns.error().message);
      return 1;
    }
    report(rule.id.text(), *patterns, texts_against(samples));
    all_patterns.push_back(rule.pattern);
    all_samples.insert(all_samples.end(), samples.begin(), samples.end());
  }
  if (all_patterns.empty()) {
    fmt::print(stderr, "{}: no pattern rules there\n", directory.string());
    return 1;
  }
  const auto together = PatternSet::compile(all_patterns);
  if (!together) {
    fmt::print(stderr, "all together: {}\n", together.error().message);
    return 1;
  }
  report("together", *together, texts_against(all_samples, kMostTogether));
  return 0;
}
