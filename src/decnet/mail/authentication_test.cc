#include "decnet/mail/authentication.h"

#include <gtest/gtest.h>

namespace decnet::mail {
namespace {

struct Row {
  std::string name;
  std::string results;
  std::string received_spf;
  std::string verdicts;  // spf, dkim, dmarc as + - ?, then the envelope's domain
};

char shown(const std::optional<bool>& verdict) { return !verdict ? '?' : *verdict ? '+' : '-'; }

class Verdicts : public testing::TestWithParam<Row> {};
TEST_P(Verdicts, AreTriState) {
  const auto found = read_authentication(GetParam().results, GetParam().received_spf);
  EXPECT_EQ(std::string{shown(found.spf)} + shown(found.dkim) + shown(found.dmarc) + " " +
                found.mail_from_domain,
            GetParam().verdicts);
  EXPECT_EQ(found.told, !GetParam().results.empty() || !GetParam().received_spf.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Headers, Verdicts,
    testing::ValuesIn(std::vector<Row>{
        {"Nothing", "", "", "??? "},
        {"AllPass",
         "mx.example; spf=pass smtp.mailfrom=bob@A.example; dkim=pass header.d=a.example; "
         "dmarc=pass",
         "", "+++ a.example"},
        {"AllFail", "mx.example;\n spf=softfail;\n\tdkim=fail; dmarc=FAIL", "", "--- "},
        {"NoVerdicts", "mx; spf=none; dkim=none (no signature); dmarc=permerror", "", "??? "},
        {"Neutral", "mx; spf=neutral; dkim=temperror", "", "??? "},
        {"SpacesAroundEquals", "mx; spf = pass", "", "+?? "},
        {"NotInsideAWord", "mx; x-spf=pass", "", "??? "},
        {"TheFirstCounts", "mx; spf=fail; spf=pass", "", "-?? "},
        {"ReceivedSpf", "", "Pass (mx: ok) client-ip=192.0.2.1; envelope-from=<b@c.example>;",
         "+?? c.example"},
        {"ReceivedSoftfail", "", "SoftFail (mx)", "-?? "},
        {"ReceivedNone", "", "None (mx)", "??? "},
        {"ResultsBeforeReceived", "mx; spf=fail", "Pass (mx)", "-?? "},
        {"Garbage", ";;;==spf==;dkim", "((((", "??? "},
    }),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace decnet::mail
