#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/lifters/lifting_test.h"

namespace decnet::lifters {
namespace {

// A rule of the provider that emits every technique any provider can select, each at 0.8.
std::string rule(std::string_view provider, std::string_view fields) {
  std::string emits;
  for (const auto* technique : {"T1046", "T1056", "T1071", "T1078", "T1090", "T1105", "T1110",
                                "T1190", "T1496", "T1566", "T1588", "T1595"}) {
    emits += fmt::format("- {{technique_id: {}, tactic: TA0043, confidence: 0.8}}\n", technique);
  }
  return fmt::format(
      "rule_id: R1\nrule_version: 1\nname: n\napplies_to: [intel]\nmatch: {{kind: "
      "'lifter:intel_{}'}}\nemits:\n{}evidence_fields: {}\n",
      provider, emits, fields);
}

struct Row {
  std::string name;
  std::string provider;
  std::string payload;
  std::string tags;  // "technique confidence evidence" of each, a line each
};

class Intel : public testing::TestWithParam<Row> {};
TEST_P(Intel, FollowsTheTable) {
  const log::Capture log;
  const auto rules = test::rule_set({rule(GetParam().provider, "[greynoise_name]")});
  std::string tags;
  for (const Tag& tag :
       test::lift("intel", *rules, test::event("intel", test::json(GetParam().payload))).tags) {
    tags +=
        fmt::format("{} {:.4} {}\n", tag.technique_id.text(), tag.confidence, tag.evidence.dump());
  }
  EXPECT_EQ(tags, GetParam().tags);
  EXPECT_THAT(log.records(), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Abuseipdb, Intel,
    testing::ValuesIn(std::vector<Row>{
        {"CategoriesInPayloadOrder", "abuseipdb",
         R"({"abuseipdb_score":50,"abuseipdb_categories":[22,18,14,99,5]})",
         "T1046 0.4 {\"abuseipdb_categories\":[14],\"abuse_confidence_score\":50}\n"
         "T1110 0.4 {\"abuseipdb_categories\":[22,18,5],\"abuse_confidence_score\":50}\n"
         "T1595 0.4 {\"abuseipdb_categories\":[14],\"abuse_confidence_score\":50}\n"},
        {"SpamBelowTheThreshold", "abuseipdb", R"({"abuseipdb_score":79.9,"categories":[11]})",
         "T1496 0.6392 {\"abuseipdb_categories\":[11],\"abuse_confidence_score\":79}\n"},
        {"SpamAtTheThreshold", "abuseipdb", R"({"abuseipdb_score":80,"categories":[11]})",
         "T1496 0.64 {\"abuseipdb_categories\":[11],\"abuse_confidence_score\":80}\n"
         "T1566 0.64 {\"abuseipdb_categories\":[11],\"abuse_confidence_score\":80}\n"},
        {"EmptyListLeavesTheOther", "abuseipdb",
         R"({"abuseipdb_score":100,"abuseipdb_categories":[],"categories":[20]})",
         "T1078 0.8 {\"abuseipdb_categories\":[20],\"abuse_confidence_score\":100}\n"},
        {"NeverAboveTheBase", "abuseipdb", R"({"abuseipdb_score":900,"categories":[13]})",
         "T1090 0.8 {\"abuseipdb_categories\":[13],\"abuse_confidence_score\":900}\n"},
        {"NeverBelowNothing", "abuseipdb", R"({"abuseipdb_score":-5,"categories":[13]})",
         "T1090 0 {\"abuseipdb_categories\":[13],\"abuse_confidence_score\":-5}\n"},
        {"OnPurposeNothing", "abuseipdb",
         R"({"abuseipdb_score":100,"categories":[1,2,3,4,6,8,10,12,0,24]})", ""},
        {"TextAndTrueAreNoCategories", "abuseipdb",
         R"({"abuseipdb_score":100,"categories":["18",true,18.0]})", ""},
        {"NoScore", "abuseipdb", R"({"categories":[18]})", ""},
        {"ScoreIsText", "abuseipdb", R"({"abuseipdb_score":"100","categories":[18]})", ""},
        {"CategoriesAreANumber", "abuseipdb", R"({"abuseipdb_score":100,"categories":18})", ""},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Greynoise, Intel,
    testing::ValuesIn(std::vector<Row>{
        {"Scanner", "greynoise",
         R"({"greynoise_classification":"scanner","greynoise_tags":["web_crawler"],"greynoise_name":"x"})",
         "T1595 0.8 {\"greynoise_name\":\"x\",\"greynoise_classification\":\"scanner\","
         "\"greynoise_tags\":[\"scanner\",\"web_crawler\"]}\n"},
        {"MaliciousIsHalf", "greynoise", R"({"greynoise_classification":"malicious"})",
         "T1071 0.4 {\"greynoise_classification\":\"malicious\",\"greynoise_tags\":"
         "[\"malicious\"]}\n"},
        {"TheFrameworksNameSaysMore", "greynoise",
         R"({"greynoise_classification":"malicious","greynoise_tags":["sliver"]})",
         "T1071 0.8 {\"greynoise_classification\":\"malicious\",\"greynoise_tags\":[\"sliver\"]}\n"
         "T1588 0.8 {\"greynoise_classification\":\"malicious\",\"greynoise_tags\":[\"sliver\"]}"
         "\n"},
        {"MaliciousBesideAnotherTag", "greynoise",
         R"({"greynoise_classification":"malicious","greynoise_tags":["tor_exit_node"]})",
         "T1071 0.4 {\"greynoise_classification\":\"malicious\",\"greynoise_tags\":"
         "[\"malicious\"]}\n"
         "T1090 0.8 {\"greynoise_classification\":\"malicious\",\"greynoise_tags\":"
         "[\"tor_exit_node\"]}\n"},
        {"TagsWithoutAVerdict", "greynoise", R"({"greynoise_tags":["ssh_bruteforcer",5]})",
         "T1110 0.8 {\"greynoise_classification\":null,\"greynoise_tags\":[\"ssh_bruteforcer\"]}"
         "\n"},
        {"AVerdictIsNoTag", "greynoise", R"({"greynoise_tags":["malicious","scanner"]})", ""},
        {"TagsAreCompared", "greynoise",
         R"({"greynoise_classification":"Scanner","greynoise_tags":["Sliver"]})", ""},
        {"Benign", "greynoise", R"({"greynoise_classification":"benign"})", ""},
        {"TagsAreText", "greynoise", R"({"greynoise_tags":"sliver"})", ""},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Lists, Intel,
    testing::ValuesIn(std::vector<Row>{
        {"Feodo", "feodo", R"({"feodo_listed":true,"malware_family":"Emotet"})",
         "T1071 0.8 {\"feodo_listed\":true,\"malware_family\":\"Emotet\"}\n"
         "T1588 0.8 {\"feodo_listed\":true,\"malware_family\":\"Emotet\"}\n"},
        {"FeodosOwnNameFirst", "feodo",
         R"({"feodo_listed":true,"malware_family":"x","feodo_malware_family":"Dridex"})",
         "T1071 0.8 {\"feodo_listed\":true,\"malware_family\":\"Dridex\"}\n"
         "T1588 0.8 {\"feodo_listed\":true,\"malware_family\":\"Dridex\"}\n"},
        {"FeodoOne", "feodo", R"({"feodo_listed":1})", ""},
        {"FeodoFalse", "feodo", R"({"feodo_listed":false,"malware_family":"x"})", ""},
        {"ThreatfoxList", "threatfox",
         R"({"threatfox_threat_types":["payload","botnet_cc","x",5],"malware_family":"f","threatfox_ioc_types":["url"]})",
         "T1071 0.8 {\"threat_types\":[\"botnet_cc\"],\"malware_families\":[\"f\"],"
         "\"ioc_types\":[\"url\"]}\n"
         "T1588 0.8 {\"threat_types\":[\"payload\",\"botnet_cc\"],\"malware_families\":[\"f\"],"
         "\"ioc_types\":[\"url\"]}\n"},
        {"ThreatfoxText", "threatfox", R"({"threat_type":"payload_delivery"})",
         "T1105 0.8 {\"threat_types\":[\"payload_delivery\"]}\n"
         "T1588 0.8 {\"threat_types\":[\"payload_delivery\"]}\n"},
        {"ThreatfoxSkimming", "threatfox",
         R"({"threatfox_threat_types":[],"threat_type":"cc_skimming"})",
         "T1056 0.8 {\"threat_types\":[\"cc_skimming\"]}\n"},
        {"FormatsSelectNothing", "threatfox", R"({"threatfox_ioc_types":["domain"]})", ""},
        {"AggregateIsInert", "aggregate_bump", R"({"aggregate_verdict":"malicious"})", ""},
    }),
    [](const auto& row) { return row.param.name; });

TEST(IntelRules, EmitsKeepTheRulesOrder) {
  const auto rules = test::rule_set(
      {"rule_id: R1\nrule_version: 1\nname: n\napplies_to: [intel]\n"
       "match: {kind: 'lifter:intel_feodo'}\nemits:\n"
       "- {technique_id: T1588, tactic: TA0042, confidence: 0.5}\n"
       "- {technique_id: T1190, tactic: TA0001, confidence: 0.5}\n"
       "- {technique_id: T1071, sub_technique_id: T1071.001, tactic: TA0011, confidence: 0.6}\n"});
  const auto tags =
      test::lift("intel", *rules, test::event("intel", test::json(R"({"feodo_listed":true})")))
          .tags;
  ASSERT_EQ(tags.size(), 2U);
  EXPECT_EQ(tags[0].technique_id.text(), "T1588");
  EXPECT_EQ(tags[1].sub_technique_id->text(), "T1071.001");
  EXPECT_FALSE(tags[1].mitre_url->empty());
}

}  // namespace
}  // namespace decnet::lifters
