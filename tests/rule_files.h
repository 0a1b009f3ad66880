// Rules for tests of the program: few, so that they load fast, and nobody changes them for the sake
// of detection.
#pragma once

#include <filesystem>
#include <string>

#include "tests/test_main.h"

namespace decnet::test {

// The text of a pattern rule for commands that emits `technique` ("T1083", "T1070.003") under
// `tactic`, confidence 0.85.
std::string rule_text(const std::string& id, const std::string& pattern,
                      const std::string& technique, const std::string& tactic);

// Writes four rules to the directory "rules" below `directory`, and returns its path:
//   X0001  cat /etc/(?:passwd|shadow)  T1083 under TA0007
//   X0002  history -c                   T1070.003 under TA0005
//   X0003  /etc/shadow                  T1003.008 under TA0006
//   X0004  canary_fingerprint with navigator_webdriver, T1059 under TA0002
std::filesystem::path write_rules(const TempDir& directory);

}  // namespace decnet::test
