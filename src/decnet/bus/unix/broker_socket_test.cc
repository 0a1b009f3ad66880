// The broker: its socket in the file system.
#include "decnet/bus/unix/broker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "decnet/bus/unix/broker_testing.h"

namespace decnet::bus {
namespace {

using namespace broker_test;  // NOLINT(google-build-using-namespace): it is made for this

class BrokerSocket : public testing::Test {
 protected:
  [[nodiscard]] Result<std::unique_ptr<Broker>> open() const {
    BrokerOptions options;
    options.socket = socket_;
    options.heartbeat = milliseconds{20};
    return Broker::open(options);
  }
  const test::TempDir dir_;
  std::filesystem::path socket_ = dir_.path() / "bus.sock";
};

TEST_F(BrokerSocket, IsForOwnerAndGroupWhateverTheUmask) {
  for (const mode_t mask : {0000, 0022, 0077, 0777}) {
    const mode_t before = ::umask(mask);
    auto broker = open();
    const mode_t after = ::umask(before);
    ASSERT_TRUE(broker) << broker.error().message;
    EXPECT_EQ(after, mask);
    struct stat status {};
    ASSERT_EQ(::stat(socket_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0660U);
    broker->reset();
    std::filesystem::remove(socket_);
    std::filesystem::remove(socket_.string() + ".lock");
  }
}

TEST_F(BrokerSocket, ReplacesAStaleOne) {
  {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const sockaddr_un address = address_of(socket_);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(fd);
  }
  ASSERT_TRUE(std::filesystem::exists(socket_));
  EXPECT_TRUE(open());
}

TEST_F(BrokerSocket, IsNotStolenFromALiveBroker) {
  const auto first = open();
  ASSERT_TRUE(first);
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_THAT(second.error().message, testing::HasSubstr(socket_.string()));
  EXPECT_TRUE(RawClient(socket_).connected());
}

// One that keeps no lock, and is too busy to accept.
TEST_F(BrokerSocket, IsNotStolenFromABusyStranger) {
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(socket_);
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  std::vector<int> waiting;
  int connected = 0;
  do {
    waiting.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    connected =
        ::connect(waiting.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } while (connected == 0 && waiting.size() < 100);
  EXPECT_EQ(connected, -1);
  const auto broker = open();
  ASSERT_FALSE(broker);
  EXPECT_EQ(broker.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(std::filesystem::exists(socket_));
  for (const int fd : waiting) ::close(fd);
  ::close(listener);
}

TEST_F(BrokerSocket, DeletesNothingThatIsNoSocket) {
  dir_.write("bus.sock", "precious");
  const auto broker = open();
  ASSERT_FALSE(broker);
  EXPECT_EQ(broker.error().code, ErrorCode::kConflict);
  EXPECT_EQ(std::filesystem::file_size(socket_), 8U);
}

// Wherever the link leads: to a file, to nothing, to a socket that nobody serves.
TEST_F(BrokerSocket, DeletesNoLinkAndNothingBehindIt) {
  const auto target = dir_.path() / "target";
  std::filesystem::create_symlink(target, socket_);
  const auto refuses = [&] {
    const auto broker = open();
    ASSERT_FALSE(broker);
    EXPECT_EQ(broker.error().code, ErrorCode::kConflict);
    EXPECT_TRUE(std::filesystem::is_symlink(socket_));
  };
  refuses();
  EXPECT_FALSE(std::filesystem::exists(target));
  dir_.write("target", "precious");
  refuses();
  EXPECT_EQ(std::filesystem::file_size(target), 8U);
  std::filesystem::remove(target);
  {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const sockaddr_un address = address_of(target);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(fd);
  }
  refuses();
  EXPECT_TRUE(std::filesystem::exists(target));
}

TEST_F(BrokerSocket, ALockThatIsALinkIsNotFollowed) {
  std::filesystem::create_symlink(dir_.path() / "elsewhere", socket_.string() + ".lock");
  EXPECT_FALSE(open());
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / "elsewhere"));
}

TEST_F(BrokerSocket, NeedsItsDirectory) {
  socket_ = dir_.path() / "missing" / "bus.sock";
  const auto broker = open();
  ASSERT_FALSE(broker);
  EXPECT_THAT(broker.error().message, testing::HasSubstr("create it first"));
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / "missing"));
}

TEST_F(BrokerSocket, SaysThatAPathIsTooLong) {
  socket_ = dir_.path() / std::string(120, 'x');
  const auto broker = open();
  ASSERT_FALSE(broker);
  EXPECT_EQ(broker.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(broker.error().message, testing::HasSubstr("107"));
}

// Somebody cleans up, and with the socket file the way to the broker is gone.
TEST_F(BrokerThreads, ASocketThatWasRemovedIsMadeAgain) {
  start();
  RawClient before(socket_);
  before.send(frame("SUB still.here"));
  sync(before);
  std::filesystem::remove(socket_);
  health([this](const Json&) { return std::filesystem::exists(socket_); });
  struct stat status {};
  ASSERT_EQ(::stat(socket_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0660U);
  RawClient after(socket_);
  ASSERT_TRUE(after.connected());
  after.send(frame("PUB still.here"));
  EXPECT_EQ(before.event()->header, "EVT still.here");
  stop();
  EXPECT_FALSE(std::filesystem::exists(socket_));
}

TEST_F(BrokerThreads, ItsDirectoryMayBeAwayForAWhile) {
  const auto aside = dir_.path() / "aside";
  std::filesystem::create_directory(dir_.path() / "run");
  socket_ = dir_.path() / "run" / "bus.sock";
  start();
  std::filesystem::remove_all(dir_.path() / "run");
  health([](const Json&) { return true; });
  health([](const Json&) { return true; });
  std::filesystem::create_directory(dir_.path() / "run");
  health([this](const Json&) { return std::filesystem::exists(socket_); });
  expect_service();
}

// The framework's broker takes a socket whoever serves it. Two on one path would split the bus:
// ours says good-bye, and its clients find the other one.
TEST_F(BrokerThreads, LeavesTheFieldToABrokerThatTookItsSocket) {
  BrokerOptions options;
  options.socket = socket_;
  options.heartbeat = milliseconds{20};
  broker_ = *Broker::open(options);
  Result<void> outcome;
  thread_ = std::thread([&] { outcome = broker_->run(); });
  RawClient client(socket_);
  client.send(frame("SUB some.thing"));
  std::filesystem::remove(socket_);
  const int other = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(socket_);
  // It may have been made again in between.
  while (::bind(other, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::filesystem::remove(socket_);
  }
  ASSERT_EQ(::listen(other, 1), 0);
  EXPECT_TRUE(client.ended());
  thread_.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kConflict);
  EXPECT_THAT(outcome.error().message, testing::HasSubstr(socket_.string()));
  EXPECT_TRUE(std::filesystem::exists(socket_)) << "it is not ours to remove";
  EXPECT_TRUE(RawClient(socket_).connected());
  ::close(other);
}

}  // namespace
}  // namespace decnet::bus
