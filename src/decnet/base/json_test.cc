#include "decnet/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>

#include "decnet/base/utf8.h"

namespace decnet {
namespace {

Json parsed(std::string_view text) {
  auto result = Json::parse(text);
  EXPECT_TRUE(result) << text << ": " << (result ? "" : result.error().message);
  return result ? *result : Json();
}

TEST(JsonReading, KeepsTypesApart) {
  const Json value = parsed(R"({"i":50,"f":50.0,"b":true,"s":"x","n":null,"a":[1],"o":{}})");
  EXPECT_EQ(*value.find("i")->integer(), 50);
  EXPECT_EQ(value.find("f")->integer(), nullptr);
  EXPECT_EQ(value.find("b")->integer(), nullptr);
  EXPECT_TRUE(value.find("n")->is_null());
  double number = 0;
  EXPECT_TRUE(value.find("f")->number(number));
  EXPECT_FALSE(value.find("b")->number(number));
  EXPECT_EQ(value.find("absent"), nullptr);
}

TEST(JsonReading, KeepsTheOrderOfKeys) {
  EXPECT_EQ(parsed(R"({"z":1, "a":2})").dump(), R"({"z":1,"a":2})");
}

TEST(JsonReading, TheLastOfTwoEqualKeysCounts) {
  EXPECT_EQ(*parsed(R"({"a":1,"a":2})").find("a")->integer(), 2);
}

TEST(JsonReading, TakesWhatStrictReadersRefuse) {
  EXPECT_EQ(*parsed(R"("a\udc80b")").string(),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(*parsed(R"("\ud83d\udc0d \ud83d")").string(), "\xF0\x9F\x90\x8D \xEF\xBF\xBD");
  EXPECT_EQ(*parsed(R"(["\\\udc80"])").array()->front().string(), "\\\xEF\xBF\xBD");
  EXPECT_EQ(*parsed("\"a\xff\"").string(), "a\xEF\xBF\xBD");
  double number = 0;
  EXPECT_TRUE(parsed("123456789012345678901234567890").number(number));
  EXPECT_DOUBLE_EQ(number, 1.2345678901234568e29);
}

TEST(JsonReading, RefusesWithTheByte) {
  EXPECT_THAT(Json::parse(R"({"a":)").error().message, testing::HasSubstr("byte 6"));
  EXPECT_FALSE(Json::parse("{} {}"));
  EXPECT_FALSE(Json::parse(""));
  EXPECT_THAT(Json::parse(std::string_view("{}\0garbage", 10)).error().message,
              testing::HasSubstr("byte 3: a NUL byte"));
  EXPECT_THAT(Json::parse(std::string(100'000, '[')).error().message,
              testing::HasSubstr("nested deeper"));
}

TEST(JsonWriting, EscapesControlCharacters) {
  EXPECT_EQ(Json("a\"\\\n\x1b\x7f\xC3\xA9").dump(), "\"a\\\"\\\\\\n\\u001b\\u007f\xC3\xA9\"");
  EXPECT_EQ(Json(std::numeric_limits<double>::infinity()).dump(), "null");
  EXPECT_EQ(Json(1.0).dump(), "1.0");
}

TEST(JsonTruth, FollowsTheContract) {
  for (const char* falsy : {"null", "false", "0", "0.0", "\"\"", "[]", "{}"}) {
    EXPECT_FALSE(parsed(falsy).truthy()) << falsy;
  }
  for (const char* truthy : {"true", "1", "0.5", "\"0\"", "[0]", "{\"a\":0}"}) {
    EXPECT_TRUE(parsed(truthy).truthy()) << truthy;
  }
}

rc::Gen<Json> any_json(int depth) {
  using rc::gen::map;
  const auto text = map(rc::gen::arbitrary<std::string>(),
                        [](const std::string& raw) { return to_valid_utf8(raw); });
  auto scalar = rc::gen::oneOf(
      rc::gen::just(Json()), map(rc::gen::arbitrary<bool>(), [](bool b) { return Json(b); }),
      map(rc::gen::arbitrary<std::int64_t>(), [](std::int64_t i) { return Json(i); }),
      map(rc::gen::arbitrary<double>(), [](double d) { return Json(d); }),
      map(text, [](std::string s) { return Json(std::move(s)); }));
  if (depth == 0) return scalar;
  auto members = rc::gen::container<Json::Object>(rc::gen::pair(text, any_json(depth - 1)));
  auto elements = rc::gen::container<Json::Array>(any_json(depth - 1));
  return rc::gen::oneOf(scalar, map(elements, [](Json::Array a) { return Json(std::move(a)); }),
                        map(members, [](Json::Object o) { return Json(std::move(o)); }));
}

TEST(JsonProperty, WhatIsWrittenReadsBack) {
  EXPECT_TRUE(rc::check([] {
    const Json value = *rc::gen::scale(0.2, any_json(3));
    const auto again = Json::parse(value.dump());
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->dump() == value.dump());
  }));
}

TEST(JsonProperty, AnyBytesAreSafe) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    (void)Json::parse(bytes);
    (void)Json::parse("{\"a\":\"" + bytes + "\"}");
  }));
}

}  // namespace
}  // namespace decnet
