#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "decnet/base/log.h"
#include "decnet/geo/tiny_database.h"
#include "decnet/lifters/lifting_test.h"

namespace decnet::lifters {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::string canary_rule(std::string_view match) {
  return test::rule("R0049", "[canary_fingerprint]", match, "[navigator_webdriver, canvas_hash]");
}

std::string finding(std::string_view metric, std::string_view signature) {
  return fmt::format(R"({{"metric":"{}","matched_signature":"{}"}})", metric, signature);
}

const std::string kWebdriver = canary_rule("{kind: 'lifter:canary_webdriver'}");
const std::string kHash = canary_rule(
    "{kind: 'lifter:canary_automation_hash', catalogues: [puppeteer, playwright, selenium, "
    "curl_impersonate]}");
const std::string kAnyHash = canary_rule("{kind: 'lifter:canary_automation_hash', catalogues: []}");
const std::string kHashWithoutList = canary_rule("{kind: 'lifter:canary_automation_hash'}");
const std::string kHashWithBadList =
    canary_rule("{kind: 'lifter:canary_automation_hash', catalogues: puppeteer}");
const std::string kHashWithOddEntries = canary_rule(
    "{kind: 'lifter:canary_automation_hash', catalogues: [5, null, [puppeteer], selenium]}");
const std::string kWebrtc =
    canary_rule("{kind: 'lifter:canary_webrtc_leak', require_geo_mismatch: true}");
const std::string kTimezone = canary_rule("{kind: 'lifter:canary_tz_lang_mismatch'}");
const std::string kPlatform = canary_rule("{kind: 'lifter:canary_platform_inconsistency'}");
const std::string kUnknown = canary_rule("{kind: 'lifter:canary_something_else'}");

const std::string kWebdriverFound = finding("navigator_webdriver", "navigator.webdriver_true");
const std::string kSilent = "0 tags";

struct Decision {
  std::string name;
  std::string rule;
  std::string payload;
  std::string evidence;
};

class CanaryDecisions : public testing::TestWithParam<Decision> {};

TEST_P(CanaryDecisions, FollowTheTable) {
  const Decision& decision = GetParam();
  const log::Capture log;
  EXPECT_EQ(test::evidence("canary_fingerprint", decision.rule,
                           test::event("canary_fingerprint", test::json(decision.payload))),
            decision.evidence);
  EXPECT_THAT(log.records(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Webdriver, CanaryDecisions,
    testing::ValuesIn(std::vector<Decision>{
        {"True", kWebdriver, R"({"navigator_webdriver":true})", kWebdriverFound},
        {"False", kWebdriver, R"({"navigator_webdriver":false})", kSilent},
        {"One", kWebdriver, R"({"navigator_webdriver":1})", kSilent},
        {"Text", kWebdriver, R"({"navigator_webdriver":"true"})", kSilent},
        {"Absent", kWebdriver, "{}", kSilent},
        {"FromTheBlob", kWebdriver, R"({"headers":{"_fp":{"nav":{"wd":true}}}})", kWebdriverFound},
        {"FromTheBlobWhenNull", kWebdriver,
         R"({"navigator_webdriver":null,"headers":{"_fp":{"nav":{"wd":true}}}})", kWebdriverFound},
        {"TheFlagDecides", kWebdriver,
         R"({"navigator_webdriver":false,"headers":{"_fp":{"nav":{"wd":true}}}})", kSilent},
        {"AWrongFlagDecidesToo", kWebdriver,
         R"({"navigator_webdriver":"yes","headers":{"_fp":{"nav":{"wd":true}}}})", kSilent},
        {"BlobSaysFalse", kWebdriver, R"({"headers":{"_fp":{"nav":{"wd":false}}}})", kSilent},
        {"BlobSaysOne", kWebdriver, R"({"headers":{"_fp":{"nav":{"wd":1}}}})", kSilent},
        {"BlobPartFailed", kWebdriver, R"({"headers":{"_fp":{"nav":{"err":"x"}}}})", kSilent},
        {"BlobPartIsAList", kWebdriver, R"({"headers":{"_fp":{"nav":[{"wd":true}]}}})", kSilent},
        {"HeadersAreText", kWebdriver, R"({"headers":"_fp"})", kSilent},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    AutomationHash, CanaryDecisions,
    testing::ValuesIn(std::vector<Decision>{
        {"Hash", kHash, R"({"canvas_audio_hash_match":"selenium"})",
         finding("canvas_audio_hash", "selenium")},
        {"Tool", kHash, R"({"matched_tool":"curl_impersonate"})",
         finding("canvas_audio_hash", "curl_impersonate")},
        {"HashBeforeTool", kHash,
         R"({"canvas_audio_hash_match":"puppeteer","matched_tool":"selenium"})",
         finding("canvas_audio_hash", "puppeteer")},
        {"FalsyHashLeavesTheTool", kHash,
         R"({"canvas_audio_hash_match":"","matched_tool":"selenium"})",
         finding("canvas_audio_hash", "selenium")},
        {"TruthyHashOfAWrongType", kHash,
         R"({"canvas_audio_hash_match":5,"matched_tool":"selenium"})", kSilent},
        {"UnlistedHashHidesTheTool", kHash,
         R"({"canvas_audio_hash_match":"other","matched_tool":"selenium"})", kSilent},
        {"Unlisted", kHash, R"({"matched_tool":"lynx"})", kSilent},
        {"AnotherCase", kHash, R"({"matched_tool":"Selenium"})", kSilent},
        {"EmptyListTakesAny", kAnyHash, R"({"matched_tool":"lynx"})",
         finding("canvas_audio_hash", "lynx")},
        {"NoListTakesAny", kHashWithoutList, R"({"matched_tool":"lynx"})",
         finding("canvas_audio_hash", "lynx")},
        {"AnyIsNotEmpty", kAnyHash, R"({"matched_tool":""})", kSilent},
        {"ListOfAWrongType", kHashWithBadList, R"({"matched_tool":"puppeteer"})", kSilent},
        {"OddEntriesAreIgnored", kHashWithOddEntries, R"({"matched_tool":"selenium"})",
         finding("canvas_audio_hash", "selenium")},
        {"OddEntriesDoNotWiden", kHashWithOddEntries, R"({"matched_tool":"puppeteer"})", kSilent},
        {"ToolIsAList", kAnyHash, R"({"matched_tool":["selenium"]})", kSilent},
        {"CompositeIdIsNoReason", kAnyHash,
         R"({"fingerprint_id":"abc","headers":{"_fp":{"id":"abc"}}})", kSilent},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Network, CanaryDecisions,
    testing::ValuesIn(std::vector<Decision>{
        {"Leak", kWebrtc, R"({"webrtc_geo_mismatch":true})",
         finding("webrtc_geo_mismatch", "webrtc_private_vs_source_ip")},
        {"NoLeak", kWebrtc, R"({"webrtc_geo_mismatch":false})", kSilent},
        {"LeakAsText", kWebrtc, R"({"webrtc_geo_mismatch":"true"})", kSilent},
        {"LeakAbsent", kWebrtc, "{}", kSilent},
        {"TwoZones", kTimezone, R"({"tz_mismatch_zones":2})", kSilent},
        {"ThreeZones", kTimezone, R"({"tz_mismatch_zones":3})",
         finding("timezone_geo_mismatch", "tz_zones>=3")},
        {"ElevenZones", kTimezone, R"({"tz_mismatch_zones":11})",
         finding("timezone_geo_mismatch", "tz_zones>=11")},
        {"ZonesAsText", kTimezone, R"({"tz_mismatch_zones":"3"})", kSilent},
        {"ZonesAsBoolean", kTimezone, R"({"tz_mismatch_zones":true})", kSilent},
        {"ZonesAsFloat", kTimezone, R"({"tz_mismatch_zones":3.0})", kSilent},
        {"ZonesNull", kTimezone, R"({"tz_mismatch_zones":null})", kSilent},
        {"Language", kTimezone, R"({"lang_country_mismatch":true})",
         finding("language_country_mismatch", "lang_vs_source_country")},
        {"TheServerSaysFromWhere", kTimezone,
         R"({"headers":{"_fp":{"nav":{"lg":"ru-RU"}},"_geo":{"country":"BR"}}})",
         finding("language_country_mismatch", "lang_vs_source_country")},
        {"TheServerSaysTheSame", kTimezone,
         R"({"headers":{"_fp":{"nav":{"lg":"pt-BR"}},"_geo":{"country":"BR"}}})", kSilent},
        {"AVisitorSaysFromWhere", kTimezone,
         R"({"headers":{"_fp":{"nav":{"lg":"ru-RU"}},"_geo":"BR"}})", kSilent},
        {"NoCode", kTimezone,
         R"({"headers":{"_fp":{"nav":{"lg":"ru-RU"}},"_geo":{"country":"Brazil"}}})", kSilent},
        {"NothingToCompareAddressesWith", kWebrtc,
         R"({"headers":{"_fp":{"rtc":{"ip":["203.0.113.8"]}},"_geo":{"country":"BR"}}})", kSilent},
        {"LanguageAsNumber", kTimezone, R"({"lang_country_mismatch":1})", kSilent},
        {"ZonesBeforeLanguage", kTimezone,
         R"({"lang_country_mismatch":true,"tz_mismatch_zones":4})",
         finding("timezone_geo_mismatch", "tz_zones>=4")},
        {"FewZonesLeaveLanguage", kTimezone,
         R"({"lang_country_mismatch":true,"tz_mismatch_zones":2})",
         finding("language_country_mismatch", "lang_vs_source_country")},
        {"BadZonesLeaveLanguage", kTimezone,
         R"({"lang_country_mismatch":true,"tz_mismatch_zones":"9"})",
         finding("language_country_mismatch", "lang_vs_source_country")},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Platform, CanaryDecisions,
    testing::ValuesIn(std::vector<Decision>{
        {"UserAgent", kPlatform, R"({"platform_ua_inconsistent":true})",
         finding("platform_ua_mismatch", "navigator.platform_vs_userAgent")},
        {"Webgl", kPlatform, R"({"ua_webgl_mismatch":true})",
         finding("ua_webgl_mismatch", "userAgent_vs_webgl_renderer")},
        {"UserAgentBeforeWebgl", kPlatform,
         R"({"ua_webgl_mismatch":true,"platform_ua_inconsistent":true})",
         finding("platform_ua_mismatch", "navigator.platform_vs_userAgent")},
        {"Neither", kPlatform, R"({"ua_webgl_mismatch":false,"platform_ua_inconsistent":0})",
         kSilent},
        {"UnknownPredicateIsInert", kUnknown,
         R"({"navigator_webdriver":true,"webrtc_geo_mismatch":true})", kSilent},
    }),
    [](const auto& row) { return row.param.name; });

std::string browser(std::string_view agent, std::string_view platform, std::string_view renderer) {
  return Json::object(
             {{"headers",
               Json::object(
                   {{"_fp", Json::object({{"nav", Json::object({{"ua", agent}, {"pl", platform}})},
                                          {"gl", Json::object({{"ur", renderer}})}})}})}})
      .dump();
}

constexpr std::string_view kWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Example/1";
constexpr std::string_view kMac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Example/1";
constexpr std::string_view kPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) E/1";
constexpr std::string_view kAndroid = "Mozilla/5.0 (Linux; Android 14) Example/1";
constexpr std::string_view kDesktop = "Mozilla/5.0 (X11; Linux x86_64) Example/1";
const std::string kPlatformFound =
    finding("platform_ua_mismatch", "navigator.platform_vs_userAgent");
const std::string kRendererFound = finding("ua_webgl_mismatch", "userAgent_vs_webgl_renderer");

INSTANTIATE_TEST_SUITE_P(
    Contradictions, CanaryDecisions,
    testing::ValuesIn(std::vector<Decision>{
        {"Windows", kPlatform, browser(kWindows, "Win32", "ANGLE (NVIDIA, Direct3D11)"), kSilent},
        {"WindowsOnLinux", kPlatform, browser(kWindows, "Linux x86_64", ""), kPlatformFound},
        {"PhoneOnWindows", kPlatform, browser(kPhone, "Win32", ""), kPlatformFound},
        {"Phone", kPlatform, browser(kPhone, "iPhone", "Apple GPU"), kSilent},
        {"TabletThatAsksForTheDesktop", kPlatform, browser(kMac, "iPad", "Apple GPU"), kSilent},
        {"AndroidSaysLinux", kPlatform, browser(kAndroid, "Linux armv81", "Adreno (TM) 640"),
         kSilent},
        {"UnknownPlatform", kPlatform, browser(kWindows, "PlayStation", ""), kSilent},
        {"UnknownAgent", kPlatform, browser("curl/8", "Win32", ""), kSilent},
        {"MacWithDirect3D", kPlatform, browser(kMac, "MacIntel", "ANGLE (Intel, D3D11)"),
         kRendererFound},
        {"WindowsWithMesa", kPlatform, browser(kWindows, "Win32", "Mesa Intel(R) HD 620"),
         kRendererFound},
        {"LinuxWithMesa", kPlatform, browser(kDesktop, "Linux x86_64", "llvmpipe (LLVM 15)"),
         kSilent},
        {"PhoneWithSoftware", kPlatform, browser(kPhone, "iPhone", "SwiftShader"), kRendererFound},
        {"MacWithSoftware", kPlatform, browser(kMac, "MacIntel", "SwiftShader"), kSilent},
        {"UnknownRenderer", kPlatform, browser(kMac, "MacIntel", "Voodoo 2"), kSilent},
        {"TheFlagDecidesHere", kPlatform,
         R"({"platform_ua_inconsistent":false,"ua_webgl_mismatch":false,"headers":{"_fp":{"nav":{"ua":"Windows","pl":"MacIntel"}}}})",
         kSilent},
        {"PartsOfWrongTypes", kPlatform,
         R"({"headers":{"_fp":{"nav":{"ua":5,"pl":["Win32"]},"gl":{"err":"x"}}},"user_agent":7})",
         kSilent},
        {"WithoutADatabaseNothingIsForeign", kTimezone,
         R"({"src_ip":"192.0.2.7","headers":{"_fp":{"nav":{"lg":"ru"},"tz":{"z":"Asia/Tokyo"}}}})",
         kSilent},
    }),
    [](const auto& row) { return row.param.name; });

// What a browser says of itself beside the country it came from.
class CanaryCountry : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "decnet_canary_" + std::to_string(::getpid()) + ".mmdb";
    std::ofstream(path_, std::ios::binary)
        << geo::test::TinyDatabase({{{192, 0, 2, 0}, 24, "DE"}, {{198, 51, 100, 0}, 24, "BR"}})
               .bytes();
    known_.countries = geo::Countries::open(path_).value();
  }
  void TearDown() override { std::remove(path_.c_str()); }

  [[nodiscard]] std::string found(const std::string& rule, std::string_view fingerprint,
                                  std::string_view more = R"("src_ip":"192.0.2.7")") const {
    const auto rules = test::rule_set({rule});
    const auto event =
        test::event("canary_fingerprint",
                    test::json(fmt::format(R"({{{},"headers":{{"_fp":{}}}}})", more, fingerprint)));
    const auto tags = test::lift("canary_fingerprint", *rules, event, known_).tags;
    return tags.empty() ? kSilent : tags.front().evidence.dump();
  }

  Knowledge known_;
  std::string path_;
};

TEST_F(CanaryCountry, TimeZones) {
  EXPECT_EQ(found(kTimezone, R"({"tz":{"z":"Europe/Berlin"}})"), kSilent);
  EXPECT_EQ(found(kTimezone, R"({"tz":{"z":"Europe/Moscow"}})"), kSilent);  // two hours
  EXPECT_EQ(found(kTimezone, R"({"tz":{"z":"Asia/Dubai"}})"),
            finding("timezone_geo_mismatch", "tz_zones>=3"));
  EXPECT_EQ(found(kTimezone, R"({"tz":{"z":"Asia/Shanghai"}})"),
            finding("timezone_geo_mismatch", "tz_zones>=7"));
  EXPECT_EQ(found(kTimezone, R"({"tz":{"z":"Asia/Shanghai"}})", R"("src_ip":"203.0.113.1")"),
            kSilent);  // of no known country
  EXPECT_EQ(found(kTimezone, R"({"tz":{"z":"Asia/Shanghai"}})",
                  R"("src_ip":"192.0.2.7","tz_mismatch_zones":1)"),
            kSilent);  // the producer knows better
  EXPECT_EQ(found(kTimezone, R"({"tz":{"z":5}})"), kSilent);
  EXPECT_EQ(found(kTimezone, R"({"tz":{"err":"x"}})", R"("src_ip":5)"), kSilent);
}

TEST_F(CanaryCountry, Languages) {
  EXPECT_EQ(found(kTimezone, R"({"nav":{"lg":"ru-RU","lgs":"ru-RU, ru"}})"),
            finding("language_country_mismatch", "lang_vs_source_country"));
  EXPECT_EQ(found(kTimezone, R"({"nav":{"lg":"ru-RU","lgs":"ru-RU, de"}})"), kSilent);
  EXPECT_EQ(found(kTimezone, R"({"nav":{"lg":"en-US","lgs":"en-US,ru"}})"), kSilent);
  EXPECT_EQ(found(kTimezone, R"({"nav":{}})"), kSilent);
}

TEST_F(CanaryCountry, WebrtcAddresses) {
  EXPECT_EQ(found(kWebrtc, R"({"rtc":{"ip":["10.0.0.1","198.51.100.9"]}})"),
            finding("webrtc_geo_mismatch", "webrtc_private_vs_source_ip"));
  EXPECT_EQ(found(kWebrtc, R"({"rtc":{"ip":["10.0.0.1","192.0.2.9"]}})"), kSilent);
  EXPECT_EQ(found(kWebrtc, R"({"rtc":{"ip":"198.51.100.9"}})"), kSilent);
  EXPECT_EQ(found(kWebrtc, R"({"rtc":{"ip":["198.51.100.9"]}})",
                  R"("src_ip":"192.0.2.7","webrtc_geo_mismatch":false)"),
            kSilent);
}

// What the operator's list says of the hashes that a browser left.
TEST(CanaryTools, AreKnownByWhatTheyDrawAndPlay) {
  const std::filesystem::path directory =
      testing::TempDir() + "decnet_tools_" + std::to_string(::getpid());
  std::filesystem::create_directory(directory);
  std::ofstream(directory / "browser_tools.tsv")
      << "canvas\tc0ffee\tpuppeteer\naudio\t5eed\tselenium\naudio\tbeef\tlynx\n";
  const Knowledge known{.catalogues = catalogues::Catalogues::open(directory)->catalogues,
                        .countries = nullptr};
  std::filesystem::remove_all(directory);
  const auto rules = test::rule_set({kHash});
  const auto found = [&](std::string_view payload) {
    const auto event = test::event("canary_fingerprint", test::json(payload));
    const auto tags = test::lift("canary_fingerprint", *rules, event, known).tags;
    return tags.empty() ? kSilent : tags.front().evidence.dump();
  };
  const auto puppeteer = finding("canvas_audio_hash", "puppeteer");
  const auto selenium = finding("canvas_audio_hash", "selenium");
  EXPECT_EQ(found(R"({"headers":{"_fp":{"cv":{"h":"C0FFEE"},"au":{"h":"5eed"}}}})"), puppeteer);
  EXPECT_EQ(found(R"({"headers":{"_fp":{"cv":{"h":"other"},"au":{"h":"5eed"}}}})"), selenium);
  EXPECT_EQ(found(R"({"headers":{"_fp":{"au":{"h":"beef"}}}})"), kSilent);  // not of the rule
  EXPECT_EQ(found(R"({"headers":{"_fp":{"cv":{"err":"x"},"au":["5eed"]}}})"), kSilent);
  EXPECT_EQ(found(R"({"matched_tool":"lynx","headers":{"_fp":{"cv":{"h":"c0ffee"}}}})"), kSilent);
  EXPECT_EQ(found(R"({"matched_tool":null,"headers":{"_fp":{"cv":{"h":"c0ffee"}}}})"), puppeteer);
}

TEST(CanaryFingerprint, SeesOnlyItsOwnRulesThatApply) {
  const auto rules = test::rule_set({
      test::rule("R1", "[session]", "{kind: 'lifter:canary_webdriver'}"),
      test::rule("R2", "[canary_fingerprint]", "{kind: 'lifter:intel_x'}"),
      test::rule("R3", "[canary_fingerprint]", "{kind: 'lifter:canary_webrtc_leak'}"),
      test::rule("R4", "[canary_fingerprint]", "{kind: 'lifter:canary_webdriver'}"),
  });
  const auto tags =
      test::lift("canary_fingerprint", *rules,
                 test::event("canary_fingerprint",
                             test::json(R"({"navigator_webdriver":true,"webrtc_geo_mismatch":true,
                                            "ts":"2026-04-25T06:23:30Z"})")))
          .tags;
  ASSERT_THAT(tags, SizeIs(2));
  EXPECT_EQ(tags[0].rule_id, RuleId("R3"));
  EXPECT_EQ(tags[1].rule_id, RuleId("R4"));
  EXPECT_EQ(tags[1].evidence.dump(), kWebdriverFound);
}

}  // namespace
}  // namespace decnet::lifters
