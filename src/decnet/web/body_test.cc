// What the bodies of requests are taken apart into.
#include "decnet/web/body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace decnet::web {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// "name=value" of each parameter, "!text" of each upload, "?text" of each document.
std::vector<std::string> read(std::string_view body, std::string_view content_type = "") {
  std::vector<std::string> found;
  read_body(body, content_type,
            {[&](std::string_view name, std::string_view value, bool) {
               found.push_back(std::string(name) + "=" + std::string(value));
             },
             [&](std::string_view text) { found.push_back("!" + std::string(text)); },
             [&](std::string_view text) { found.push_back("?" + std::string(text)); }});
  return found;
}

TEST(Body, OfAForm) {
  EXPECT_THAT(read("a=1&b=&c&=d&&e=f=g", "application/x-www-form-urlencoded"),
              ElementsAre("a=1", "b=", "c=", "=d", "e=f=g"));
  EXPECT_THAT(read("a=1"), ElementsAre("a=1")) << "what is not said is a form";
  EXPECT_THAT(read(""), IsEmpty());
}

TEST(Body, OfJson) {
  EXPECT_THAT(read(R"({"a": "b", "c": {"d": ["e", 5, "f"]}})", "application/json"),
              ElementsAre("a=b", "c=", "d=", "d=e", "d=f"));
  EXPECT_THAT(read(R"(["x"])"), ElementsAre("=x"));
  EXPECT_THAT(read(R"({"a": )", "application/json"), ElementsAre("?{\"a\": "))
      << "what does not parse is read as a text";
}

TEST(Body, OfXml) {
  EXPECT_THAT(read("<a b='c' d=\"e\">f<g/>h</a>", "text/xml"),
              ElementsAre("?<a b='c' d=\"e\">f<g/>h</a>", "b=c", "d=e", "a=f", "g/=h"));
  EXPECT_THAT(read("<a><![CDATA[b<c]]></a>"), ElementsAre("?<a><![CDATA[b<c]]></a>", "a=b<c"));
  EXPECT_THAT(read("<a b='c"), ElementsAre("?<a b='c", "b=c"));
}

TEST(Body, OfSeveralParts) {
  EXPECT_THAT(read("--b\r\nContent-Disposition: form-data; name=\"n\"; filename=\"x.txt\"\r\n"
                   "Content-Type: text/plain\r\n\r\nhello\r\n--b\r\n"
                   "Content-Disposition: form-data; name=m\r\n\r\nyou\r\n--b--\r\n",
                   "multipart/form-data; boundary=b"),
              ElementsAre("!Content-Disposition: form-data; name=\"n\"; filename=\"x.txt\"",
                          "!Content-Type: text/plain", "!x.txt", "n=hello",
                          "!Content-Disposition: form-data; name=m", "m=you"));
  EXPECT_THAT(read("--b\nContent-Disposition: form-data; name=\"n\"\n\nv",
                   "multipart/form-data; boundary=\"b\""),
              ElementsAre("!Content-Disposition: form-data; name=\"n\"", "n=v"))
      << "bare line feeds, no end";
}

TEST(Body, OfManyPartsIsBounded) {
  std::string body;
  for (int i = 0; i < 10'000; ++i) body += "--b\n\nv\n";
  EXPECT_THAT(read(body, "multipart/form-data; boundary=b"), SizeIs(testing::Le(1000)));
}

TEST(Body, OfAnotherType) {
  EXPECT_THAT(read("some text", "text/plain"), ElementsAre("?some text"));
  EXPECT_THAT(read("a=b", "text/plain"), ElementsAre("?a=b", "a=b"));
}

}  // namespace
}  // namespace decnet::web
