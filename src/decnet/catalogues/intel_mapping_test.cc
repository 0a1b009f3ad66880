#include "decnet/catalogues/intel_mapping.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/attack/catalogue.h"

namespace decnet::catalogues {
namespace {

using testing::ElementsAre;

// "signal: techniques" of every signal, in the file's order.
std::vector<std::string> lines_of(std::string_view provider) {
  std::vector<std::string> lines;
  for (const IntelSignal& signal : IntelMapping::of(provider).signals()) {
    std::string line = signal.id + ":";
    for (const auto& technique : signal.techniques) {
      line += " " + technique.technique_id;
      if (technique.score_threshold) line += fmt::format(">={}", *technique.score_threshold);
    }
    if (signal.multiplier != 1.0) line += fmt::format(" x{}", signal.multiplier);
    lines.push_back(line);
  }
  return lines;
}

TEST(IntelMapping, Abuseipdb) {
  EXPECT_EQ(IntelMapping::of("abuseipdb").version(), "2");
  EXPECT_THAT(
      lines_of("abuseipdb"),
      ElementsAre("cat_1:", "cat_2:", "cat_3:", "cat_4:", "cat_5: T1110", "cat_6:", "cat_7: T1566",
                  "cat_8:", "cat_9: T1090", "cat_10:", "cat_11: T1496 T1566>=80",
                  "cat_12:", "cat_13: T1090", "cat_14: T1046 T1595", "cat_15: T1190",
                  "cat_16: T1190", "cat_17: T1566", "cat_18: T1110", "cat_19: T1595",
                  "cat_20: T1078", "cat_21: T1190", "cat_22: T1110", "cat_23: T1190"));
}

TEST(IntelMapping, Greynoise) {
  EXPECT_EQ(IntelMapping::of("greynoise").version(), "1");
  EXPECT_THAT(
      lines_of("greynoise"),
      ElementsAre("scanner: T1595", "tor_exit_node: T1090", "ssh_bruteforcer: T1110",
                  "web_crawler: T1595", "cobalt_strike: T1071 T1588", "metasploit: T1071 T1588",
                  "sliver: T1071 T1588", "havoc: T1071 T1588", "malicious: T1071 x0.5"));
}

TEST(IntelMapping, FeodoAndThreatfox) {
  EXPECT_THAT(lines_of("feodo"), ElementsAre("feodo_listed: T1071 T1588"));
  EXPECT_THAT(lines_of("threatfox"),
              ElementsAre("botnet_cc: T1071 T1588", "payload_delivery: T1105 T1588",
                          "payload: T1588", "cc_skimming: T1056"));
}

TEST(IntelMapping, NamesTechniquesThatAttackHas) {
  const auto attack = attack::Catalogue::built_in();
  for (const std::string_view provider : {"abuseipdb", "greynoise", "feodo", "threatfox"}) {
    for (const IntelSignal& signal : IntelMapping::of(provider).signals()) {
      EXPECT_TRUE(signal.url.starts_with("https://")) << signal.id;
      for (const auto& technique : signal.techniques) {
        EXPECT_NE(attack->technique(technique.technique_id), nullptr) << technique.technique_id;
      }
    }
  }
}

TEST(IntelMapping, RefusesWhatIsNotOne) {
  const std::string signal =
      R"({"id":"a","label":"l","external_reference":{"url":"u"},"techniques":[]})";
  const auto file = [](std::string_view provider, const std::string& signals) {
    return fmt::format(R"({{"provider":"{}","mapping_version":"1","signals":[{}]}})", provider,
                       signals);
  };
  EXPECT_TRUE(IntelMapping::read("p", file("p", signal)));
  EXPECT_FALSE(IntelMapping::read("p", file("q", signal)));
  EXPECT_FALSE(IntelMapping::read("p", file("p", signal + "," + signal)));
  EXPECT_FALSE(IntelMapping::read("p", file("p", R"({"id":"a"})")));
  EXPECT_FALSE(IntelMapping::read("p", "{}"));
  EXPECT_FALSE(IntelMapping::read("p", "no JSON"));
}

}  // namespace
}  // namespace decnet::catalogues
