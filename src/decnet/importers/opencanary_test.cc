#include "decnet/importers/opencanary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "decnet/importers/opencanary_line.h"

namespace decnet::importers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string line(std::int64_t logtype, std::string_view logdata, std::string_view more = "") {
  return R"({"dst_host":"192.0.2.80","dst_port":22,"local_time":"2026-03-05 10:11:12.131415",)"
         R"("logtype":)" +
         std::to_string(logtype) + R"(,"node_id":"attic","src_host":"198.51.100.7",)" +
         R"("utc_time":"2026-03-05 10:11:12.131415",)" + std::string(more) + R"("logdata":)" +
         std::string(logdata) + "}";
}

OpenCanaryLine read(const std::string& text) {
  auto read = read_opencanary_line(text);
  EXPECT_TRUE(read && *read) << text;
  return read && *read ? **read : OpenCanaryLine{};
}

// The payload of the contact, without what all contacts say.
std::string facts(const OpenCanaryLine& line) {
  Json::Object kept;
  for (const auto& [key, value] : *line.events.front().payload.object()) {
    if (key != "service" && key != "logtype" && key != "dst_port" && key != "source_host") {
      kept.emplace_back(key, value);
    }
  }
  return Json(kept).dump();
}

struct Contact {
  std::int64_t logtype;
  std::string logdata;
  std::string facts;
};

class OpenCanaryContacts : public testing::TestWithParam<Contact> {};

TEST_P(OpenCanaryContacts, SayWhatWasDone) {
  const auto read = importers::read(line(GetParam().logtype, GetParam().logdata));
  EXPECT_EQ(facts(read), GetParam().facts);
  EXPECT_EQ(read.events.front().kind, SourceKind::kSession);
  EXPECT_EQ(read.ip, "198.51.100.7");
  EXPECT_EQ(read.node, "attic");
}

INSTANTIATE_TEST_SUITE_P(
    Logtypes, OpenCanaryContacts,
    testing::ValuesIn(std::vector<Contact>{
        {2000, R"({"USERNAME":"bob","PASSWORD":"x"})", R"({"decoy_event":"ftp.login"})"},
        {3000, R"({"PATH":"/"})", R"({"decoy_event":"http.get"})"},
        {4000, R"({"SESSION":"3"})", R"({"decoy_event":"ssh.connect"})"},
        {4001, R"({"REMOTEVERSION":"SSH-2.0-x"})", R"({"decoy_event":"ssh.version"})"},
        {5000, R"({"FILENAME":"it/.env","SHARENAME":"it","USER":"bob"})",
         R"({"decoy_event":"smb.open","matched_path":"it/.env","share":"it"})"},
        {5001, R"({"PROTO":"TCP"})", R"({"decoy_event":"portscan.syn"})"},
        {5005, "{}", R"({"decoy_event":"portscan.nmap_fin"})"},
        {10001, R"({"FILENAME":"core1-confg","OPCODE":"READ"})",
         R"({"decoy_event":"tftp.request","tftp_filename":"core1-confg"})"},
        {11001, "{}", R"({"decoy_event":"ntp.monlist"})"},
        {13001, R"({"REQUESTS":"1.3.6.1","COMMUNITY_STRING":"public"})",
         R"({"decoy_event":"snmp.request","oids":"1.3.6.1"})"},
        {14001, R"({"USERNAME":"bob"})", R"({"decoy_event":"rdp.connect"})"},
        {15001, R"({"HEADERS":{}})", R"({"decoy_event":"sip.request"})"},
        {16001, R"({"HOST":"attic","REPO":"ops.git"})",
         R"({"decoy_event":"git.clone","repository":"ops.git"})"},
        {17001, R"({"CMD":"FLUSHALL","ARGS":""})",
         R"({"decoy_event":"redis.command","op_text":"FLUSHALL"})"},
        {17001, R"({"CMD":"CONFIG","ARGS":["SET","dir","/root"]})",
         R"({"decoy_event":"redis.command","op_text":"CONFIG SET dir /root"})"},
        {19001, R"({"query_hostname":"nas-17"})",
         R"({"decoy_event":"llmnr.response","llmnr_poisoned":true,"poisoned_query":"nas-17",)"
         R"("responder":"198.51.100.7","victim_host":"attic"})"},
        // Data of any other type says nothing, and costs nothing but itself.
        {10001, R"({"FILENAME":["a"]})", R"({"decoy_event":"tftp.request"})"},
        {10001, "[]", R"({"decoy_event":"tftp.request"})"},
        {10001, "null", R"({"decoy_event":"tftp.request"})"},
    }));

struct Login {
  std::string name;
  std::int64_t logtype;
  std::string logdata;
  std::string login;  // "service user:password", or nothing
};

class OpenCanaryLogins : public testing::TestWithParam<Login> {};

TEST_P(OpenCanaryLogins, AreFailures) {
  const auto read = importers::read(line(GetParam().logtype, GetParam().logdata));
  if (GetParam().login.empty()) {
    EXPECT_FALSE(read.login);
    return;
  }
  ASSERT_TRUE(read.login);
  EXPECT_EQ(read.login->service + " " + read.login->username + ":" + read.login->password,
            GetParam().login);
  EXPECT_FALSE(read.login->success);
  EXPECT_EQ(read.login->decky, "attic");
}

INSTANTIATE_TEST_SUITE_P(
    Logtypes, OpenCanaryLogins,
    testing::ValuesIn(std::vector<Login>{
        {"Ftp", 2000, R"({"USERNAME":"bob","PASSWORD":"x"})", "ftp bob:x"},
        {"Http", 3001, R"({"USERNAME":"bob","PASSWORD":"x","PATH":"/"})", "http bob:x"},
        {"Ssh", 4002, R"({"USERNAME":"root","PASSWORD":""})", "ssh root:"},
        {"Telnet", 6001, R"({"USERNAME":"root","PASSWORD":"1234"})", "telnet root:1234"},
        {"Proxy", 7001, R"({"USERNAME":"a","PASSWORD":"b"})", "httpproxy a:b"},
        {"MySql", 8001, R"({"USERNAME":"root","PASSWORD":"x"})", "mysql root:x"},
        {"MsSql", 9001, R"({"UserName":"sa","Password":"x"})", "mssql sa:x"},
        {"MsSqlWindows", 9002, R"({"USERNAME":"CORP\\bob"})", "mssql CORP\\bob:"},
        {"Numbers", 4002, R"({"USERNAME":1,"PASSWORD":1234})", "ssh 1:1234"},
        {"VncKnown", 12001, R"({"VNC Password":"letmein"})", "vnc :letmein"},
        {"VncUnknown", 12001,
         R"({"VNC Password":"<Password was not in the common list>","USERNAME":"x"})", "vnc x:"},
        {"Nobody", 4002, "{}", ""},
        {"NoLogin", 4000, R"({"USERNAME":"root"})", ""},
    }),
    [](const auto& row) { return row.param.name; });

TEST(OpenCanary, WebRequestsAreEventsOfTheirOwn) {
  const auto read = importers::read(
      line(3001, R"({"HOSTNAME":"nas","PATH":"/a%20b?x=1","USERAGENT":"curl/8","USERNAME":"u"})"));
  ASSERT_THAT(read.events, SizeIs(2));
  EXPECT_EQ(read.events[1].kind, SourceKind::kHttpRequest);
  EXPECT_EQ(read.events[1].payload.dump(),
            R"({"method":"POST","raw_url":"/a%20b?x=1","request_path":"/a b",)"
            R"("user_agent":"curl/8","headers":{"Host":"nas","User-Agent":"curl/8"}})");
}

struct Reading {
  std::string name;
  std::string text;
  std::string outcome;  // "ignored", "damaged: …" or "contact"
};

class OpenCanaryLines : public testing::TestWithParam<Reading> {};

TEST_P(OpenCanaryLines, ReadAs) {
  const auto read = read_opencanary_line(GetParam().text);
  const std::string outcome = !read   ? "damaged: " + read.error().message
                              : *read ? "contact"
                                      : "ignored";
  EXPECT_THAT(outcome, HasSubstr(GetParam().outcome));
}

INSTANTIATE_TEST_SUITE_P(
    Odd, OpenCanaryLines,
    testing::ValuesIn(std::vector<Reading>{
        {"Empty", "", "ignored"},
        {"Padded", std::string(9, '\0') + line(4000, "{}"), "contact"},
        {"Boot", line(1001, R"({"logdata":"Added service"})"), "ignored"},
        {"Unknown", line(4711, "{}"), "ignored"},
        {"OperatorsOwn", line(99000, "{}"), "ignored"},
        {"NoLogtype", R"({"src_host":"192.0.2.1"})", "ignored"},
        {"LogtypeIsText", R"({"logtype":"4000"})", "ignored"},
        {"NoObject", "[1]", "ignored"},
        {"NotJson", "{", "damaged: "},
        {"NoTime", R"({"logtype":4000,"src_host":"192.0.2.1"})", "damaged: no utc_time"},
        {"LocalTimeAlone",
         R"({"logtype":4000,"src_host":"192.0.2.1","local_time":"2026-03-05 10:11:12"})",
         "contact"},
        {"BadTime", R"({"logtype":4000,"utc_time":"soon"})", "damaged: utc_time is no time"},
        {"BadAddress", R"({"logtype":4000,"utc_time":"2026-03-05 10:11:12","src_host":"evil; rm"})",
         "damaged: src_host is no IP address"},
    }),
    [](const auto& row) { return row.param.name; });

TEST(OpenCanary, ASortOfContactIsOneEventADay) {
  const auto first = importers::read(line(5001, R"({"SPT":"1"})"));
  const auto second = importers::read(line(5001, R"({"SPT":"2"})"));
  EXPECT_EQ(first.events.front().id, second.events.front().id);
  auto next_day = line(5001, "{}");
  for (auto at = next_day.find("03-05"); at != std::string::npos; at = next_day.find("03-05")) {
    next_day.replace(at, 5, "03-06");
  }
  EXPECT_NE(importers::read(next_day).events.front().id, first.events.front().id);
  // What says something of its own is told apart.
  EXPECT_NE(importers::read(line(10001, R"({"FILENAME":"a"})")).events.front().id,
            importers::read(line(10001, R"({"FILENAME":"b"})")).events.front().id);
}

TEST(OpenCanary, PutsALineIntoTheBatch) {
  const auto read = opencanary_reader();
  ObservationBatch batch;
  EXPECT_EQ(read(line(4002, R"({"USERNAME":"root","PASSWORD":"x"})"), batch).value(),
            LineUse::kEvent);
  EXPECT_EQ(read(line(1001, "{}"), batch).value(), LineUse::kIgnored);
  EXPECT_EQ(
      read(R"({"logtype":4000,"src_host":"","utc_time":"2026-03-05 10:11:12"})", batch).value(),
      LineUse::kIgnored);
  ASSERT_THAT(batch.observations(), SizeIs(1));
  const auto& attacker = batch.observations().front();
  EXPECT_THAT(attacker.logins, SizeIs(1));
  EXPECT_THAT(attacker.events, SizeIs(1));
  EXPECT_THAT(attacker.services, ElementsAre("ssh"));
  EXPECT_THAT(attacker.deckies, ElementsAre("attic"));
  EXPECT_EQ(attacker.events.front().payload.dump().find('x'), std::string::npos);  // no password
}

// Enough of a line for whoever asks what a logtype means.
TEST(OpenCanary, ALogtypeAloneIsAContact) {
  const auto contact = opencanary_contact(Json::object({{"logtype", 5003}}));
  ASSERT_TRUE(contact);
  EXPECT_EQ(contact->events.front().payload.dump(),
            R"({"decoy_event":"portscan.nmap_null","service":"portscan","logtype":5003})");
  EXPECT_FALSE(opencanary_contact(Json::object({{"logtype", 1}})));
  EXPECT_FALSE(opencanary_contact(Json()));
}

}  // namespace
}  // namespace decnet::importers
