// The broker: what its peers hold together, and what is known of those that left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "decnet/bus/unix/broker_testing.h"
#include "decnet/bus/unix/frame.h"

namespace decnet::bus {
namespace {

using namespace broker_test;  // NOLINT(google-build-using-namespace): it is made for this

class BrokerShareThreads : public BrokerThreads {
 protected:
  RawClient& peer() { return *peers_.emplace_back(std::make_unique<RawClient>(socket_)); }
  // How many of the peers the broker has ended. Those that it has not are in its service.
  std::size_t ended() {
    std::size_t ended = 0;
    for (const auto& peer : peers_) {
      char byte = 0;
      const ssize_t got = ::recv(peer->fd(), &byte, 1, MSG_DONTWAIT | MSG_PEEK);
      ended += got == 0 || (got < 0 && errno == ECONNRESET) ? 1 : 0;
    }
    return ended;
  }
  // Who is counted as ended is so a little later, and nobody else is.
  void await_the_counted() {
    while (broker_->counters().broken != ended()) std::this_thread::yield();
  }
  std::vector<std::unique_ptr<RawClient>> peers_;
};

// All but the end of a frame with a body of that size.
std::string unfinished(std::size_t size) {
  std::string bytes = frame("PUB half.frame", std::string(size, ' '));
  bytes.pop_back();
  return bytes;
}

TEST_F(BrokerShareThreads, UnfinishedFramesTogetherAreBoundedAndTheOldestGoes) {
  constexpr std::int64_t kTotal = 4 << 20;
  start({.socket = {}, .max_unfinished_bytes = kTotal});
  RawClient bystander(socket_);
  sync(bystander);
  constexpr std::size_t kPeers = 40;
  for (std::size_t i = 0; i < kPeers; ++i) {
    peer().send(unfinished(900'000));
    // None of them alone is near a limit; an honest one completes its large frame all the same.
    bystander.send(
        frame("PUB large.one", R"({"payload":{"x":")" + std::string(900'000, 'x') + "\"}}"));
    sync(bystander);
    const Json told = health([](const Json&) { return true; });
    ASSERT_LE(integer(told, "unfinished_bytes"), kTotal);
  }
  health([](const Json& p) { return integer(p, "broken") >= std::int64_t{kPeers} - 4; });
  await_the_counted();
  EXPECT_GT(ended(), 0U);
  EXPECT_LT(ended(), kPeers) << "no more go than must";
  // Who began last is still heard out.
  monitor_->send(frame("SUB half.frame"));
  sync(bystander);
  peers_.back()->send(" ");
  peers_.clear();
  health([](const Json& p) { return integer(p, "unfinished_bytes") == 0; });
  expect_service();
}

TEST_F(BrokerShareThreads, WhatIsCompleteHoldsNothing) {
  start({.socket = {}, .max_unfinished_bytes = std::size_t{3} << 20});
  for (int i = 0; i < 20; ++i) {
    RawClient& idle = peer();
    idle.send(frame("PUB large.one", R"({"payload":{"x":")" + std::string(900'000, 'x') + "\"}}"));
    sync(idle);
  }
  health([](const Json& p) { return integer(p, "unfinished_bytes") == 0; });
  EXPECT_EQ(ended(), 0U);
  EXPECT_EQ(broker_->counters().broken, 0U);
}

// They wait for the broker, not the broker for them.
TEST_F(BrokerShareThreads, CompleteFramesThatWaitForTheirTurnAreNoUnfinishedOnes) {
  start({.socket = {}, .max_unfinished_bytes = 8'000});
  constexpr int kPeers = 20;
  constexpr int kFrames = 1000;
  std::string many;
  for (int i = 0; i < kFrames; ++i) many += frame("PUB n." + std::to_string(i));
  for (int i = 0; i < kPeers; ++i) peer().send(many);
  health([](const Json& p) {
    return integer(p, "broken") > 0 || integer(p, "published") >= kPeers * kFrames;
  });
  EXPECT_EQ(broker_->counters().broken, 0U);
  EXPECT_EQ(ended(), 0U);
  health([](const Json& p) { return integer(p, "unfinished_bytes") == 0; });
}

TEST_F(BrokerShareThreads, PatternsTogetherAreBoundedAndWhoHasMostGoes) {
  start({.socket = {}, .max_pattern_bytes = 1 << 20});
  RawClient honest(socket_);
  honest.send(frame("HELLO ttp") + frame("SUB attacker.>") + frame("SUB canary.>"));
  sync(honest);
  constexpr int kGreedy = 30;
  for (int i = 0; i < kGreedy; ++i) {
    RawClient& greedy = peer();
    for (int pattern = 0; pattern < 100; ++pattern) {
      greedy.send(frame("SUB " + std::string(1000, 'a') + "." + std::to_string(pattern)));
    }
    // It may be the one that goes.
    greedy.send(frame("PUB sync.greedy"));
  }
  health([](const Json& p) { return integer(p, "broken") >= kGreedy - 11; });
  await_the_counted();
  EXPECT_LT(ended(), std::size_t{kGreedy});
  RawClient publisher(socket_);
  publisher.send(frame("PUB canary.a.triggered"));
  const auto heard = honest.event();
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->header, "EVT canary.a.triggered");
  // What is given back counts no more.
  peers_.clear();
  for (int round = 0; round < 50; ++round) {
    for (const char* verb : {"SUB ", "UNSUB "}) {
      for (int pattern = 0; pattern < 30; ++pattern) {
        publisher.send(frame(verb + std::string(1000, 'b') + std::to_string(pattern)));
      }
    }
  }
  sync(publisher);
  expect_service();
}

// However many small frames one read brings: the others get their turn in between.
TEST_F(BrokerShareThreads, AFastPublisherTakesTurnsWithTheOthers) {
  std::atomic<int> turns{0};
  BrokerOptions options;
  options.every_turn = [&turns] { ++turns; };
  start(options);
  RawClient subscriber(socket_);
  subscriber.send(frame("SUB n.*"));
  sync(subscriber);
  constexpr int kFrames = 1000;
  std::string many;
  for (int i = 0; i < kFrames; ++i) many += frame("PUB n." + std::to_string(i));
  const int before = turns;
  RawClient publisher(socket_);
  publisher.send(many + frame("BYE"));
  for (int i = 0; i < kFrames; ++i) {
    const auto got = subscriber.event();
    ASSERT_TRUE(got);
    ASSERT_EQ(got->header, "EVT n." + std::to_string(i));
  }
  EXPECT_TRUE(publisher.ended());
  EXPECT_GE(turns - before, kFrames / 32);
  stop();  // `turns` goes before the fixture does
}

// Who was cut off learns of it when it is back, from its name: its connection is not listed any
// more.
TEST_F(BrokerShareThreads, WhatAClientLostOutlivesItsConnection) {
  start({.socket = {}, .max_queued_frames = 8, .write_timeout = milliseconds{50}});
  RawClient publisher(socket_);
  std::int64_t lost_before = 0;
  for (int life = 0; life < 2; ++life) {
    RawClient never(socket_);
    never.send(frame("HELLO ttp") + frame("SUB flood"));
    sync(never);
    for (int i = 0; i < 1000; ++i) publisher.send(large("flood"));
    const Json told =
        health([&](const Json& p) { return integer(p, "broken") == std::int64_t{life} + 1; });
    EXPECT_THAT(*told.find("dropped_by_subscriber")->object(), testing::IsEmpty());
    const std::int64_t lost = integer(*told.find("dropped_by_client"), "ttp");
    EXPECT_GT(lost, lost_before);
    EXPECT_EQ(integer(told, "dropped"), lost);
    lost_before = lost;
  }
}

// A broker that was stopped, or whose machine was, finds everybody late. It was late itself.
TEST_F(BrokerShareThreads, ItsOwnStandstillIsNobodysFault) {
  std::atomic<bool> stand_still{false};
  std::atomic<bool> stands_still{false};
  std::atomic<std::chrono::hours> stood_still{std::chrono::hours{0}};
  std::atomic<int> turns{0};
  BrokerOptions options;
  options.now = [&] { return std::chrono::steady_clock::now() + stood_still.load(); };
  options.every_turn = [&] {
    ++turns;
    if (stand_still) stands_still = true;
    while (stand_still) std::this_thread::yield();
  };
  start(options);
  RawClient reader(socket_);
  reader.send(frame("SUB flood"));
  sync(reader);
  // More than a socket holds waits for one peer, another one is inside a frame.
  RawClient publisher(socket_);
  constexpr int kEvents = 900;
  for (int i = 0; i < kEvents; ++i) publisher.send(large("flood"));
  RawClient half(socket_);
  const std::string whole = frame("PUB sync.half", "{" + std::string(1000, ' ') + "}");
  half.send(whole.substr(0, 500));
  health([](const Json& p) {
    return integer(p, "published") >= kEvents && integer(p, "unfinished_bytes") > 0;
  });
  stand_still = true;
  publisher.send(frame("PUB sync.wake"));
  while (!stands_still) std::this_thread::yield();
  stood_still = std::chrono::hours{1};
  stand_still = false;
  // It looks at all of them at the end of each turn.
  for (const int before = turns; turns < before + 3;) sync(publisher);
  for (int i = 0; i < kEvents; ++i) ASSERT_TRUE(reader.event());
  half.send(whole.substr(500));
  sync(half);
  EXPECT_EQ(broker_->counters().broken, 0U);
  stop();  // the flags go before the fixture does
}

}  // namespace
}  // namespace decnet::bus
