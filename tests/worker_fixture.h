// What tests of `decnet ttp` begin with: a directory with few rules, a database, a broker or a NATS
// server, the worker, and a client of the bus.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/bus/bus.h"
#include "tests/live_system.h"
#include "tests/sqlite_file.h"
#include "tests/test_main.h"

namespace decnet::test {

inline constexpr const char* kSession = "attacker.session.ended";

class WorkerTest : public testing::Test {
 protected:
  WorkerTest();
  ~WorkerTest() override;

  [[nodiscard]] std::filesystem::path database_path() const {
    return directory_.path() / "decnet.db";
  }
  [[nodiscard]] std::filesystem::path socket() const { return directory_.path() / "bus.sock"; }
  [[nodiscard]] SqliteFile database() const { return SqliteFile(database_path()); }

  void create_database() const;
  // Makes a database of decnet look as the framework's: without our tables, with its mark.
  void make_framework_database() const;
  void add_attacker(const std::string& uuid, const std::string& ip) const;
  void start_bus() { broker_ = start_broker(socket(), directory_.path()); }
  // The worker, with metrics on port_.
  void start_worker(const std::vector<std::string>& options = {});
  // A connection of our own that has everything the worker announces.
  [[nodiscard]] std::unique_ptr<BusClient> listener() const;
  // Ready for sessions of "a-1" at 198.51.100.23.
  void start_all();

  [[nodiscard]] std::int64_t metric_of(std::string_view name) const {
    return metric(scrape(port_), name);
  }
  testing::AssertionResult reaches(std::string_view name, std::int64_t least);
  testing::AssertionResult connected() { return reaches("ttp_bus_connected", 1); }
  // The worker has done with everything published before.
  testing::AssertionResult has_done(std::int64_t messages) {
    return reaches("ttp_messages_total", messages);
  }

  // The payload of a session with one command.
  static std::string session(std::string_view id, std::string_view ip, std::string_view command);
  bool say(BusClient& client, std::string_view topic, std::string_view payload,
           std::string_view type = "");
  [[nodiscard]] std::int64_t stored() const {
    return database().number("SELECT count(*) FROM ttp_tag");
  }
  [[nodiscard]] std::int64_t tags_of(const std::string& session) const;

  TempDir directory_;
  std::map<std::string, std::string> environment_;
  std::unique_ptr<Daemon> broker_;
  std::unique_ptr<Daemon> worker_;
  std::unique_ptr<BusClient> client_;
  std::uint16_t port_ = 0;
  unsigned said_ = 0;
};

class OnNats : public WorkerTest {
 protected:
  // A server of its own; the worker's settings name it.
  void start_server();
  // A bus of our own that hears what the worker announces.
  void listen_on_nats();
  void start_all_on_nats();
  // Publishes until the stream has it: the worker may be about to make it.
  void say_session(const std::string& id, const std::string& command, const std::string& message);
  Result<void> publish_session(const std::string& id, const std::string& command,
                               const std::string& message);
  // The session of the next announcement.
  std::string next_announced();

  std::uint16_t nats_port_ = 0;
  std::unique_ptr<Daemon> server_;
  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<bus::Subscription> heard_;
};

}  // namespace decnet::test
