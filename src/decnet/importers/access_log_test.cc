#include "decnet/importers/access_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace decnet::importers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// "ignored", "damaged: <reason>", or
// "<time> <ip> <host> [method][raw_url] <status> <bytes> [referrer][agent]"; "-" for what is empty.
std::string described(std::string_view text) {
  const auto read = read_access_log_line(text);
  if (!read) return "damaged: " + read.error().message;
  if (!*read) return "ignored";
  const AccessLogLine& line = **read;
  const auto word = [](const std::string& part) { return part.empty() ? "-" : part; };
  const auto number = [](const std::optional<std::int64_t>& part) {
    return part ? std::to_string(*part) : "-";
  };
  const HttpRequest& request = line.request;
  const std::string referrer = request.headers.empty() ? "" : request.headers.front().second;
  return to_iso_text(line.time) + " " + word(line.ip) + " " + word(line.host) + " [" +
         request.method + "][" + request.raw_url + "] " + number(request.status) + " " +
         number(request.bytes) + " [" + referrer + "][" + request.user_agent + "]";
}

struct Case {
  std::string name;
  std::string line;
  std::string reading;
};

class AccessLogLines : public testing::TestWithParam<Case> {};

TEST_P(AccessLogLines, ReadAs) { EXPECT_EQ(described(GetParam().line), GetParam().reading); }

const std::string kTime = "2026-03-05T10:11:12+00:00";

INSTANTIATE_TEST_SUITE_P(
    Shapes, AccessLogLines,
    testing::ValuesIn(std::vector<Case>{
        {"Common", R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET / HTTP/1.1" 200 512)",
         kTime + " 192.0.2.7 - [GET][/] 200 512 [][]"},
        {"Combined",
         R"(192.0.2.7 - - [05/Mar/2026:11:11:12 +0100] "POST /a?b=c HTTP/1.1" 404 - "-" "curl/8")",
         kTime + " 192.0.2.7 - [POST][/a?b=c] 404 - [][curl/8]"},
        {"Referrer",
         R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET / HTTP/2.0" 200 1 "http://a/" "b")",
         kTime + " 192.0.2.7 - [GET][/] 200 1 [http://a/][b]"},
        {"MoreFields",
         R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET / HTTP/1.1" 200 1 "-" "b" 0.003 "x")",
         kTime + " 192.0.2.7 - [GET][/] 200 1 [][b]"},
        {"V6", R"(2001:DB8::7 - - [05/Mar/2026:10:11:12 +0000] "GET / HTTP/1.1" 200 1)",
         kTime + " 2001:db8::7 - [GET][/] 200 1 [][]"},
        {"VirtualHost",
         R"(www.example.org:443 192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET / HTTP/1.1" 200 1)",
         kTime + " 192.0.2.7 www.example.org [GET][/] 200 1 [][]"},
        {"HostName",
         R"(crawler.example.org - - [05/Mar/2026:10:11:12 +0000] "GET / HTTP/1.1" 200 1)",
         kTime + " - - [GET][/] 200 1 [][]"},
        {"UserOfWords",
         R"(192.0.2.7 - bob [b] x [05/Mar/2026:10:11:12 +0000] "GET / HTTP/1.1" 200 1)",
         kTime + " 192.0.2.7 - [GET][/] 200 1 [][]"},
        {"Blanks", R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET /a b HTTP/1.1" 400 1)",
         kTime + " 192.0.2.7 - [GET][/a b] 400 1 [][]"},
        {"NoProtocol", R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET /" 400 1)",
         kTime + " 192.0.2.7 - [GET][/] 400 1 [][]"},
        {"Quotes",
         R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET /\"a\\ HTTP/1.1" 200 1 "-" "\"")",
         kTime + R"( 192.0.2.7 - [GET][/"a\] 200 1 []["])"},
        {"Hex", R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET /\x24{x} HTTP/1.1" 200 1)",
         kTime + " 192.0.2.7 - [GET][/${x}] 200 1 [][]"},
        {"NoEscape", R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET /\q\x2 HTTP/1.1" 200 1)",
         kTime + R"( 192.0.2.7 - [GET][/\q\x2] 200 1 [][])"},
        {"TlsHello", R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "\x16\x03\x01" 400 1)",
         kTime + " 192.0.2.7 - [][\x16\x03\x01] 400 1 [][]"},
        {"NoRequest", R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "-" 408 -)",
         kTime + " 192.0.2.7 - [][] 408 - [][]"},
        {"NotUtf8", "192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] \"GET /\xFF HTTP/1.1\" 200 1",
         kTime + " 192.0.2.7 - [GET][/\xEF\xBF\xBD] 200 1 [][]"},
        {"Empty", "", "ignored"},
        {"Comment", "#Fields: date time", "ignored"},
        {"NoTime", R"(192.0.2.7 - - "GET / HTTP/1.1" 200 1)",
         "damaged: no time such as [05/Mar/2024:10:11:12 +0000]"},
        {"TimeOfNothing", R"(192.0.2.7 - - [35/Mar/2026:10:11:12 +0000] "GET / HTTP/1.1" 200 1)",
         "damaged: no time such as [05/Mar/2024:10:11:12 +0000]"},
        {"OpenQuote", R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET / HTTP/1.1)",
         "damaged: no quoted request behind the time"},
        {"NoStatus", R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET / HTTP/1.1" x 1)",
         "damaged: no status behind the request"},
        {"NegativeSize", R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET / HTTP/1.1" 200 -5)",
         "damaged: no size behind the status"},
    }),
    [](const auto& row) { return row.param.name; });

struct Path {
  std::string raw_url;
  std::string path;
};
class Paths : public testing::TestWithParam<Path> {};
TEST_P(Paths, OfATarget) { EXPECT_EQ(path_of(GetParam().raw_url), GetParam().path); }
INSTANTIATE_TEST_SUITE_P(Targets, Paths,
                         testing::ValuesIn(std::vector<Path>{
                             {"/a/b?c#d", "/a/b"},
                             {"http://h/a", "/a"},
                             {"http://h", "/"},
                             {"/%2e%65nv", "/.env"},
                             {"/%2", "/%2"},
                             {"/%zz", "/%zz"},
                             {"/%252e", "/%2e"},
                             {"/?u=http://h/a", "/"},
                             {"*", "*"},
                             {"", ""},
                         }));

TEST(AccessLog, ARequestIsAnEvent) {
  const auto read = access_log_reader("web-1");
  ObservationBatch batch;
  const std::string line =
      R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET /.env HTTP/1.1" 404 9 "-" "curl/8")";
  EXPECT_EQ(read(line, batch).value(), LineUse::kEvent);
  EXPECT_EQ(read(line, batch).value(), LineUse::kEvent);
  ASSERT_THAT(batch.observations(), SizeIs(1));
  const auto& events = batch.observations().front().events;
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].id, events[1].id);
  EXPECT_EQ(events[0].decky, "web-1");
  EXPECT_EQ(events[0].payload.dump(),
            R"({"method":"GET","raw_url":"/.env","request_path":"/.env","user_agent":"curl/8",)"
            R"("headers":{"User-Agent":"curl/8"},"status":404,"bytes":9,"service":"http"})");
}

TEST(AccessLog, ADatabaseHandedOutIsAnEventToo) {
  const auto read = access_log_reader("");
  ObservationBatch batch;
  for (const char* request : {"/dump.sql.gz", "/dump.sql.gz.html"}) {
    (void)read("www:80 192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] \"GET " + std::string(request) +
                   " HTTP/1.1\" 200 9000000",
               batch);
  }
  const auto& events = batch.observations().front().events;
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[1].kind, SourceKind::kSession);
  EXPECT_EQ(events[1].decky, "www");
  EXPECT_EQ(events[1].payload.dump(),
            R"({"service":"http","bytes_read":9000000,"matched_path":"/dump.sql.gz",)"
            R"("source_host":"192.0.2.7"})");
}

TEST(AccessLog, AnyTextIsReadInOneWay) {
  EXPECT_TRUE(rc::check([] {
    const auto text = *rc::gen::container<std::string>(rc::gen::element(
        '"', '\\', '[', ']', ' ', 'x', '2', '5', '-', '/', '\0', '\xFF', ':', '.'));
    const auto read = read_access_log_line(text);
    RC_ASSERT(read.has_value() || !read.error().message.empty());
  }));
}

}  // namespace
}  // namespace decnet::importers
