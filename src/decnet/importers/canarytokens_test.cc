#include "decnet/importers/canarytokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace decnet::importers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// "ignored", "damaged: …", or of each alert "<token> <time> <ip> <agent> <path> <name> <headers>".
std::vector<std::string> described(std::string_view text) {
  const auto read = read_canarytokens_line(text);
  if (!read) return {"damaged: " + read.error().message};
  if (read->empty()) return {"ignored"};
  std::vector<std::string> all;
  for (const auto& [ip, trigger] : *read) {
    all.push_back(trigger.token + " " + to_iso_text(trigger.time) + " " + ip + " " +
                  trigger.user_agent.value_or("-") + " " + trigger.request_path.value_or("-") +
                  " " + trigger.dns_qname.value_or("-") + " " + trigger.headers.dump());
  }
  return all;
}

TEST(Canarytokens, ReadsAnAlertOfTheWeb) {
  EXPECT_THAT(
      described(
          R"({"manage_url":"https://c.example/manage?token=ab12&auth=secret","memo":"m",)"
          R"x("channel":"HTTP","time":"2026-03-05 10:11:12 (UTC)","additional_data":)x"
          R"({"src_ip":"192.0.2.7","useragent":"curl/8","referer":"http://a/","location":null}})"),
      ElementsAre("ab12 2026-03-05T10:11:12+00:00 192.0.2.7 curl/8 - - "
                  R"({"Referer":"http://a/","_channel":"HTTP"})"));
}

TEST(Canarytokens, ReadsAnAlertOfDns) {
  EXPECT_THAT(described(R"({"token":"ab12","channel":"DNS","src_ip":"2001:DB8::5",)"
                        R"("time":"2026-03-05T10:11:12Z","additional_data":)"
                        R"({"hostname":"x.ab12.c.example"}})"),
              ElementsAre("ab12 2026-03-05T10:11:12+00:00 2001:db8::5 - - x.ab12.c.example "
                          R"({"_channel":"DNS"})"));
}

TEST(Canarytokens, ReadsTheHitsOfAToken) {
  EXPECT_THAT(
      described(R"({"token":"ab12","hits":[)"
                R"({"time_of_hit":1772705472.5,"src_ip":"192.0.2.7","input_channel":"HTTP",)"
                R"("useragent":"a","request_headers":{"Accept":"*/*","X":5}},)"
                R"({"time_of_hit":1772705473,"src_ip":"192.0.2.8"}]})"),
      ElementsAre("ab12 2026-03-05T10:11:12.500000+00:00 192.0.2.7 a - - "
                  R"({"Accept":"*/*","_channel":"HTTP"})",
                  "ab12 2026-03-05T10:11:13+00:00 192.0.2.8 - - - {}"));
}

// The pages of tokens that redirect have the browser describe itself, as lists of one; the server
// says where the address is.
TEST(Canarytokens, KeepsWhatTheBrowserSaidOfItself) {
  EXPECT_THAT(
      described(
          R"({"token":"ab12","hits":[{"time_of_hit":1772705473,"src_ip":"192.0.2.8","input_channel":)"
          R"("HTTP","geo_info":{"ip":"192.0.2.8","country":"BR","city":"x","timezone":"y"},)"
          R"("additional_info":{"javascript":{"enabled":["1"]},"browser":{"platform":["Win32"],)"
          R"("language":["pt-BR"],"os":["Windows"],"mimetypes":["many"]}}}]})"),
      ElementsAre("ab12 2026-03-05T10:11:13+00:00 192.0.2.8 - - - "
                  R"({"_channel":"HTTP","_fp":{"nav":{"pl":"Win32","lg":"pt-BR"}},)"
                  R"("_geo":{"country":"BR"}})"));
  EXPECT_THAT(described(R"({"token":"ab12","time":"2026-03-05 10:11:12","src_ip":"192.0.2.8",)"
                        R"("additional_data":{"geo_info":{"country":"brazil"},"additional_info":)"
                        R"({"Browser":{"platform":"MacIntel","language":[5]}}},"geo_info":[],)"
                        R"("additional_info":{"browser":{"platform":[],"language":{}}}})"),
              ElementsAre(testing::EndsWith(R"( {"_fp":{"nav":{"pl":"MacIntel"}}})")));
}

TEST(Canarytokens, TakesNoMarksFromAVisitor) {
  EXPECT_THAT(described(R"({"token":"ab12","time":"2026-03-05 10:11:12","src_ip":"192.0.2.8",)"
                        R"("additional_data":{"request_headers":{"_channel":"DNS","_fp":"x",)"
                        R"("_geo":"BR","Accept":"*/*"}}})"),
              ElementsAre(testing::EndsWith(R"( {"Accept":"*/*"})")));
}

struct Case {
  std::string name;
  std::string line;
  std::string reading;
};

class CanarytokenLines : public testing::TestWithParam<Case> {};

TEST_P(CanarytokenLines, ReadAs) {
  EXPECT_THAT(described(GetParam().line), ElementsAre(HasSubstr(GetParam().reading)));
}

INSTANTIATE_TEST_SUITE_P(
    Odd, CanarytokenLines,
    testing::ValuesIn(std::vector<Case>{
        {"Empty", "", "ignored"},
        {"NoToken", R"({"time":"2026-03-05 10:11:12","src_ip":"192.0.2.7"})", "ignored"},
        {"NoObject", "[]", "ignored"},
        {"NoAddress", R"({"token":"a","time":"2026-03-05 10:11:12"})", "ignored"},
        {"NotJson", "{", "damaged: "},
        {"NoTime", R"({"token":"a","src_ip":"192.0.2.7"})", "damaged: no time"},
        {"BadTime", R"({"token":"a","src_ip":"192.0.2.7","time":"noon"})", "damaged: time is no"},
        {"HugeTime", R"({"token":"a","src_ip":"192.0.2.7","time":1e300})", "damaged: time is no"},
        {"BadAddress", R"({"token":"a","src_ip":"x","time":"2026-03-05 10:11:12"})",
         "damaged: src_ip is no IP address"},
        // It becomes a word of a bus topic.
        {"TokenWithDots", R"({"token":"a.>","src_ip":"192.0.2.7","time":"2026-03-05 10:11:12"})",
         " 2026-03-05T10:11:12+00:00 192.0.2.7"},
    }),
    [](const auto& row) { return row.param.name; });

TEST(Canarytokens, KeepsNothingOfTheKeyToAToken) {
  const auto reader = canarytokens_reader();
  ObservationBatch batch;
  ASSERT_EQ(reader(R"({"manage_url":"https://c.example/manage?token=a.b&auth=s3cr3t",)"
                   R"("src_ip":"192.0.2.7","time":"2026-03-05 10:11:12","memo":"s3cr3t"})",
                   batch)
                .value(),
            LineUse::kEvent);
  const auto& triggers = batch.observations().front().triggers;
  ASSERT_THAT(triggers, SizeIs(1));
  EXPECT_EQ(triggers.front().token.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(triggers.front().headers.dump().find("s3cr3t"), std::string::npos);
}

}  // namespace
}  // namespace decnet::importers
