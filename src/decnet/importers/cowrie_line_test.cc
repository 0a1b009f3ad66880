#include "decnet/importers/cowrie_line.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

namespace decnet::importers {
namespace {

using namespace std::string_literals;

// What was read, as one line of text: "ignored", "damaged: <reason>", or
// "<kind> <time> <ip> <sensor> <session> <service>" and what the kind adds; "-" for what is empty.
std::string described(const Result<std::optional<CowrieLine>>& read) {
  if (!read) return "damaged: " + read.error().message;
  if (!*read) return "ignored";
  const CowrieLine& line = **read;
  const auto word = [](const std::string& text) { return " " + (text.empty() ? "-" : text); };
  const std::string about = " " + to_iso_text(line.time) + word(line.ip) + word(line.sensor) +
                            word(line.session) + word(line.service);
  switch (line.kind) {
    case CowrieLine::Kind::kCommand:
      return "command" + about + ": " + line.command;
    case CowrieLine::Kind::kLogin:
      return (line.success ? "success" : "failure") + about + ": [" + line.username + "][" +
             line.password + "]";
    case CowrieLine::Kind::kSessionStart:
      return "start" + about;
    case CowrieLine::Kind::kSessionEnd:
      return "end" + about + ":" +
             (line.duration_s ? " " + fmt::format("{}", *line.duration_s) : " -");
    case CowrieLine::Kind::kTransfer:
      return (line.upload ? "upload" : "download") + about + ": [" + line.url + "][" + line.name +
             "][" + line.digest + "]";
    case CowrieLine::Kind::kKeyExchange:
      return "client" + about + ": " + line.hassh;
    case CowrieLine::Kind::kOther:
      return "other" + about;
  }
  return "?";
}

struct Case {
  std::string name;
  std::string line;
  std::string reading;
};

class CowrieLines : public testing::TestWithParam<Case> {};

TEST_P(CowrieLines, ReadAs) {
  EXPECT_EQ(described(read_cowrie_line(GetParam().line)), GetParam().reading);
}

const auto kName = [](const auto& row) { return row.param.name; };

std::string closed_after(std::string_view duration) {
  return fmt::format(R"({{"eventid":"cowrie.session.closed","timestamp":"2024-03-05T10:11:12Z",)"
                     R"("src_ip":"192.0.2.7","session":"s1","sensor":"a","duration":{}}})",
                     duration);
}
const std::string kEnd = "end 2024-03-05T10:11:12+00:00 192.0.2.7 a s1 -: ";

std::string event(std::string_view id, std::string_view members) {
  return fmt::format(R"({{"eventid":"cowrie.{}","timestamp":"2024-03-05T10:11:12Z",)"
                     R"("src_ip":"192.0.2.7","session":"s1","sensor":"a",{}}})",
                     id, members);
}
const std::string kAbout = " 2024-03-05T10:11:12+00:00 192.0.2.7 a s1 ";

INSTANTIATE_TEST_SUITE_P(
    FilesAndClients, CowrieLines,
    testing::ValuesIn(std::vector<Case>{
        {"Download",
         event("session.file_download",
               R"("url":"http://192.0.2.5/a","outfile":"dl/ab","destfile":"/tmp/a","shasum":"ab")"),
         "download" + kAbout + "-: [http://192.0.2.5/a][/tmp/a][ab]"},
        {"Upload", event("session.file_upload", R"("filename":"up","shasum":"ab")"),
         "upload" + kAbout + "-: [][up][ab]"},
        {"NothingSaid", event("session.file_download", R"("url":5)"), "other" + kAbout + "-"},
        {"Failed", event("session.file_download.failed", R"("url":"http://192.0.2.5/a")"),
         "other" + kAbout + "-"},
        {"Client", event("client.kex", R"("hassh":"92674389FA1E47A27DDD8D9B63ECD42B")"),
         "client" + kAbout + "ssh: 92674389fa1e47a27ddd8d9b63ecd42b"},
        {"ClientOfNoDigest", event("client.kex", R"("hassh":"92674389fa1e47a27ddd8d9b63ecd42x")"),
         "other" + kAbout + "ssh"},
    }),
    kName);

INSTANTIATE_TEST_SUITE_P(SessionEnds, CowrieLines,
                         testing::ValuesIn(std::vector<Case>{
                             {"Number", closed_after("1.5"), kEnd + "1.5"},
                             {"WholeNumber", closed_after("300"), kEnd + "300"},
                             {"NumberAsText", closed_after("\"12.3\""), kEnd + "12.3"},
                             {"Zero", closed_after("0.0"), kEnd + "0"},
                             {"Negative", closed_after("-1"), kEnd + "-"},
                             {"Infinite", closed_after("\"inf\""), kEnd + "-"},
                             {"Words", closed_after("\"1.5 s\""), kEnd + "-"},
                             {"AList", closed_after("[1]"), kEnd + "-"},
                         }),
                         kName);

// Cowrie 2.x, since 2019: no `system`; the protocol only on the line that opens the session.
INSTANTIATE_TEST_SUITE_P(
    Modern, CowrieLines,
    testing::ValuesIn(std::vector<Case>{
        {"Connect",
         R"({"eventid":"cowrie.session.connect","src_ip":"192.0.2.7","src_port":40022,)"
         R"("dst_ip":"10.0.0.5","dst_port":2222,"session":"0a1b2c3d4e5f","protocol":"ssh",)"
         R"("message":"New connection: 192.0.2.7:40022","sensor":"web-1",)"
         R"("timestamp":"2024-03-05T10:11:12.131415Z"})",
         "start 2024-03-05T10:11:12.131415+00:00 192.0.2.7 web-1 0a1b2c3d4e5f ssh"},
        {"TelnetConnect",
         R"({"eventid":"cowrie.session.connect","src_ip":"192.0.2.7","session":"s1",)"
         R"("protocol":"telnet","sensor":"web-1","timestamp":"2024-03-05T10:11:12.131415Z"})",
         "start 2024-03-05T10:11:12.131415+00:00 192.0.2.7 web-1 s1 telnet"},
        {"Command",
         R"({"eventid":"cowrie.command.input","input":"uname -a","message":"CMD: uname -a",)"
         R"("sensor":"web-1","timestamp":"2024-03-05T10:11:12.131415Z",)"
         R"("src_ip":"192.0.2.7","session":"s1"})",
         "command 2024-03-05T10:11:12.131415+00:00 192.0.2.7 web-1 s1 -: uname -a"},
        {"CommandThatSaysItsProtocol",
         R"({"eventid":"cowrie.command.input","input":"id","sensor":"web-1","protocol":"telnet",)"
         R"("timestamp":"2025-03-05T10:11:12.131415Z","src_ip":"192.0.2.7","session":"s1"})",
         "command 2025-03-05T10:11:12.131415+00:00 192.0.2.7 web-1 s1 telnet: id"},
        {"CommandKeptAsTyped",
         R"({"eventid":"cowrie.command.input","input":" \u0000\t'é' \\ ","sensor":"a",)"
         R"("timestamp":"2024-03-05T10:11:12Z","src_ip":"192.0.2.7","session":"s1"})",
         "command 2024-03-05T10:11:12+00:00 192.0.2.7 a s1 -:  \0\t'é' \\ "s},
        {"CommandFound",
         R"({"eventid":"cowrie.command.success","input":"uname","sensor":"a",)"
         R"("timestamp":"2024-03-05T10:11:12Z","src_ip":"192.0.2.7","session":"s1"})",
         "other 2024-03-05T10:11:12+00:00 192.0.2.7 a s1 -"},
        {"CommandNotFound",
         R"({"eventid":"cowrie.command.failed","input":"nonsense","sensor":"a",)"
         R"("timestamp":"2024-03-05T10:11:12Z","src_ip":"192.0.2.7","session":"s1"})",
         "other 2024-03-05T10:11:12+00:00 192.0.2.7 a s1 -"},
        {"LoginSuccess",
         R"({"eventid":"cowrie.login.success","username":"root","password":"p|w","sensor":"a",)"
         R"("timestamp":"2024-03-05T10:11:12Z","src_ip":"192.0.2.7","session":"s1"})",
         "success 2024-03-05T10:11:12+00:00 192.0.2.7 a s1 -: [root][p|w]"},
        {"LoginFailure",
         R"({"eventid":"cowrie.login.failed","username":"","password":"","sensor":"a",)"
         R"("timestamp":"2024-03-05T10:11:12Z","src_ip":"192.0.2.7","session":"s1"})",
         "failure 2024-03-05T10:11:12+00:00 192.0.2.7 a s1 -: [][]"},
        {"LoginByKey",
         R"({"eventid":"cowrie.login.success","username":"root","key":"AAAAB3NzaC1yc2E",)"
         R"("fingerprint":"aa:bb","type":"ssh-rsa","sensor":"a",)"
         R"("timestamp":"2024-03-05T10:11:12Z","src_ip":"192.0.2.7","session":"s1"})",
         "success 2024-03-05T10:11:12+00:00 192.0.2.7 a s1 -: [root][]"},
        {"KeyExchangeIsSsh",
         R"({"eventid":"cowrie.client.kex","hassh":"00","kexAlgs":["a","b"],"sensor":"a",)"
         R"("timestamp":"2024-03-05T10:11:12Z","src_ip":"192.0.2.7","session":"s1"})",
         "other 2024-03-05T10:11:12+00:00 192.0.2.7 a s1 ssh"},
        {"ForwardingIsSsh",
         R"({"eventid":"cowrie.direct-tcpip.request","dst_ip":"198.51.100.1","dst_port":25,)"
         R"("src_ip":"192.0.2.7","sensor":"a","timestamp":"2024-03-05T10:11:12Z","session":"s1"})",
         "other 2024-03-05T10:11:12+00:00 192.0.2.7 a s1 ssh"},
        {"MessageThatIsAList",
         R"({"eventid":"cowrie.session.params","arch":"linux-x64-lsb","message":[],"sensor":"a",)"
         R"("timestamp":"2024-03-05T10:11:12Z","src_ip":"192.0.2.7","session":"s1"})",
         "other 2024-03-05T10:11:12+00:00 192.0.2.7 a s1 -"},
    }),
    kName);

// Until 2019: every line names the transport in `system`, with the address at its end.
INSTANTIATE_TEST_SUITE_P(
    Older, CowrieLines,
    testing::ValuesIn(std::vector<Case>{
        {"ConnectOf2017",
         R"({"eventid": "cowrie.session.connect", "timestamp": "2017-03-05T10:11:12.131415Z", )"
         R"("session": "s1", "message": "New connection", "src_port": 41393, "isError": 0, )"
         R"("system": "cowrie.ssh.factory.CowrieSSHFactory", "src_ip": "192.0.2.7", )"
         R"("dst_port": 2222, "dst_ip": "10.0.0.5", "sensor": "scw-1"})",
         "start 2017-03-05T10:11:12.131415+00:00 192.0.2.7 scw-1 s1 ssh"},
        {"TelnetConnectOf2017",
         R"({"eventid": "cowrie.session.connect", "timestamp": "2017-03-05T10:11:12.131415Z", )"
         R"("session": "s1", "src_ip": "192.0.2.7", "sensor": "scw-1", )"
         R"("system": "cowrie.telnet.transport.HoneyPotTelnetFactory"})",
         "start 2017-03-05T10:11:12.131415+00:00 192.0.2.7 scw-1 s1 telnet"},
        {"TelnetCommand",
         R"({"eventid": "cowrie.command.input", "timestamp": "2017-03-05T10:11:12.131415Z", )"
         R"("message": "CMD: enable", "system": "CowrieTelnetTransport,1,192.0.2.7", )"
         R"("isError": 0, "src_ip": "192.0.2.7", "session": "s1", "input": "enable", )"
         R"("sensor": "scw-1"})",
         "command 2017-03-05T10:11:12.131415+00:00 192.0.2.7 scw-1 s1 telnet: enable"},
        {"SshCommand",
         R"({"eventid": "cowrie.command.input", "timestamp": "2018-03-05T10:11:12.131415Z", )"
         R"("system": "SSHChannel session (0) on SSHService 'ssh-connection' on )"
         R"(HoneyPotSSHTransport,14330,192.0.2.7", "isError": 0, "src_ip": "192.0.2.7", )"
         R"("session": "s1", "input": "/system resource print", "sensor": "scw-1"})",
         "command 2018-03-05T10:11:12.131415+00:00 192.0.2.7 scw-1 s1 ssh: /system resource print"},
        {"AddressOnlyInSystem",
         R"({"eventid":"cowrie.command.input","timestamp":"2016-03-05T10:11:12Z","input":"id",)"
         R"("system":"CowrieTelnetTransport,1,192.0.2.9","session":"s1","sensor":"a"})",
         "command 2016-03-05T10:11:12+00:00 192.0.2.9 a s1 telnet: id"},
        {"NoAddressAnywhere",
         R"({"eventid":"cowrie.command.input","timestamp":"2016-03-05T10:11:12Z","input":"id",)"
         R"("system":"-","session":"s1","sensor":"a"})",
         "command 2016-03-05T10:11:12+00:00 - a s1 -: id"},
        {"ZoneWithoutColon",
         R"({"eventid":"cowrie.command.input","timestamp":"2016-03-05T12:11:12.131415+0200",)"
         R"("input":"id","src_ip":"192.0.2.7","session":"s1","sensor":"a"})",
         "command 2016-03-05T10:11:12.131415+00:00 192.0.2.7 a s1 -: id"},
        {"ZoneZeros",
         R"({"eventid":"cowrie.command.input","timestamp":"2016-03-05T10:11:12.131415+0000",)"
         R"("input":"id","src_ip":"192.0.2.7","session":"s1","sensor":"a"})",
         "command 2016-03-05T10:11:12.131415+00:00 192.0.2.7 a s1 -: id"},
        {"SessionAsNumber",
         R"({"eventid":"cowrie.command.input","timestamp":"2016-03-05T10:11:12Z","input":"id",)"
         R"("src_ip":"192.0.2.7","session":4711,"sensor":"a"})",
         "command 2016-03-05T10:11:12+00:00 192.0.2.7 a 4711 -: id"},
    }),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Odd, CowrieLines,
    testing::ValuesIn(std::vector<Case>{
        {"NothingButTheNeedful", R"({"eventid":"cowrie.x","timestamp":"2024-03-05T10:11:12Z"})",
         "other 2024-03-05T10:11:12+00:00 - - - -"},
        {"CommandWithoutSession",
         R"({"eventid":"cowrie.command.input","timestamp":"2024-03-05T10:11:12Z","input":"id",)"
         R"("src_ip":"192.0.2.7"})",
         "command 2024-03-05T10:11:12+00:00 192.0.2.7 - - -: id"},
        {"EmptyCommand",
         R"({"eventid":"cowrie.command.input","timestamp":"2024-03-05T10:11:12Z","input":"",)"
         R"("src_ip":"192.0.2.7"})",
         "other 2024-03-05T10:11:12+00:00 192.0.2.7 - - -"},
        {"BlankCommand",
         R"({"eventid":"cowrie.command.input","timestamp":"2024-03-05T10:11:12Z","input":" \t",)"
         R"("src_ip":"192.0.2.7"})",
         "other 2024-03-05T10:11:12+00:00 192.0.2.7 - - -"},
        {"CommandThatIsNoText",
         R"({"eventid":"cowrie.command.input","timestamp":"2024-03-05T10:11:12Z","input":["id"],)"
         R"("src_ip":"192.0.2.7"})",
         "other 2024-03-05T10:11:12+00:00 192.0.2.7 - - -"},
        {"CommandThatIsANumber",
         R"({"eventid":"cowrie.command.input","timestamp":"2024-03-05T10:11:12Z","input":17,)"
         R"("src_ip":"192.0.2.7"})",
         "other 2024-03-05T10:11:12+00:00 192.0.2.7 - - -"},
        {"PasswordsThatAreNoText",
         R"({"eventid":"cowrie.login.failed","timestamp":"2024-03-05T10:11:12Z","username":null,)"
         R"("password":123456,"src_ip":"192.0.2.7"})",
         "failure 2024-03-05T10:11:12+00:00 192.0.2.7 - - -: [][123456]"},
        {"PasswordsOfOtherTypes",
         R"({"eventid":"cowrie.login.failed","timestamp":"2024-03-05T10:11:12Z","username":[1],)"
         R"("password":1.5,"src_ip":"192.0.2.7"})",
         "failure 2024-03-05T10:11:12+00:00 192.0.2.7 - - -: [][1.5]"},
        {"IPv6",
         R"({"eventid":"cowrie.session.closed","timestamp":"2024-03-05T10:11:12Z",)"
         R"("src_ip":"2001:DB8:0:0::5"})",
         "end 2024-03-05T10:11:12+00:00 2001:db8::5 - - -: -"},
        {"MappedIPv4",
         R"({"eventid":"cowrie.session.closed","timestamp":"2024-03-05T10:11:12Z",)"
         R"("src_ip":"::ffff:192.0.2.7"})",
         "end 2024-03-05T10:11:12+00:00 192.0.2.7 - - -: -"},
        {"UnknownProtocolIsNotRepeated",
         R"({"eventid":"cowrie.session.connect","timestamp":"2024-03-05T10:11:12Z",)"
         R"("src_ip":"192.0.2.7","protocol":"<script>"})",
         "start 2024-03-05T10:11:12+00:00 192.0.2.7 - - -"},
        {"KeyWrittenTwice",
         R"({"eventid":"cowrie.x","eventid":"cowrie.command.input","input":"a","input":"b",)"
         R"("timestamp":"2024-03-05T10:11:12Z","src_ip":"192.0.2.7"})",
         "command 2024-03-05T10:11:12+00:00 192.0.2.7 - - -: b"},
        {"LoneSurrogate",
         R"({"eventid":"cowrie.command.input","timestamp":"2024-03-05T10:11:12Z",)"
         R"("input":"\udc80x","src_ip":"192.0.2.7"})",
         "command 2024-03-05T10:11:12+00:00 192.0.2.7 - - -: \xEF\xBF\xBDx"},
        {"BytesThatAreNoUtf8",
         "{\"eventid\":\"cowrie.command.input\",\"timestamp\":\"2024-03-05T10:11:12Z\","
         "\"input\":\"\xff\xfex\",\"src_ip\":\"192.0.2.7\"}",
         "command 2024-03-05T10:11:12+00:00 192.0.2.7 - - -: \xEF\xBF\xBD\xEF\xBF\xBDx"},
        {"AfterAPowerCut",
         std::string(300, '\0') +
             R"({"eventid":"cowrie.x","timestamp":"2024-03-05T10:11:12Z","src_ip":"192.0.2.7"})",
         "other 2024-03-05T10:11:12+00:00 192.0.2.7 - - -"},
    }),
    kName);

INSTANTIATE_TEST_SUITE_P(
    NotCowrie, CowrieLines,
    testing::ValuesIn(std::vector<Case>{
        {"Empty", "", "ignored"},
        {"Blank", " \t\r", "ignored"},
        {"NulBytes", std::string(5000, '\0'), "ignored"},
        {"Number", "17", "ignored"},
        {"List", "[{\"eventid\":\"cowrie.x\"}]", "ignored"},
        {"NoEventid", R"({"timestamp":"2024-03-05T10:11:12Z","src_ip":"192.0.2.7"})", "ignored"},
        {"EventidOfAnotherType", R"({"eventid":{"cowrie.x":1}})", "ignored"},
        {"OpenCanary", R"({"dst_port":22,"logtype":4002,"node_id":"oc-1"})", "ignored"},
        {"AnotherProgram", R"({"eventid":"dionaea.x","timestamp":"2024-03-05T10:11:12Z"})",
         "ignored"},
    }),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Damaged, CowrieLines,
    testing::ValuesIn(std::vector<Case>{
        {"NoTimestamp", R"({"eventid":"cowrie.command.input","input":"id"})",
         "damaged: no timestamp"},
        {"TimestampOfAnotherType", R"({"eventid":"cowrie.x","timestamp":1709633472})",
         "damaged: no timestamp"},
        {"TimestampThatIsNone", R"({"eventid":"cowrie.x","timestamp":"yesterday"})",
         "damaged: timestamp is no time"},
        {"TimestampOfNoDay", R"({"eventid":"cowrie.x","timestamp":"2023-02-29T10:11:12Z"})",
         "damaged: timestamp is no time"},
        {"AddressThatIsNone",
         R"({"eventid":"cowrie.x","timestamp":"2024-03-05T10:11:12Z","src_ip":"host.example.org"})",
         "damaged: src_ip is no IP address"},
    }),
    kName);

TEST(CowrieLine, TextThatIsNoJsonIsDamagedAndTheReasonRepeatsNoneOfIt) {
  for (const std::string line :
       {R"({"eventid":"cowrie.command.input","input":"evil)", "{", "2024-03-05 [evil] New",
        "\x1b[31m", R"({"eventid":"cowrie.x","timestamp":"2024-03-05T10:11:12Z"} evil)"}) {
    const auto read = read_cowrie_line(line);
    ASSERT_FALSE(read) << line;
    EXPECT_THAT(read.error().message, testing::Not(testing::HasSubstr("evil"))) << line;
    EXPECT_THAT(read.error().message, testing::Not(testing::HasSubstr("\x1b"))) << line;
  }
  const std::string deep(100'000, '[');
  EXPECT_FALSE(read_cowrie_line(deep));
}

CowrieLine command(const std::string& text) {
  CowrieLine line;
  line.kind = CowrieLine::Kind::kCommand;
  line.time = *parse_time("2024-03-05T10:11:12.131415Z");
  line.ip = "192.0.2.7";
  line.sensor = "web-1";
  line.session = "0a1b2c3d4e5f";
  line.command = text;
  return line;
}

CowrieLine login(const std::string& username, const std::string& password) {
  CowrieLine line = command("");
  line.kind = CowrieLine::Kind::kLogin;
  line.username = username;
  line.password = password;
  return line;
}

TEST(CowrieId, IsAUuidThatNeverChanges) {
  // Stored in databases: a new way to make them would store everything a second time.
  EXPECT_EQ(cowrie_id(command("uname -a")), "2e327915-b469-5cb0-9d5a-ae1d2e1e6f54");
  EXPECT_EQ(cowrie_id(login("root", "admin")), "aa761e08-d703-5b48-b8b8-b839cf8853e5");
}

TEST(CowrieId, FollowsFromTheEventAlone) {
  const CowrieLine line = command("uname -a");
  // A rotated file may lack the line that said these.
  CowrieLine same = line;
  same.service = "ssh";
  same.ip = "";
  EXPECT_EQ(cowrie_id(same), cowrie_id(line));

  CowrieLine other = line;
  other.time += std::chrono::microseconds{1};
  EXPECT_NE(cowrie_id(other), cowrie_id(line)) << "typed again";
  other = line;
  other.session = "0a1b2c3d4e60";
  EXPECT_NE(cowrie_id(other), cowrie_id(line)) << "in another session";
  other = line;
  other.sensor = "web-2";
  EXPECT_NE(cowrie_id(other), cowrie_id(line)) << "on another sensor";
  EXPECT_NE(cowrie_id(command("uname  -a")), cowrie_id(line)) << "another text";

  CowrieLine success = login("root", "admin");
  success.success = true;
  EXPECT_NE(cowrie_id(success), cowrie_id(login("root", "admin")));
  EXPECT_NE(cowrie_id(login("a|b", "c")), cowrie_id(login("a", "b|c")));
  EXPECT_NE(cowrie_id(login("a", "")), cowrie_id(login("", "a")));
  EXPECT_NE(cowrie_id(login("id", "")), cowrie_id(command("id")));
}

TEST(CowrieLine, AnyBytesAreReadIgnoredOrRefused) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    const auto read = read_cowrie_line(bytes);
    if (!read) RC_ASSERT(!read.error().message.empty());
  }));
}

TEST(CowrieLine, ADamagedEventIsNeverMoreThanAnEvent) {
  const std::string line =
      R"({"eventid":"cowrie.login.failed","username":"root","password":"\u00e9\\","sensor":"a",)"
      R"("timestamp":"2024-03-05T10:11:12.131415Z","src_ip":"192.0.2.7","session":"s1"})";
  EXPECT_TRUE(rc::check([&line](const std::vector<std::pair<std::uint16_t, char>>& edits) {
    std::string mutated = line;
    for (const auto& [at, byte] : edits) mutated[at % mutated.size()] = byte;
    const auto read = read_cowrie_line(mutated);
    if (!read || !*read) return;
    RC_ASSERT((*read)->ip.size() <= 45u);
    RC_ASSERT(((*read)->kind == CowrieLine::Kind::kCommand) == !(*read)->command.empty());
  }));
}

}  // namespace
}  // namespace decnet::importers
