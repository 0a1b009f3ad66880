#include "decnet/model/suppressed.h"

#include <gtest/gtest.h>

namespace decnet {
namespace {

Tag tag() {
  Tag tag;
  tag.rule_id = RuleId("R0014");
  tag.rule_version = 2;
  tag.technique_id = TechniqueId("T1003");
  tag.sub_technique_id = TechniqueId("T1003.008");
  tag.source_kind = "command";
  tag.source_id = "s#1";
  tag.attacker_uuid = "a";
  tag.session_id = "s";
  return tag;
}

TEST(Suppressed, SaysWhatWasWithheldAndWhy) {
  EXPECT_EQ(suppressed(tag(), Suppressed::Reason::kRateLimited).payload().dump(),
            R"({"rule_id":"R0014","rule_version":2,"technique_id":"T1003",)"
            R"("sub_technique_id":"T1003.008","reason":"rate_limited","source_kind":"command",)"
            R"("source_id":"s#1","attacker_uuid":"a","identity_uuid":null,"session_id":"s"})");
}

TEST(Suppressed, WhatIsMissingIsNull) {
  Tag bare = tag();
  bare.sub_technique_id.reset();
  bare.attacker_uuid.reset();
  bare.identity_uuid = "i";
  bare.session_id.reset();
  EXPECT_EQ(suppressed(bare, Suppressed::Reason::kBelowFloor).payload().dump(),
            R"({"rule_id":"R0014","rule_version":2,"technique_id":"T1003",)"
            R"("sub_technique_id":null,"reason":"below_floor","source_kind":"command",)"
            R"("source_id":"s#1","attacker_uuid":null,"identity_uuid":"i","session_id":null})");
}

}  // namespace
}  // namespace decnet
