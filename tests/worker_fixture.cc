#include "tests/worker_fixture.h"

#include <fmt/format.h>

#include "decnet/base/json.h"
#include "decnet/bus/nats/nats_bus.h"
#include "tests/process.h"
#include "tests/rule_files.h"

namespace decnet::test {

WorkerTest::WorkerTest() {
  write_rules(directory_);
  environment_ = {{"DECNET_DB_PATH", database_path().string()},
                  {"DECNET_TTP_RULES_DIR", (directory_.path() / "rules").string()},
                  {"DECNET_BUS_SOCKET", socket().string()},
                  {"DECNET_SPOOL_DIR", (directory_.path() / "spool").string()},
                  {"DECNET_SYSTEM_LOGS", (directory_.path() / "decnet.log").string()}};
}

WorkerTest::~WorkerTest() = default;

void WorkerTest::create_database() const {
  const auto made = decnet(directory_.path(), {"db", "init"}, environment_);
  ASSERT_EQ(made.exit_code, 0) << made.err;
}

void WorkerTest::make_framework_database() const { make_framework_of(database()); }

void WorkerTest::add_attacker(const std::string& uuid, const std::string& ip) const {
  database().run(fmt::format(
      "INSERT INTO attackers (uuid, ip, first_seen, last_seen, event_count, service_count, "
      "decky_count, services, deckies, is_traversal, bounty_count, credential_count, "
      "fingerprints, commands, rotation_count, ipv6_leak_count, updated_at) VALUES ('{}', '{}', "
      "'2026-01-01 00:00:00.000000', '2026-03-04 10:00:00.000000', 1, 1, 1, '[]', '[]', 0, 0, 0, "
      "'[]', '[]', 0, 0, '2026-01-01 00:00:00.000000')",
      uuid, ip));
}

void WorkerTest::start_worker(const std::vector<std::string>& options) {
  port_ = free_port();
  std::vector<std::string> arguments = {program().string(), "ttp", "--metrics",
                                        fmt::format("127.0.0.1:{}", port_)};
  arguments.insert(arguments.end(), options.begin(), options.end());
  worker_ = std::make_unique<Daemon>(arguments, environment_, directory_.path() / "ttp.err");
}

std::unique_ptr<BusClient> WorkerTest::listener() const {
  return std::make_unique<BusClient>(socket(),
                                     std::vector<std::string>{"ttp.>", "system.ttp.health"});
}

void WorkerTest::start_all() {
  create_database();
  add_attacker("a-1", "198.51.100.23");
  start_bus();
  client_ = listener();
  start_worker();
  ASSERT_TRUE(connected());
  ASSERT_TRUE(client_->next_of("system.ttp.health")) << "greets when it is connected";
}

testing::AssertionResult WorkerTest::reaches(std::string_view name, std::int64_t least) {
  if (eventually([&] { return metric_of(name) >= least || !worker_->is_running(); }) &&
      worker_->is_running()) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure()
         << name << " is " << metric_of(name) << ", not " << least << "\n"
         << worker_->errors();
}

std::string WorkerTest::session(std::string_view id, std::string_view ip,
                                std::string_view command) {
  return fmt::format(R"({{"session_id":"{}","attacker_uuid":null,"attacker_ip":"{}",)"
                     R"("decky_id":"d-1","service":"ssh","commands":[{{"id":"{}#0",)"
                     R"("command_text":"{}"}}]}})",
                     id, ip, id, command);
}

std::int64_t WorkerTest::tags_of(const std::string& session) const {
  return database().number(
      fmt::format("SELECT count(*) FROM ttp_tag WHERE session_id = '{}'", session));
}

bool WorkerTest::say(BusClient& client, std::string_view topic, std::string_view payload,
                     std::string_view type) {
  return client.publish(topic, envelope(topic, type, payload, fmt::format("{:032x}", ++said_)));
}

void OnNats::start_server() {
  nats_port_ = free_port();
  server_ = start_nats(nats_port_, directory_.path());
  environment_["DECNET_BUS_TYPE"] = "nats";
  environment_["DECNET_BUS_URL"] = fmt::format("nats://127.0.0.1:{}", nats_port_);
}

void OnNats::listen_on_nats() {
  bus::NatsBusOptions options;
  options.url = environment_["DECNET_BUS_URL"];
  options.create_streams = false;  // that is the worker's to do
  bus_ = bus::open_nats_bus(std::move(options)).value();
  const std::vector<std::string> patterns = {"ttp.tagged"};
  heard_ = bus_->subscribe(patterns, "").value();
}

void OnNats::start_all_on_nats() {
  create_database();
  add_attacker("a-1", "198.51.100.23");
  start_server();
  start_worker();
  ASSERT_TRUE(connected());
  listen_on_nats();
}

Result<void> OnNats::publish_session(const std::string& id, const std::string& command,
                                     const std::string& message) {
  bus::Envelope session_ended;
  session_ended.topic = kSession;
  session_ended.payload = Json::parse(session(id, "198.51.100.23", command)).value();
  session_ended.id = message;
  return bus_->publish(session_ended);
}

void OnNats::say_session(const std::string& id, const std::string& command,
                         const std::string& message) {
  ASSERT_TRUE(eventually([&] { return publish_session(id, command, message).has_value(); }));
}

std::string OnNats::next_announced() {
  std::string found;
  eventually([&] {
    const auto deliveries = heard_->next(1, std::chrono::seconds(1));
    if (!deliveries.empty()) {
      found = *deliveries.front().envelope.payload.find("session_id")->string();
    }
    return !found.empty();
  });
  return found;
}

}  // namespace decnet::test
