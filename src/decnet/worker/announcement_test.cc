#include "decnet/worker/announcement.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "decnet/bus/topic.h"

namespace decnet::worker {
namespace {

using testing::ElementsAre;

const UtcTime kNow = *parse_time("2026-03-04T10:06:00Z");

Tag a_tag(const std::string& source_id, const std::string& technique,
          const std::string& sub_technique = "") {
  Tag tag;
  tag.uuid = tag_uuid({"command", source_id, "X0001", 1, technique, sub_technique});
  tag.source_kind = "command";
  tag.source_id = source_id;
  tag.attacker_uuid = "a-1";
  tag.session_id = "s-1";
  tag.technique_id = TechniqueId(technique);
  if (!sub_technique.empty()) tag.sub_technique_id = TechniqueId(sub_technique);
  return tag;
}

std::vector<bus::Envelope> announced(const std::vector<Tag>& tags, UtcTime now = kNow) {
  std::vector<const Tag*> pointers;
  for (const Tag& tag : tags) pointers.push_back(&tag);
  return announce(pointers, now);
}

std::vector<std::string> topics(const std::vector<bus::Envelope>& messages) {
  std::vector<std::string> names;
  for (const auto& message : messages) names.push_back(message.topic);
  return names;
}

std::vector<std::string> texts(const bus::Envelope& message, std::string_view key) {
  std::vector<std::string> values;
  for (const Json& value : *message.payload.find(key)->array()) values.push_back(*value.string());
  return values;
}

TEST(Announcement, OfNothingIsNothing) { EXPECT_TRUE(announced({}).empty()); }

TEST(Announcement, NamesTagsInOrderAndParentsAscending) {
  const std::vector<Tag> tags = {a_tag("c-1", "T1110", "T1110.003"), a_tag("c-2", "T1059"),
                                 a_tag("c-3", "T1110", "T1110.001")};
  const auto messages = announced(tags);
  EXPECT_THAT(topics(messages),
              ElementsAre("ttp.tagged", "ttp.rule.fired.T1059", "ttp.rule.fired.T1110"));
  EXPECT_EQ(messages[0].type, "tagged");
  EXPECT_EQ(messages[1].type, "rule.fired");
  EXPECT_THAT(texts(messages[0], "tag_uuids"),
              ElementsAre(tags[0].uuid, tags[1].uuid, tags[2].uuid));
  EXPECT_THAT(texts(messages[0], "techniques_added"), ElementsAre("T1059", "T1110"));
  EXPECT_THAT(texts(messages[1], "tag_uuids"), ElementsAre(tags[1].uuid));
  EXPECT_THAT(texts(messages[2], "tag_uuids"), ElementsAre(tags[0].uuid, tags[2].uuid));
  EXPECT_EQ(messages[2].payload.find("technique_id")->dump(), "\"T1110\"");
}

TEST(Announcement, KeysAndIdsAreThoseOfTheFirstTag) {
  std::vector<Tag> tags = {a_tag("c-1", "T1110"), a_tag("c-2", "T1110")};
  tags[1].attacker_uuid = "a-2";
  tags[1].session_id = "s-2";
  const auto messages = announced(tags);
  EXPECT_EQ(messages[0].payload.dump(),
            fmt::format(R"({{"attacker_uuid":"a-1","identity_uuid":null,"session_id":"s-1",)"
                        R"("tag_uuids":["{}","{}"],"techniques_added":["T1110"]}})",
                        tags[0].uuid, tags[1].uuid));
  EXPECT_EQ(messages[1].payload.dump(),
            fmt::format(R"({{"technique_id":"T1110","tag_uuids":["{}","{}"],)"
                        R"("attacker_uuid":"a-1","identity_uuid":null,"session_id":"s-1"}})",
                        tags[0].uuid, tags[1].uuid));
}

TEST(Announcement, SaidAgainIsTheSameMessage) {
  const std::vector<Tag> tags = {a_tag("c-1", "T1110"), a_tag("c-2", "T1059")};
  const auto once = announced(tags);
  const auto again = announced(tags, kNow + std::chrono::hours(1));
  ASSERT_EQ(once.size(), again.size());
  std::set<std::string> ids;
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].id, again[i].id);
    ids.insert(once[i].id);
  }
  EXPECT_EQ(ids.size(), once.size()) << "different messages have different ids";
  EXPECT_NE(announced({a_tag("c-1", "T1110")})[0].id, once[0].id);
}

class NoToken : public testing::TestWithParam<const char*> {};

TEST_P(NoToken, IsLeftOutAndTheRestIsSaid) {
  const auto messages = announced({a_tag("c-1", GetParam()), a_tag("c-2", "T1059")});
  EXPECT_THAT(topics(messages), ElementsAre("ttp.tagged", "ttp.rule.fired.T1059"));
  EXPECT_EQ(texts(messages[0], "tag_uuids").size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Techniques, NoToken,
                         testing::Values("T1110.003", "", "*", ">", "T 1", "T1\n", "T1059\xC3\xA9",
                                         "."));

TEST(Announcement, OfVeryManyTagsIsSplitAndFitsFrames) {
  std::vector<Tag> tags;
  for (int i = 0; i < 25'001; ++i) tags.push_back(a_tag(fmt::format("c-{}", i), "T1110"));
  std::map<std::string, std::vector<std::string>> said;
  std::set<std::string> ids;
  const auto messages = announced(tags);
  for (const auto& message : messages) {
    EXPECT_LE(bus::encode(message).size(), bus::kMaxBodyBytes);
    EXPECT_TRUE(ids.insert(message.id).second);
    const auto uuids = texts(message, "tag_uuids");
    EXPECT_LE(uuids.size(), 10'000U);
    auto& all = said[message.topic];
    all.insert(all.end(), uuids.begin(), uuids.end());
  }
  EXPECT_EQ(messages.size(), 6U);
  std::vector<std::string> expected;
  for (const Tag& tag : tags) expected.push_back(tag.uuid);
  EXPECT_EQ(said["ttp.tagged"], expected);
  EXPECT_EQ(said["ttp.rule.fired.T1110"], expected);
}

TEST(Announcement, WithLongIdsStillFitsAFrame) {
  std::vector<Tag> tags = {a_tag("c-1", "T1110")};
  tags[0].session_id = std::string(600'000, 's');
  tags[0].attacker_uuid = std::string(600'000, 'a');
  for (const auto& message : announced(tags)) {
    EXPECT_LE(bus::encode(message).size(), bus::kMaxBodyBytes) << message.topic;
  }
}

}  // namespace
}  // namespace decnet::worker
