// `decnet ttp` on a NATS server that is not as it would like: one that wants credentials, or has
// streams of its own making.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/notify_socket.h"
#include "tests/raw_nats.h"
#include "tests/worker_fixture.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST_F(OnNats, KeepsEventsForThirtyDaysInStreamsItMakes) {
  start_all_on_nats();
  ASSERT_TRUE(eventually([this] { return metric_of("ttp_bus_subscribed") == 1; }));
  for (const char* stream : {"DECNET_EVENTS", "DECNET_TTP"}) {
    const auto info = RawNats(nats_port_).ask(fmt::format("$JS.API.STREAM.INFO.{}", stream));
    // 30 days and 2 minutes, in nanoseconds.
    EXPECT_THAT(info, AllOf(HasSubstr(R"("max_age":2592000000000000,)"),
                            HasSubstr(R"("duplicate_window":120000000000)"),
                            HasSubstr(R"("discard":"old")"), HasSubstr(R"("storage":"file")")));
  }
}

TEST_F(OnNats, LeavesStreamsAloneThatExist) {
  create_database();
  add_attacker("a-1", "198.51.100.23");
  start_server();
  const auto made = RawNats(nats_port_)
                        .ask("$JS.API.STREAM.CREATE.DECNET_EVENTS",
                             R"({"name":"DECNET_EVENTS","subjects":["decnet.attacker.>",)"
                             R"("decnet.identity.>","decnet.credential.>","decnet.email.>",)"
                             R"("decnet.canary.>"],)"
                             R"("retention":"limits","storage":"memory","max_age":3600000000000,)"
                             R"("max_consumers":-1,"max_msgs":-1,"max_bytes":-1,"num_replicas":1,)"
                             R"("discard":"old","duplicate_window":60000000000})");
  ASSERT_THAT(made, HasSubstr(R"("max_age":3600000000000)"));
  listen_on_nats();
  start_worker();
  say_session("s-1", "history -c", "m-1");
  EXPECT_EQ(next_announced(), "s-1");
  EXPECT_THAT(RawNats(nats_port_).ask("$JS.API.STREAM.INFO.DECNET_EVENTS"),
              AllOf(HasSubstr(R"("max_age":3600000000000)"), HasSubstr(R"("storage":"memory")")));
}

// A server that lets in nobody but `worker` with the password `s3cret`.
class OnAGuardedNats : public OnNats {
 protected:
  void start_guarded_server() {
    if (nats_port_ == 0) nats_port_ = free_port();
    const auto settings = directory_.write(
        "nats.conf", fmt::format("listen: 127.0.0.1:{}\njetstream {{ store_dir: \"{}\" }}\n"
                                 "authorization {{ user: worker, password: \"{}\" }}\n",
                                 nats_port_, (directory_.path() / "nats").string(), password_));
    server_ = std::make_unique<Daemon>(
        std::vector<std::string>{"nats-server", "-c", settings.string()},
        std::map<std::string, std::string>{}, directory_.path() / "nats.err");
  }
  void use_url(const std::string& credentials) {
    environment_["DECNET_BUS_TYPE"] = "nats";
    environment_["DECNET_BUS_URL"] = fmt::format("nats://{}127.0.0.1:{}", credentials, nats_port_);
  }
  std::string password_ = "s3cret";
};

TEST_F(OnAGuardedNats, SaysThatItIsNotLetInAndGetsInWhenItMay) {
  create_database();
  add_attacker("a-1", "198.51.100.23");
  NotifySocket manager(directory_.path() / "notify");
  environment_["NOTIFY_SOCKET"] = manager.path().string();
  password_ = "another";
  start_guarded_server();
  use_url("worker:s3cret@");
  start_worker();
  ASSERT_TRUE(eventually([this] {
    return worker_->errors().find("bus not reachable, trying again: nats: ") != std::string::npos;
  }));
  // The log and the status name the reason; neither names the password.
  ASSERT_TRUE(manager.hears("STATUS=bus not reachable, trying again (nats: "));
  EXPECT_THAT(manager.heard().back(), HasSubstr("Authorization Violation"));
  EXPECT_THAT(worker_->errors(),
              AllOf(HasSubstr("Authorization Violation"), Not(HasSubstr("s3cret"))));
  EXPECT_EQ(metric_of("ttp_bus_connected"), 0);

  // Whoever runs the server sets it right. Refused however often, the worker tries again.
  ASSERT_TRUE(eventually([this] {
    const std::string log = server_->errors();
    std::size_t refusals = 0;
    for (auto at = log.find("authentication error"); at != std::string::npos;
         at = log.find("authentication error", at + 1)) {
      ++refusals;
    }
    return refusals >= 3;
  })) << server_->errors();
  server_->end(SIGTERM);
  password_ = "s3cret";
  start_guarded_server();
  ASSERT_TRUE(connected());
  ASSERT_TRUE(manager.hears("STATUS=on the bus"));
  environment_["DECNET_BUS_URL"] = fmt::format("nats://worker:s3cret@127.0.0.1:{}", nats_port_);
  listen_on_nats();
  say_session("s-1", "history -c", "m-1");
  EXPECT_EQ(next_announced(), "s-1");
}

TEST_F(OnAGuardedNats, IsThrownOutAndComesBack) {
  create_database();
  add_attacker("a-1", "198.51.100.23");
  start_guarded_server();
  use_url("worker:s3cret@");
  start_worker();
  ASSERT_TRUE(connected());
  server_->end(SIGTERM);
  password_ = "another";
  start_guarded_server();
  ASSERT_TRUE(eventually([this] {
    return worker_->errors().find("Authorization Violation") != std::string::npos;
  })) << worker_->errors();
  server_->end(SIGTERM);
  password_ = "s3cret";
  start_guarded_server();
  ASSERT_TRUE(connected());
  listen_on_nats();
  say_session("s-1", "history -c", "m-1");
  EXPECT_EQ(next_announced(), "s-1");
}

// A server that shows a certificate for "localhost" and wants one from its clients.
class OnNatsWithTls : public OnNats {
 protected:
  void make_certificates() {
    const auto made = run({.arguments = {"/bin/sh", "-c", R"(
set -e
new() { openssl req "$@" -newkey ed25519 -nodes -days 2 2>/dev/null; }
sign() { openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 \
         -extfile names -out "$1.pem" 2>/dev/null; }
new -x509 -subj "/CN=test CA" -keyout ca-key.pem -out ca.pem
new -x509 -subj "/CN=another CA" -keyout other-key.pem -out other-ca.pem
echo "subjectAltName=DNS:localhost" > names
for name in server client; do
  new -subj "/CN=$name" -keyout "$name-key.pem" -out "$name.csr"
  sign "$name"
done
)"},
                           .directory = directory_.path()});
    ASSERT_EQ(made.exit_code, 0) << "is openssl installed? " << made.err;
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return (directory_.path() / name).string();
  }
  void start_tls_server() {
    nats_port_ = free_port();
    const auto settings = directory_.write(
        "nats.conf",
        fmt::format(
            "listen: 127.0.0.1:{}\njetstream {{ store_dir: \"{}\" }}\n"
            "tls {{ cert_file: \"{}\", key_file: \"{}\", ca_file: \"{}\", verify: true }}\n",
            nats_port_, file("nats"), file("server.pem"), file("server-key.pem"), file("ca.pem")));
    server_ = std::make_unique<Daemon>(
        std::vector<std::string>{"nats-server", "-c", settings.string()},
        std::map<std::string, std::string>{}, directory_.path() / "nats.err");
    environment_["DECNET_BUS_TYPE"] = "nats";
    environment_["DECNET_BUS_URL"] = fmt::format("tls://localhost:{}", nats_port_);
  }
  bool worker_says(std::string_view text) {
    return eventually([&] {
             return worker_->errors().find(text) != std::string::npos || !worker_->is_running();
           }) &&
           worker_->is_running();
  }
};

TEST_F(OnNatsWithTls, TrustsNobodyItWasNotToldTo) {
  make_certificates();
  start_tls_server();
  environment_["DECNET_NATS_CA"] = file("other-ca.pem");
  environment_["DECNET_NATS_CERTIFICATE"] = file("client.pem");
  environment_["DECNET_NATS_KEY"] = file("client-key.pem");
  start_worker();
  EXPECT_TRUE(worker_says("SSL handshake error")) << worker_->errors();
  EXPECT_EQ(worker_->end(SIGTERM).exit_code, 0);

  environment_["DECNET_NATS_CA"] = file("ca.pem");
  const std::string url = environment_["DECNET_BUS_URL"];
  environment_["DECNET_BUS_URL"] = fmt::format("tls://127.0.0.1:{}", nats_port_);
  start_worker();
  EXPECT_TRUE(worker_says("mismatch")) << "not the name in the certificate: " << worker_->errors();
  EXPECT_EQ(worker_->end(SIGTERM).exit_code, 0);

  environment_["DECNET_BUS_URL"] = url;
  start_worker();
  EXPECT_TRUE(connected());
}

}  // namespace
}  // namespace decnet::test
