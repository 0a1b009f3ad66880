#include "decnet/rulestore/broken.h"

#include "decnet/base/utf8.h"

namespace decnet::rulestore {

void Broken::add(const Broken& more) {
  count += more.count;
  for (const std::string& text : more.texts) {
    if (texts.size() < kMaxTexts) texts.push_back(text);
  }
}

Broken broken(const std::vector<rules::Problem>& problems) {
  Broken broken;
  for (const rules::Problem& problem : problems) {
    if (problem.severity != rules::Problem::Severity::kError) continue;
    ++broken.count;
    if (broken.texts.size() < Broken::kMaxTexts) {
      broken.texts.emplace_back(utf8_prefix(problem.text(), Broken::kMaxTextBytes));
    }
  }
  return broken;
}

}  // namespace decnet::rulestore
