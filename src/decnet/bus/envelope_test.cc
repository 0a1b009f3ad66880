#include "decnet/bus/envelope.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace decnet::bus {
namespace {

const UtcTime kNow = *parse_time("2026-03-04T10:00:00.5Z");

TEST(Envelope, IsWrittenInTheOrderOfTheProtocol) {
  const Envelope envelope{"t.x", "x", Json::object({{"a", 1}}), "00000000000000000000000000000001",
                          1.5};
  EXPECT_EQ(encode(envelope),
            R"({"v":1,"id":"00000000000000000000000000000001","topic":"t.x","type":"x","ts":1.5,)"
            R"("payload":{"a":1}})");
}

TEST(Envelope, TheTopicIsTheTransports) {
  EXPECT_EQ(decode("real", R"({"topic":"spoofed"})", kNow)->topic, "real");
}

TEST(Envelope, MissingMembersGetDefaults) {
  const auto envelope = decode("t", "", kNow);
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->id.size(), 32U);
  EXPECT_EQ(envelope->type, "");
  EXPECT_DOUBLE_EQ(envelope->ts, 1772618400.5);
  EXPECT_EQ(envelope->payload, Json::object({}));
}

TEST(Envelope, AnOddPayloadIsEmptyAndSaid) {
  for (const char* body : {R"({"payload":[1]})", R"({"payload":"x"})", R"({"payload":7})"}) {
    Oddities oddities;
    EXPECT_EQ(decode("t", body, kNow, &oddities)->payload, Json::object({})) << body;
    EXPECT_TRUE(oddities.payload_not_object) << body;
  }
  for (const char* body : {R"({"payload":null})", R"({"payload":[]})", R"({"payload":0})", "{}"}) {
    Oddities oddities;
    EXPECT_EQ(decode("t", body, kNow, &oddities)->payload, Json::object({})) << body;
    EXPECT_FALSE(oddities.payload_not_object) << body;
  }
}

TEST(Envelope, RefusesWhatIsNoObject) {
  EXPECT_FALSE(decode("t", "[]", kNow));
  EXPECT_FALSE(decode("t", "{", kNow));
  EXPECT_FALSE(decode("t", std::string(kMaxBodyBytes + 1, ' '), kNow));
}

TEST(EnvelopeProperty, WhatIsWrittenReadsBack) {
  EXPECT_TRUE(rc::check([](std::int64_t number, std::uint32_t ts) {
    const auto text = rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    const Envelope envelope{*text, *text, Json::object({{*text, number}}), "i" + *text,
                            static_cast<double>(ts) / 8};
    const auto again = decode(envelope.topic, encode(envelope), kNow);
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->topic == envelope.topic);
    RC_ASSERT(again->type == envelope.type);
    RC_ASSERT(again->id == envelope.id);
    RC_ASSERT(again->ts == envelope.ts);
    RC_ASSERT(again->payload == envelope.payload);
  }));
}

TEST(RandomId, IsAVersion4UuidWithoutDashes) {
  const std::string id = random_id();
  EXPECT_EQ(id.size(), 32U);
  EXPECT_EQ(id[12], '4');
  EXPECT_NE(id, random_id());
}

}  // namespace
}  // namespace decnet::bus
