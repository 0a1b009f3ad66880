// The texts a request is read as.
#include "decnet/web/normal_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace decnet::web {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

NormalRequest of(std::string_view payload) { return normal_request(Json::parse(payload).value()); }

TEST(NormalRequest, ReadsThePath) {
  EXPECT_THAT(of(R"({"raw_url": "/a%2Fb"})").path, ElementsAre("/a/b"));
  EXPECT_THAT(of(R"({"raw_url": "/a//b%5Cc?d"})").path, Contains("/a/b/c"));
  EXPECT_THAT(of(R"({"raw_url": "http://h.example/a?b=//c"})").path, ElementsAre("/a"));
  EXPECT_THAT(of(R"({"raw_url": "/go/http://h.example/"})").path,
              Contains("/go/http://h.example/"));
}

TEST(NormalRequest, ReadsNamesAndValues) {
  const auto request = of(R"({"raw_url": "/?a%5Bb%5D=c+d&e=%66"})");
  EXPECT_THAT(request.parameters, ElementsAre("a[b]", "c d", "e", "f"));
  EXPECT_THAT(request.assignments, ElementsAre("a[b]=c d", "e=f"));
}

TEST(NormalRequest, ReadsCookiesButAsNoAssignments) {
  const auto request = of(R"({"headers": {"cookie": "a=b%20c; d=e"}})");
  EXPECT_THAT(request.parameters, ElementsAre("a", "b c", "d", "e"));
  EXPECT_THAT(request.assignments, IsEmpty());
  EXPECT_THAT(request.headers, IsEmpty());
}

TEST(NormalRequest, ReadsHeadersOfEitherShape) {
  EXPECT_THAT(of(R"({"headers": {"Referer": "x%41"}})").headers, ElementsAre("xA"));
  EXPECT_THAT(of(R"({"headers": [["Referer", "x%41"], ["b"], 5]})").headers, ElementsAre("xA"));
  EXPECT_THAT(of(R"({"user_agent": "x%41"})").headers, ElementsAre("xA"));
  EXPECT_THAT(of(R"({"headers": {"X-Filename": "x.png"}})").uploads, ElementsAre("x.png"));
}

TEST(NormalRequest, ReadsTheBodyByItsType) {
  EXPECT_THAT(of(R"({"headers": {"Content-Type": "application/json"}, "body": "{\"a\":\"%41\"}"})")
                  .parameters,
              ElementsAre("a", "A"));
  EXPECT_THAT(of(R"({"body": "<a>b</a>"})").document, ElementsAre("<a>b</a>"));
}

TEST(NormalRequest, GivesEachFormOnce) {
  EXPECT_THAT(of(R"({"raw_url": "/?a=1/**/or/**/2"})").parameters,
              ElementsAre("a", "1/**/or/**/2", "1 or 2"));
  EXPECT_THAT(of(R"({"raw_url": "/?a=c'a't"})").parameters, ElementsAre("a", "c'a't", "cat"));
  EXPECT_THAT(of(R"({"raw_url": "/?a=cGxhaW4gdGV4dA%3D%3D"})").parameters,
              ElementsAre("a", "cGxhaW4gdGV4dA==", "plain text"));
  EXPECT_THAT(of(R"({"raw_url": "/?a=plain"})").parameters, ElementsAre("a", "plain"));
}

TEST(NormalRequest, IsEmptyForWhatIsNoRequest) {
  EXPECT_EQ(of("{}").all(), Json(Json::Array{}));
  EXPECT_EQ(of(R"({"raw_url": 5, "headers": "x", "body": []})").all(), Json(Json::Array{}));
}

TEST(NormalRequest, IsBounded) {
  std::string url = "/?";
  for (int i = 0; i < 100'000; ++i) url += "a=%3Cb%3E'&";
  const auto request = normal_request(Json::object({{"raw_url", url}, {"body", url}}));
  std::size_t bytes = 0;
  for (const auto& text : request.parameters) bytes += text.size();
  EXPECT_LE(bytes, kMaxNormalBytes);
  EXPECT_THAT(request.parameters, Contains("<b>'"));
}

TEST(NormalRequest, ReadsBothEndsOfALongText) {
  const std::string filling(std::size_t{1} << 20, 'x');
  const auto request =
      normal_request(Json::object({{"raw_url", "/?a=first&b=" + filling + "&c=last"}}));
  EXPECT_THAT(request.parameters, Contains("first"));
  EXPECT_THAT(request.parameters, Contains("last"));
}

RC_GTEST_PROP(NormalRequest, TakesWhatEver,
              (const std::string& url, const std::string& body, const std::string& type)) {
  const auto request = normal_request(Json::object(
      {{"raw_url", url},
       {"headers", Json::object({{"Content-Type", "multipart/form-data; boundary=" + type}})},
       {"body", body}}));
  for (const auto& text : request.parameters) RC_ASSERT(text.size() <= kMaxNormalBytes);
}

}  // namespace
}  // namespace decnet::web
