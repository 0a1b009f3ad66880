#include "bench/command_patterns.h"

#include <random>

#include "decnet/rules/loader.h"
#include "tests/hostile_texts.h"

namespace decnet::bench {
namespace {

void add_shipped(CommandPatterns& to, std::size_t limit) {
  for (const rules::Definition& rule : rules::load_directory("rules/ttp").rules) {
    if (to.patterns.size() == limit) return;
    if (!rule.is_pattern_rule() || rule.field != "command_text") continue;
    to.patterns.push_back(rule.pattern);
    std::vector<std::string> samples;
    for (const Json& sample : rule.samples.fires) {
      if (sample.string() != nullptr) samples.push_back(*sample.string());
    }
    const auto pieces = test::near_misses(samples);
    to.pieces.insert(to.pieces.end(), pieces.begin(), pieces.end());
  }
}

}  // namespace

CommandPatterns command_patterns(std::size_t count) {
  CommandPatterns result;
  add_shipped(result, count);
  std::mt19937 random(7);
  const auto word = [&] {
    std::string text;
    for (std::size_t letters = 4 + random() % 6; letters > 0; --letters) {
      text += static_cast<char>('a' + random() % 26);
    }
    return text;
  };
  while (result.patterns.size() < count) {
    const std::string a = word();
    const std::string b = word();
    switch (random() % 4) {
      case 0:
        result.patterns.push_back("(?i)\\b" + a + "\\b");
        result.pieces.push_back(a + "s ");
        break;
      case 1:
        result.patterns.push_back("\\b" + a + "\\b[^;|]*" + b);
        result.pieces.push_back(a + " ");
        result.pieces.push_back("; " + b);
        break;
      case 2:
        result.patterns.push_back("/" + a + "/" + b);
        result.pieces.push_back("/" + a + "/" + b.substr(1));
        break;
      default:
        result.patterns.push_back("(?i)(?:" + a + "|" + b + ")\\s+-[a-z]*c");
        result.pieces.push_back(a + " -d ");
        break;
    }
  }
  return result;
}

}  // namespace decnet::bench
