// The lifters of what a network says: HTTP clients, C2 frameworks, IPv6 leaks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/lifters/lifting_test.h"

namespace decnet::lifters {
namespace {

using test::Decision;
using test::kSilent;

std::string http_rule(std::string_view id, std::string_view match) {
  return test::rule(id, "[http_fingerprint]", match, "[kind]");
}
const std::string kClient = http_rule("R1", "{kind: 'lifter:http_fingerprint_scanner_client'}");
const std::string kListedClient = http_rule(
    "R1", "{kind: 'lifter:http_fingerprint_scanner_client', catalogues: [PO11nn0000, 5]}");
const std::string kSettings = http_rule("R1", "{kind: 'lifter:http_fingerprint_settings_probe'}");
const std::string kQuic = http_rule("R1", "{kind: 'lifter:http_fingerprint_quic_probe'}");

class HttpFingerprint : public testing::TestWithParam<Decision> {};
TEST_P(HttpFingerprint, FollowsTheTable) {
  test::expect_decision("http_fingerprint", "http_fingerprint", GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Rows, HttpFingerprint,
    testing::ValuesIn(std::vector<Decision>{
        {"Client", kClient,
         R"({"ja4h":"GE11nn0000_03_0_0","client_ip":"192.0.2.9","seen_at":"t","settings":{}})",
         R"({"kind":"ja4h","hash":"GE11nn0000_03_0_0","protocol":"h1","client_ip":"192.0.2.9","seen_at":"t","raw":null})"},
        {"ClientSaysItsProtocol", kClient, R"({"ja4h":"GE20nn0000_","protocol":"h2"})",
         R"({"kind":"ja4h","hash":"GE20nn0000_","protocol":"h2","client_ip":"","seen_at":"","raw":null})"},
        {"TenCharactersWithoutUnderscore", kClient, R"({"ja4h":"GE30nn0000abc"})",
         R"({"kind":"ja4h","hash":"GE30nn0000abc","protocol":"h1","client_ip":"","seen_at":"","raw":null})"},
        {"Browser", kClient, R"({"ja4h":"GE11cr0507_09_0_0"})", kSilent},
        {"EmptyHash", kClient, R"({"ja4h":""})", kSilent},
        {"HashIsANumber", kClient, R"({"ja4h":11})", kSilent},
        {"TheRulesListReplacesTheCatalogue", kListedClient, R"({"ja4h":"GE11nn0000_"})", kSilent},
        {"TheRulesList", kListedClient, R"({"ja4h":"PO11nn0000_"})",
         R"({"kind":"ja4h","hash":"PO11nn0000_","protocol":"h1","client_ip":"","seen_at":"","raw":null})"},
        {"Http2", kSettings, R"({"fingerprint_type":"http2_settings","settings":{"3":100}})",
         R"({"kind":"http2_settings","hash":"","protocol":"h2","client_ip":"","seen_at":"","raw":{"3":100}})"},
        {"Http3WithoutSettings", kSettings, R"({"fingerprint_type":"http3_settings"})",
         R"({"kind":"http3_settings","hash":"","protocol":"h3","client_ip":"","seen_at":"","raw":null})"},
        {"AnotherType", kSettings, R"({"fingerprint_type":"http1"})", kSilent},
        {"Quic", kQuic, R"({"ja4_quic":"q13","protocol":"h1"})",
         R"({"kind":"ja4_quic","hash":"q13","protocol":"h3","client_ip":"","seen_at":"","raw":null})"},
        {"QuicEmpty", kQuic, R"({"ja4_quic":""})", kSilent},
        {"KnownById", http_rule("HFP-0003", "{kind: 'lifter:http_fingerprint_other'}"),
         R"({"ja4_quic":"q13"})",
         R"({"kind":"ja4_quic","hash":"q13","protocol":"h3","client_ip":"","seen_at":"","raw":null})"},
        {"UnknownKind", http_rule("R1", "{kind: 'lifter:http_fingerprint_other'}"),
         R"({"ja4_quic":"q13"})", kSilent},
    }),
    test::name_of);

std::string c2_rule(std::string_view more) {
  return test::rule("R1", "[session]", fmt::format("{{kind: 'lifter:c2_fingerprint'{}}}", more),
                    "[jarm, matched_framework]");
}
const std::string kC2 = c2_rule(", catalogues: [jarm, hassh]");

class C2Fingerprint : public testing::TestWithParam<Decision> {};
TEST_P(C2Fingerprint, FollowsTheTable) {
  test::expect_decision("c2_fingerprint", "session", GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Rows, C2Fingerprint,
    testing::ValuesIn(std::vector<Decision>{
        {"Known", kC2,
         R"({"jarm":"07d14d16d21d21d00042d43d000000aa99ce74e2c6d013c745aa52b5cc042d"})",
         R"({"jarm":"07d14d16d21d21d00042d43d000000aa99ce74e2c6d013c745aa52b5cc042d","matched_framework":"metasploit"})"},
        {"OurWordCounts", kC2,
         R"({"jarm":"07d14d16d21d21d00042d43d000000aa99ce74e2c6d013c745aa52b5cc042d","matched_framework":"other"})",
         R"({"jarm":"07d14d16d21d21d00042d43d000000aa99ce74e2c6d013c745aa52b5cc042d","matched_framework":"metasploit"})"},
        {"Unknown", kC2, R"({"hassh":"00000000000000000000000000000000"})", kSilent},
        {"OnlyTheNameIsNoProof", kC2, R"({"matched_framework":"sliver"})", kSilent},
        {"UnderAnotherMethod", kC2,
         R"({"hassh":"07d14d16d21d21d00042d43d000000aa99ce74e2c6d013c745aa52b5cc042d"})", kSilent},
        {"MethodNotAsked", kC2, R"({"ja3":"4d7a28d6f2263ed61de88ca66eb011e3"})", kSilent},
        {"WithoutAListAllAreAsked", c2_rule(""), R"({"ja3":"4d7a28d6f2263ed61de88ca66eb011e3"})",
         R"({"matched_framework":"emotet"})"},
        {"ListOfAWrongType", c2_rule(", catalogues: ja3"),
         R"({"ja3":"4d7a28d6f2263ed61de88ca66eb011e3"})", kSilent},
        {"NoText", kC2, R"({"hassh":5})", kSilent},
    }),
    test::name_of);

const std::string kLeak =
    test::rule("R1", "[ipv6_leak]", "{kind: 'lifter:ipv6_link_local_leak'}", "[addr, ts]");

std::string leak(std::string_view addr, std::string_view oui, std::string_view iid,
                 std::string_view v4) {
  return fmt::format(
      R"({{"addr":"{}","mac_oui":"{}","iid_kind":"{}","vector":"","on_iface":"","attacker_v4":"{}","observed_at":""}})",
      addr, oui, iid, v4);
}

class Ipv6Leak : public testing::TestWithParam<Decision> {};
TEST_P(Ipv6Leak, FollowsTheTable) { test::expect_decision("ipv6_leak", "ipv6_leak", GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    Rows, Ipv6Leak,
    testing::ValuesIn(std::vector<Decision>{
        {"LinkLocal", kLeak, R"({"addr":"fe80::1","mac_oui":"00:1a:2b","attacker_v4":"192.0.2.9"})",
         leak("fe80::1", "00:1a:2b", "unknown", "192.0.2.9")},
        {"AnyCaseAndTheSource", kLeak, R"({"addr":"","src_ip":"FE80::1","iid_kind":"eui64"})",
         leak("FE80::1", "", "eui64", "")},
        {"TheOtherNameOfV4", kLeak, R"({"addr":"fe80::1","attacker_ip":"192.0.2.9"})",
         leak("fe80::1", "", "unknown", "192.0.2.9")},
        {"AddressFirst", kLeak, R"({"addr":"2001:db8::1","src_ip":"fe80::1"})", kSilent},
        {"Almost", kLeak, R"({"addr":"fe8::1"})", kSilent},
        {"NotFollowedByAColon", kLeak, R"({"addr":"fe80"})", kSilent},
        {"NoText", kLeak, R"({"addr":5,"src_ip":"fe80::1"})", kSilent},
        {"WrongTypesAreEmpty", kLeak, R"({"addr":"fe80::1","mac_oui":5,"vector":null})",
         leak("fe80::1", "", "unknown", "")},
    }),
    test::name_of);

}  // namespace
}  // namespace decnet::lifters
