#include "tests/rule_files.h"

namespace decnet::test {

std::string rule_text(const std::string& id, const std::string& pattern,
                      const std::string& technique, const std::string& tactic) {
  std::string emit = "  - technique_id: " + technique.substr(0, 5) + "\n";
  if (technique.size() > 5) emit += "    sub_technique_id: " + technique + "\n";
  return "rule_id: " + id + "\nrule_version: 1\nname: rule_" + id +
         "\ndescription: for tests\napplies_to: [command]\nmatch:\n  field: command_text\n" +
         "  pattern: '" + pattern + "'\nevidence_fields: [command_text]\nemits:\n" + emit +
         "    tactic: " + tactic + "\n    confidence: 0.85\n";
}

std::filesystem::path write_rules(const TempDir& directory) {
  const auto accounts = rule_text("X0001", "cat /etc/(?:passwd|shadow)", "T1083", "TA0007");
  directory.write("rules/X0001.yaml", accounts);
  directory.write("rules/X0002.yaml", rule_text("X0002", "history -c", "T1070.003", "TA0005"));
  directory.write("rules/X0003.yaml", rule_text("X0003", "/etc/shadow", "T1003.008", "TA0006"));
  directory.write("rules/X0004.yaml",
                  "rule_id: X0004\nrule_version: 1\nname: rule_X0004\ndescription: for tests\n"
                  "applies_to: [canary_fingerprint]\nmatch:\n  kind: lifter:canary_webdriver\n"
                  "emits:\n  - technique_id: T1059\n    tactic: TA0002\n    confidence: 0.85\n"
                  "evidence_fields: [navigator_webdriver]\n");
  return directory.path() / "rules";
}

}  // namespace decnet::test
