#include "tests/hostile_texts.h"

#include <algorithm>
#include <cctype>
#include <random>

namespace decnet::test {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

std::vector<std::string> near_misses(std::span<const std::string> samples) {
  std::vector<std::string> pieces;
  for (const std::string& sample : samples) {
    std::string signs;
    std::string word;
    for (std::size_t i = 0; i < sample.size(); ++i) {
      if (is_word(sample[i])) {
        word += sample[i];
        if (i + 1 < sample.size() && is_word(sample[i + 1])) continue;
        pieces.push_back(word + " ");
        word.clear();
      } else {
        signs += sample[i];
      }
      const std::string beginning = sample.substr(0, i + 1);
      for (const std::string_view end : {"", " ", ";", "\"", "'"}) {
        pieces.push_back(beginning + std::string(end));
      }
    }
    pieces.push_back(signs);
    if (sample.size() > 1) {
      pieces.push_back(sample.substr(1));
      pieces.push_back(sample.substr(0, sample.size() - 1));
    }
  }
  std::sort(pieces.begin(), pieces.end());
  pieces.erase(std::unique(pieces.begin(), pieces.end()), pieces.end());
  if (!pieces.empty() && pieces.front().empty()) pieces.erase(pieces.begin());
  return pieces;
}

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  text.reserve(bytes + piece.size());
  while (text.size() < bytes) text += piece;
  text.resize(bytes);
  return text;
}

std::string shuffled(std::span<const std::string> pieces, std::size_t bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text;
  while (text.size() < bytes) text += pieces[random() % pieces.size()];
  text.resize(bytes);
  return text;
}

}  // namespace decnet::test
