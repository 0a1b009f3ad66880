#include "decnet/bus/unix/waiting_frames.h"

#include <gtest/gtest.h>

namespace decnet::bus {
namespace {

constexpr FrameQueue::Limits kRoomy{.frames = 100, .bytes = 1000};

TEST(WaitingFrames, CountsWhatWaitsOnceHoweverManyWaitForIt) {
  WaitingFrames all;
  FrameQueue one;
  FrameQueue two;
  {
    const auto frame = all.add("12345", true);
    one.push(frame, kRoomy);
    two.push(frame, kRoomy);
  }
  EXPECT_EQ(all.bytes(), 5U);
  one.sent(5);
  EXPECT_TRUE(one.empty());
  EXPECT_EQ(all.bytes(), 5U);
  EXPECT_EQ(two.clear(), 1U);
  EXPECT_EQ(all.bytes(), 0U);
  EXPECT_EQ(all.oldest(), nullptr);
}

TEST(WaitingFrames, GivesThemOldestFirst) {
  WaitingFrames all;
  const auto a = all.add("a", true);
  auto b = all.add("b", true);
  const auto c = all.add("c", true);
  EXPECT_EQ(all.oldest(), a);
  EXPECT_EQ(all.after(*a), b);
  b.reset();
  EXPECT_EQ(all.after(*a), c);
  EXPECT_EQ(all.after(*c), nullptr);
}

TEST(FrameQueue, TheOldestGiveWayToEitherLimit) {
  WaitingFrames all;
  FrameQueue queue;
  for (const char* bytes : {"aa", "bb", "cc"}) queue.push(all.add(bytes, true), kRoomy);
  EXPECT_EQ(queue.push(all.add("dd", true), {.frames = 3, .bytes = 1000}).events, 1U);
  EXPECT_EQ(queue.rest(), "bb");
  EXPECT_EQ(queue.push(all.add("eeee", true), {.frames = 100, .bytes = 6}).events, 2U);
  EXPECT_EQ(queue.rest(), "dd");
  EXPECT_EQ(all.bytes(), 6U);
  // One that alone is over the limit is taken: it was let in as a frame.
  EXPECT_EQ(queue.push(all.add("ffffffff", true), {.frames = 100, .bytes = 6}).events, 2U);
  EXPECT_EQ(queue.rest(), "ffffffff");
}

TEST(FrameQueue, SaysWhatTheFirstEventThatGaveWayWasAbout) {
  WaitingFrames all;
  FrameQueue queue;
  const auto add = [&](const char* topic, bool is_event) {
    return all.add(*encode_frame(Verb::kEvt, topic, "{}"), is_event);
  };
  queue.push(add("a.heartbeat", false), kRoomy);
  queue.push(add("an.event", true), kRoomy);
  queue.push(add("another", true), kRoomy);
  const auto lost = queue.push(add("the.next", true), {.frames = 1, .bytes = 1000});
  EXPECT_EQ(lost.events, 2U);
  EXPECT_EQ(lost.first_topic, "an.event");
  EXPECT_EQ(queue.push(all.add(*encode_frame(Verb::kBye, "", ""), false), kRoomy).first_topic, "");
}

TEST(FrameQueue, WhatIsHalfOnItsWayStays) {
  WaitingFrames all;
  FrameQueue queue;
  const auto first = all.add("1234", true);
  const auto second = all.add("5678", true);
  queue.push(first, kRoomy);
  queue.push(second, kRoomy);
  queue.sent(2);
  EXPECT_FALSE(queue.drop(*first));
  EXPECT_TRUE(queue.drop(*second));
  EXPECT_FALSE(queue.drop(*second));
  EXPECT_EQ(queue.rest(), "34");
  EXPECT_EQ(queue.push(all.add("9", true), {.frames = 1, .bytes = 1}).events, 0U);
  EXPECT_EQ(queue.size(), 2U);
  queue.sent(2);
  EXPECT_EQ(queue.rest(), "9");
}

TEST(FrameQueue, AHeartbeatThatGivesWayIsNoLoss) {
  WaitingFrames all;
  FrameQueue queue;
  queue.push(all.add("heartbeat", false), kRoomy);
  EXPECT_EQ(queue.push(all.add("event", true), {.frames = 1, .bytes = 1000}).events, 0U);
  queue.push(all.add("heartbeat", false), kRoomy);
  EXPECT_EQ(queue.clear(), 1U);
}

}  // namespace
}  // namespace decnet::bus
