#include "bench/rule_documents.h"

#include <fmt/format.h>

#include <array>

#include "bench/command_patterns.h"
#include "decnet/base/file.h"
#include "decnet/rules/loader.h"

namespace decnet::bench {
namespace {

struct Technique {
  const char* id;
  const char* sub;  // or empty
  const char* tactic;
};
constexpr std::array<Technique, 5> kTechniques = {{{"T1059", "T1059.004", "TA0002"},
                                                   {"T1110", "T1110.001", "TA0006"},
                                                   {"T1105", "", "TA0011"},
                                                   {"T1083", "", "TA0007"},
                                                   {"T1190", "", "TA0001"}}};

std::string document(std::size_t number, const std::string& pattern) {
  const bool web = number % 10 == 0;
  const bool backtracks = number % 50 == 7;
  const Technique& technique = kTechniques[number % kTechniques.size()];
  std::string text = fmt::format(
      "rule_id: M{:05}\nrule_version: 1\nname: made_up_{}\n"
      "description: >-\n  One of many, as large an installation as there is.\n"
      "applies_to: [{}]\nmatch:\n  pattern: '{}'\n  field: {}\nemits:\n",
      number, number, web ? "http_request" : "command",
      backtracks ? pattern + "(?!\\s+--help)" : pattern, web ? "raw_url" : "command_text");
  text += fmt::format("  - technique_id: {}\n    tactic: {}\n    confidence: 0.85\n", technique.id,
                      technique.tactic);
  if (*technique.sub != '\0') text += fmt::format("    sub_technique_id: {}\n", technique.sub);
  return text + "evidence_fields: [command_text, raw_url]\n";
}

}  // namespace

std::vector<std::string> rule_documents(std::size_t count) {
  std::vector<std::string> result;
  for (const rules::Definition& rule : rules::load_directory("rules/ttp").rules) {
    if (result.size() < count) result.push_back(*read_file(rule.path));
  }
  const auto patterns = command_patterns(count).patterns;
  while (result.size() < count) {
    result.push_back(document(result.size(), patterns[result.size()]));
  }
  return result;
}

}  // namespace decnet::bench
