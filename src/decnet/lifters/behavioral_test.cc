#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/lifters/lifting_test.h"

namespace decnet::lifters {
namespace {

using test::Decision;
using test::kSilent;

std::string session_rule(std::string_view match, std::string_view fields = "[]") {
  return test::rule("R1", "[session]", fmt::format("{{kind: 'lifter:behavioral_{}}}", match),
                    fields);
}

class Session : public testing::TestWithParam<Decision> {};
TEST_P(Session, FollowsTheTable) { test::expect_decision("behavioral", "session", GetParam()); }

const std::string kBeacon = session_rule("beaconing', max_jitter_pct: 0.15, min_interval_s: 10",
                                         "[beacon_interval_s, beacon_jitter_pct]");
const std::string kAnyBeacon = session_rule("beaconing'");
const std::string kNullBeacon = session_rule("beaconing', min_interval_s: null");

INSTANTIATE_TEST_SUITE_P(
    Beaconing, Session,
    testing::ValuesIn(std::vector<Decision>{
        {"Equal", kBeacon, R"({"beacon_interval_s":10,"beacon_jitter_pct":0.15})",
         R"({"beacon_interval_s":10,"beacon_jitter_pct":0.15})"},
        {"JustTooQuick", kBeacon, R"({"beacon_interval_s":9.99,"beacon_jitter_pct":0.15})",
         kSilent},
        {"JustTooIrregular", kBeacon, R"({"beacon_interval_s":10,"beacon_jitter_pct":0.151})",
         kSilent},
        {"Above", kBeacon, R"({"beacon_interval_s":60.5,"beacon_jitter_pct":0})",
         R"({"beacon_interval_s":60.5,"beacon_jitter_pct":0})"},
        {"NoJitter", kBeacon, R"({"beacon_interval_s":60})", kSilent},
        {"JitterIsText", kBeacon, R"({"beacon_interval_s":60,"beacon_jitter_pct":"0"})", kSilent},
        {"IntervalIsTrue", kAnyBeacon, R"({"beacon_interval_s":true,"beacon_jitter_pct":0})",
         kSilent},
        {"DefaultsAreWide", kAnyBeacon, R"({"beacon_interval_s":0,"beacon_jitter_pct":1.0})", "{}"},
        {"DefaultsEnd", kAnyBeacon, R"({"beacon_interval_s":0,"beacon_jitter_pct":1.01})", kSilent},
        {"NullThresholdCostsTheRule", kNullBeacon,
         R"({"beacon_interval_s":60,"beacon_jitter_pct":0})", kSilent},
        {"EventTimeIsKept", kAnyBeacon,
         R"({"beacon_interval_s":9,"beacon_jitter_pct":0,"ts":"2026-04-25T06:23:30Z"})",
         R"({"ts":"2026-04-25T06:23:30+00:00"})"},
    }),
    test::name_of);

const std::string kDestruction =
    session_rule("data_destruction', patterns: ['(?i)flushall', 'drop', 'flush']", "[target]");

INSTANTIATE_TEST_SUITE_P(
    DataDestruction, Session,
    testing::ValuesIn(std::vector<Decision>{
        {"FirstPatternWins", kDestruction, R"({"op_text":"drop; FLUSHALL","target":"redis"})",
         R"({"target":"redis","matched_op":"(?i)flushall"})"},
        {"CaseCounts", kDestruction, R"({"op_text":"DROP"})", kSilent},
        {"Command", kDestruction, R"({"command_text":"flush"})", R"({"matched_op":"flush"})"},
        {"EmptyOperationLeavesTheCommand", kDestruction,
         R"({"op_text":"","command_text":"drop it"})", R"({"matched_op":"drop"})"},
        {"TruthyOperationHidesTheCommand", kDestruction,
         R"({"op_text":5,"command_text":"drop it"})", kSilent},
        {"Nothing", kDestruction, "{}", kSilent},
        {"NoPatterns", session_rule("data_destruction'"), R"({"op_text":"drop"})", kSilent},
    }),
    test::name_of);

const std::string kNote =
    session_rule("ransom_note', require_btc_or_xmr: true, payment_keywords: [bitcoin, pay, 5]");
const std::string kWordsAlone = session_rule("ransom_note', payment_keywords: [bitcoin, pay]");
const std::string kBitcoin = "1ABCDEFGHJKLMNPQRSTUVWXYZa";  // 1 and 25 more
const std::string kMonero = "48" + std::string(93, 'a');

std::string note(std::string_view text) {
  return Json::object({{"note_text", std::string(text)}}).dump();
}
std::string demand(std::string_view address, std::string_view words) {
  return fmt::format(R"({{"btc_address":"{}","matched_keywords":[{}]}})", address, words);
}

INSTANTIATE_TEST_SUITE_P(
    RansomNote, Session,
    testing::ValuesIn(std::vector<Decision>{
        {"AllWordsInTheRulesOrder", kNote, note("PAY in Bitcoin: " + kBitcoin),
         demand(kBitcoin, R"("bitcoin","pay")")},
        {"ScriptForm", kNote, note("pay 3" + kBitcoin.substr(1)),
         demand("3" + kBitcoin.substr(1), R"("pay")")},
        {"TooShort", kNote, note("pay " + kBitcoin.substr(0, 25)), kSilent},
        {"Longest", kNote, note("pay 1" + std::string(34, 'a')),
         demand("1" + std::string(34, 'a'), R"("pay")")},
        {"TooLong", kNote, note("pay 1" + std::string(35, 'a')), kSilent},
        {"NotInsideAWord", kNote, note("pay x" + kBitcoin), kSilent},
        {"LettersThatAreMistaken", kNote, note("pay 1" + std::string(25, 'l')), kSilent},
        {"Bech32", kNote, note("pay bc1" + std::string(11, 'q')),
         demand("bc1" + std::string(11, 'q'), R"("pay")")},
        {"Bech32TooShort", kNote, note("pay bc1" + std::string(10, 'q')), kSilent},
        {"Monero", kNote, note("pay " + kMonero), demand(kMonero, R"("pay")")},
        {"MoneroTooShort", kNote, note("pay " + kMonero.substr(1)), kSilent},
        {"BitcoinBeforeMonero", kNote, note("pay " + kMonero + " or " + kBitcoin),
         demand(kBitcoin, R"("pay")")},
        {"AddressAlone", kNote, note(kBitcoin), kSilent},
        {"WordsAlone", kNote, note("pay bitcoin"), kSilent},
        {"AddressNotAsked", kWordsAlone, note("bitcoin"), R"({"matched_keywords":["bitcoin"]})"},
        {"BodyBeforeNote", kWordsAlone, R"({"body_text":"none","note_text":"pay"})", kSilent},
        {"EmptyBodyLeavesTheNote", kWordsAlone, R"({"body_text":"","note_text":"pay"})",
         R"({"matched_keywords":["pay"]})"},
        {"NoList", session_rule("ransom_note', payment_keywords: pay"), note("pay"), kSilent},
    }),
    test::name_of);

const std::string kExfil =
    session_rule("exfil_over_web', min_payload_bytes: 100, request_threshold: 5");
const std::string kTypedExfil =
    session_rule("exfil_over_web', min_payload_bytes: '100', request_threshold: 5");
const std::string kMassRead = session_rule("db_mass_read', min_rows: 10, min_bytes: 100");

INSTANTIATE_TEST_SUITE_P(
    Volumes, Session,
    testing::ValuesIn(std::vector<Decision>{
        {"BytesEqual", kExfil, R"({"bytes_out":100})", "{}"},
        {"BytesBelow", kExfil, R"({"bytes_out":99.9})", kSilent},
        {"RequestsEqual", kExfil, R"({"request_count":5})", "{}"},
        {"RequestsBelow", kExfil, R"({"request_count":4})", kSilent},
        {"RequestsAreNoInteger", kExfil, R"({"request_count":50.0})", kSilent},
        {"RequestsAreTrue", session_rule("exfil_over_web'"), R"({"request_count":true})", kSilent},
        {"DefaultsTakeAny", session_rule("exfil_over_web'"), R"({"bytes_out":0})", "{}"},
        {"NothingKnown", session_rule("exfil_over_web'"), "{}", kSilent},
        {"BadThresholdCostsItsHalf", kTypedExfil, R"({"bytes_out":1000})", kSilent},
        {"TheOtherHalfStays", kTypedExfil, R"({"bytes_out":1000,"request_count":5})", "{}"},
        {"RowsEqual", kMassRead, R"({"rows_read":10})", "{}"},
        {"RowsBelow", kMassRead, R"({"rows_read":9})", kSilent},
        {"RowsAreNoInteger", kMassRead, R"({"rows_read":50.0})", kSilent},
        {"ReadEqual", kMassRead, R"({"bytes_read":100.0})", "{}"},
        {"ReadBelow", kMassRead, R"({"bytes_read":99})", kSilent},
    }),
    test::name_of);

const std::string kPaths = session_rule("credentials_in_files', paths: ['\\.env$', 'key']");
const std::string kTokens = session_rule("k8s_sa_token', paths: [secrets]", "[namespace]");
const std::string kEscape = session_rule("docker_escape', signals: [b, 7, a]");
const std::string kTftp =
    session_rule("tftp_router_config', filename_patterns: ['-confg$']", "[tftp_filename]");

INSTANTIATE_TEST_SUITE_P(
    Things, Session,
    testing::ValuesIn(std::vector<Decision>{
        {"Path", kPaths, R"({"path":"/.env"})", R"({"matched_path":"/.env"})"},
        {"MatchedPathFirst", kPaths, R"({"path":"/.env","matched_path":"/x"})", kSilent},
        {"RequestPathSecond", kPaths, R"({"path":"/x","request_path":"/key","matched_path":""})",
         R"({"matched_path":"/key"})"},
        {"PathIsAList", kPaths, R"({"path":["/.env"]})", kSilent},
        {"Token", kTokens, R"({"path":"/secrets","namespace":"n"})",
         R"({"namespace":"n","matched_path":"/secrets"})"},
        {"SignalInTheRulesOrder", kEscape, R"({"signals":["a","b"]})", R"({"matched_signal":"b"})"},
        {"SignalsAmongOthers", kEscape, R"({"signals":[null,3,"a"]})", R"({"matched_signal":"a"})"},
        {"SignalsAreText", kEscape, R"({"signals":"a"})", kSilent},
        {"NumbersAreNoSignals", kEscape, R"({"signals":[7]})", kSilent},
        {"PoisonedFlag", session_rule("llmnr_poisoning'"), R"({"llmnr_poisoned":true})", "{}"},
        {"PoisonedOnce", session_rule("llmnr_poisoning'"), R"({"llmnr_poison_count":1})", "{}"},
        {"PoisonedNever", session_rule("llmnr_poisoning'"),
         R"({"llmnr_poison_count":0,"llmnr_poisoned":false})", kSilent},
        {"PoisonedCountIsTrue", session_rule("llmnr_poisoning'"),
         R"({"llmnr_poison_count":true,"llmnr_poisoned":1})", kSilent},
        {"Tftp", kTftp, R"({"tftp_filename":"r1-confg"})", R"({"tftp_filename":"r1-confg"})"},
        {"TftpOther", kTftp, R"({"tftp_filename":"r1-confg.gz"})", kSilent},
        {"TftpEmpty", session_rule("tftp_router_config', filename_patterns: ['^$']"),
         R"({"tftp_filename":""})", kSilent},
        {"UnknownPredicate", session_rule("unheard_of'"), R"({"llmnr_poisoned":true})", kSilent},
    }),
    test::name_of);

// A mail keeps digests and counts alone: what the rule found in it stays in it.
TEST(Behavioral, KeepsNothingOfAMail) {
  test::expect_decision(
      "behavioral", "email",
      {"",
       test::rule("R1", "[session, email]",
                  "{kind: 'lifter:behavioral_ransom_note', payment_keywords: [pay]}",
                  "[btc_address, matched_keywords, subject, rcpt_count]"),
       R"({"body_text":"pay","subject":"s","rcpt_count":2})", R"({"rcpt_count":2})"});
}

TEST(Behavioral, JudgesRequestsToo) {
  test::expect_decision(
      "behavioral", "http_request",
      {"",
       test::rule("R1", "[http_request]",
                  "{kind: 'lifter:behavioral_credentials_in_files', paths: ['\\.env$']}"),
       R"({"path":"/.env"})", R"({"matched_path":"/.env"})"});
}

TEST(Behavioral, LongEvidenceIsCutAndMarked) {
  const std::string path = std::string(70'000, '/') + ".env";
  EXPECT_EQ(
      test::evidence("behavioral", kPaths, test::event("session", Json::object({{"path", path}}))),
      fmt::format(R"({{"matched_path":"{}","evidence_truncated":["matched_path"]}})",
                  std::string(kMaxEvidenceCharacters, '/')));
}

}  // namespace
}  // namespace decnet::lifters
