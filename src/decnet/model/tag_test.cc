#include "decnet/model/tag.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

namespace decnet {
namespace {

struct Vector {
  std::string source_kind;
  std::string source_id;
  std::string rule_id;
  int rule_version;
  std::string technique_id;
  std::string sub_technique_id;
  std::string uuid;
};

std::string uuid_of(const Vector& v) {
  return tag_uuid(
      {v.source_kind, v.source_id, v.rule_id, v.rule_version, v.technique_id, v.sub_technique_id});
}

const std::string kThreeHundred(300, 'x');

// The published vectors of the tag uuid (version 1 of the namespace). Rows 29 and 30 look alike and
// differ: nothing is normalised. Rows 31 to 33 have one key: the separator is not escaped.
const std::vector<Vector> kVectors = {
    {"command", "cmd_42", "R0014", 2, "T1083", "", "9aa491e5-f03b-5d8f-9eb5-161becedcdd6"},
    {"command", "cmd_42", "R0015", 1, "T1083", "", "68fb11d9-e52c-5751-9b99-75877c5465ba"},
    {"command", "cmd_42", "R0015", 1, "T1548", "T1548.001", "4fd57b14-c135-544c-97d9-4fabc1051584"},
    {"command", "cmd_42", "R0015", 2, "T1548", "T1548.001", "483471fe-134b-5305-9eb2-2d01524f1bb7"},
    {"command", "s-9f01#0", "R0018", 1, "T1082", "", "f2e2fea4-61a9-515c-97d1-977aedba208e"},
    {"command", "s-9f01#1", "R0018", 1, "T1082", "", "27b2565b-f161-535e-909c-6aa04009a34e"},
    {"command", "5d0c6f2e-0000-4000-8000-00000000a001#cmd0", "R0012", 1, "T1105", "",
     "89ace5cb-69e8-52d1-8014-e27ef11a5e43"},
    {"command", "", "R0012", 1, "T1105", "", "a40b6d99-c948-55d3-9b96-267c0871cb4f"},
    {"session", "s-9f01", "R0031", 1, "T1071", "", "01b23b06-9973-51ba-aeb8-b36f5910a86c"},
    {"session", "s-9f01", "R0031", 1, "T1029", "", "586a3662-9a4e-53ac-8683-e5c10be9c4df"},
    {"intel", "5d0c6f2e-0000-4000-8000-00000000a001", "R0054", 2, "T1110", "",
     "72d31f4d-2d44-54c5-a241-094856f44dd0"},
    {"intel", "intel-catchup:s-9f01", "R0054", 2, "T1110", "",
     "abbaee81-a621-5c6f-a49d-9aa03f935a47"},
    {"intel", "intel-catchup:5d0c6f2e-0000-4000-8000-00000000a001", "R0056", 1, "T1071",
     "T1071.001", "664c9a24-5c27-5d3b-82be-91aa7353ec8e"},
    {"intel", "5d0c6f2e-0000-4000-8000-00000000a001", "R0057", 2, "T1588", "T1588.001",
     "a2ea6efe-8049-5639-b46e-4897fa1fcf39"},
    {"email", "4Zk2QpT1Xz", "R0044", 1, "T1036", "T1036.005",
     "dae6165f-1aef-556a-9a67-7f7a61f906d2"},
    {"email", "4Zk2QpT1Xz", "R0044", 1, "T1566", "T1566.002",
     "80899d35-4275-5133-918c-85287033508e"},
    {"email", "2026-03-04T10:06:00Z_0a1b2c3d4e5f_4Zk2QpT1Xz.eml", "R0046", 1, "T1204", "T1204.002",
     "5e589347-df2a-5077-87f4-081614200980"},
    {"canary_fingerprint", "7e570000-0000-4000-8000-000000000009", "R0050", 1, "T1588", "T1588.002",
     "bd26f668-5ad7-55be-a936-7640e969d772"},
    {"identity", "8a4b7c10-0000-4000-8000-00000000c001", "R0003", 1, "T1110", "T1110.003",
     "8c4cc3b4-98ff-507a-9009-7b4c173632b9"},
    {"credential", "cr-77", "R0004", 1, "T1110", "T1110.004",
     "e03442b9-8ddf-5ccf-9f57-ebbf2175d0ba"},
    {"auth_attempt", "auth-1", "R0006", 1, "T1078", "T1078.001",
     "1176d789-68f5-51c5-b311-f8eb202ebc2e"},
    {"http_request", "req-1", "R0007", 1, "T1595", "T1595.002",
     "d4c42bf2-4c65-5c51-bb2e-c92dbb6b8fba"},
    {"http_fingerprint", "fp-1", "HFP-0001", 1, "T1592", "T1592.002",
     "fcb76668-841b-5d78-aaf2-f2fb3886bed0"},
    {"ipv6_leak", "5d0c6f2e-0000-4000-8000-00000000a001", "R0059", 1, "T1090", "",
     "9e1aaf68-cce1-550e-afab-8a49701e6654"},
    {"identity", "identity.merged", "R0003", 10, "T1110", "T1110.003",
     "205b8af2-0ca5-5148-b2ba-a9f380fd7c9c"},
    {"command",
     "gr\xc3\xb6\xc3\x9f"
     "e-\xc3\xb1"
     "and\xc3\xba",
     "R0018", 1, "T1082", "", "9732a612-eac6-5533-8a03-86e5812687a6"},
    {"command", "\xe4\xbc\x9a\xe8\xaf\x9d-7#0", "R0018", 1, "T1082", "",
     "740494d0-6ec7-5c97-8e48-9e8f3ac22920"},
    {"command", "\xf0\x9f\x90\x8d\xf0\x9f\x94\xa5", "R0018", 1, "T1082", "",
     "d08154c6-c74e-5b15-96a9-272146135d0e"},
    {"command", "e\xcc\x81", "R0018", 1, "T1082", "", "41265c14-40ab-5da8-b712-656fe562f6ca"},
    {"command", "\xc3\xa9", "R0018", 1, "T1082", "", "9acd2cd7-428f-5317-9692-ad96977a05dc"},
    {"command", "a|b", "R0018", 1, "T1082", "", "b21bb51c-9fb5-5ceb-9919-8313b68b4d5a"},
    {"command", "a", "b|R0018", 1, "T1082", "", "b21bb51c-9fb5-5ceb-9919-8313b68b4d5a"},
    {"command|a", "b", "R0018", 1, "T1082", "", "b21bb51c-9fb5-5ceb-9919-8313b68b4d5a"},
    {"command", kThreeHundred, "R0018", 1, "T1082", "", "14717a5f-011f-55ad-a89d-93d05ffe8ff1"},
    {"command", "tab\x09here", "R0018", 1, "T1082", "", "827aaea8-2c08-5207-824a-fecd62931202"},
    {"command", "  padded  ", "R0018", 0, "T1082", "", "2f56999d-e6e8-56e4-8324-57a4c9955b0c"},
    {"payload", "p-1", "R9999", 2147483647, "T9999", "T9999.999",
     "7e192796-4441-54bd-927b-1cf6120b5e67"},
};

TEST(TagUuid, AgreesWithTheGoldenVectors) {
  ASSERT_EQ(kVectors.size(), 37U);
  for (const Vector& v : kVectors) EXPECT_EQ(uuid_of(v), v.uuid) << v.source_kind << v.source_id;
}

TEST(TagUuid, HasTheFormOfAVersion5Uuid) {
  EXPECT_TRUE(rc::check([](const std::string& source_id, const std::string& technique) {
    const std::string uuid = uuid_of({"command", source_id, "R0001", 1, technique, "", ""});
    RC_ASSERT(uuid.size() == 36U);
    for (std::size_t i = 0; i < uuid.size(); ++i) {
      const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
      RC_ASSERT((uuid[i] == '-') == dash);
      RC_ASSERT(dash || (uuid[i] >= '0' && uuid[i] <= '9') || (uuid[i] >= 'a' && uuid[i] <= 'f'));
    }
    RC_ASSERT(uuid[14] == '5');
    RC_ASSERT(std::string("89ab").find(uuid[19]) != std::string::npos);
  }));
}

// Keys that differ have ids that differ, and equal keys equal ids: for texts without the separator.
TEST(TagUuid, IsAFunctionOfExactlyTheSixValues) {
  EXPECT_TRUE(rc::check([] {
    const auto text = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab0 .#-")));
    const auto draw = [&] {
      return Vector{*text, *text, *text, *rc::gen::inRange(0, 4), *text, *text, ""};
    };
    const Vector a = draw();
    const Vector b = draw();
    const auto key = [](const Vector& v) {
      return std::tie(v.source_kind, v.source_id, v.rule_id, v.rule_version, v.technique_id,
                      v.sub_technique_id);
    };
    RC_ASSERT((key(a) == key(b)) == (uuid_of(a) == uuid_of(b)));
    const Vector copy = a;
    RC_ASSERT(uuid_of(a) == uuid_of(copy));
  }));
}

}  // namespace
}  // namespace decnet
