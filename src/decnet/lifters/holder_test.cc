#include "decnet/lifters/holder.h"

#include <gtest/gtest.h>

namespace decnet::lifters {
namespace {

rules::Definition rule(std::string match_kind, std::vector<std::string> kinds) {
  rules::Definition definition;
  definition.match_kind = std::move(match_kind);
  definition.applies_to = std::move(kinds);
  return definition;
}

std::string_view name_of(const Lifter* lifter) { return lifter == nullptr ? "" : lifter->name; }

TEST(Holder, IsTheEngineForPatternsOfAnyKnownKind) {
  EXPECT_EQ(name_of(holder(rule("", {"command"}))), "rule_engine");
  EXPECT_EQ(name_of(holder(rule("other", {"telepathy", "session"}))), "rule_engine");
}

TEST(Holder, IsTheOwnerOfALifterKindWhereItClaimsTheKind) {
  EXPECT_EQ(name_of(holder(rule("lifter:canary_webdriver", {"session", "canary_fingerprint"}))),
            "canary_fingerprint");
}

TEST(Holder, IsNobodyForWhatCannotFire) {
  EXPECT_EQ(holder(rule("", {})), nullptr);
  EXPECT_EQ(holder(rule("", {"telepathy"})), nullptr);
  EXPECT_EQ(holder(rule("lifter:canary_webdriver", {"command"})), nullptr);
  EXPECT_EQ(holder(rule("lifter:intel_aggregate_bump", {"intel"})), nullptr);
  EXPECT_EQ(holder(rule("lifter:canary_webdriver", {"canary_fingerprint"}), {}), nullptr);
}

}  // namespace
}  // namespace decnet::lifters
