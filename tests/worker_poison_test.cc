// What nobody should say on the bus, said on both of them: the worker goes on, everything is
// counted, and nobody else's events suffer.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <csignal>
#include <string>
#include <vector>

#include "decnet/bus/envelope.h"
#include "tests/raw_nats.h"
#include "tests/rule_files.h"
#include "tests/worker_fixture.h"

namespace decnet::test {
namespace {

constexpr const char* kAddress = "198.51.100.23";

// What stands where something else is expected.
const std::vector<std::string> kValues = {"null",        "true",  "-1",
                                          "1e308",       R"("")", R"("\u0000\u001b[2J\ud800")",
                                          "[]",          "{}",    R"([["x"],null,{"id":{}}])",
                                          "\"\xC3\xFF\""};

struct Poison {
  std::string topic;
  std::string type;
  std::string payload;
};

// Every topic with every field of the wrong type, and with nobody to belong to.
std::vector<Poison> wrong_types() {
  std::vector<Poison> corpus;
  for (const char* topic :
       {kSession, "attacker.observed", "attacker.intel.enriched", "attacker.fingerprinted",
        "identity.formed", "identity.merged", "credential.reuse.detected", "email.received",
        "canary.tok.triggered"}) {
    for (const auto& value : kValues) {
      std::string every = fmt::format(R"({{"attacker_ip":"{}")", kAddress);
      for (const char* field : {"source_id",
                                "session_id",
                                "commands",
                                "trigger_id",
                                "attacker_uuids",
                                "decky_id",
                                "abuseipdb_score",
                                "abuseipdb_categories",
                                "greynoise_tags",
                                "feodo_listed",
                                "urls",
                                "attachment_extensions",
                                "subject",
                                "rcpt_count",
                                "rcpt_domains",
                                "addr",
                                "iid_kind",
                                "account_count",
                                "shared_password_hash",
                                "target_count",
                                "user_agent",
                                "duration_s"}) {
        every += fmt::format(R"(,"{}":{})", field, value);
      }
      corpus.push_back({topic, "ipv6_leak", every + "}"});
      corpus.push_back({topic, "", fmt::format(R"({{"attacker_uuid":{}}})", value)});
    }
  }
  return corpus;
}

// Nearly 1 MiB of text, of commands, of ids that would be repeated for each command, and of depth.
// The second one is too much to be taken apart: it becomes a dead letter.
std::vector<Poison> oversized(const std::string& large_session) {
  std::string many = R"({"session_id":")" + std::string(500'000, 's') +
                     fmt::format(R"(","attacker_ip":"{}","commands":[)", kAddress);
  for (int i = 0; i < 50'000; ++i) many += R"("id",)";
  return {
      {kSession, "", large_session},
      {kSession, "", many + R"("id"]})"},
      {kSession, "", R"({"attacker_uuid":)" + std::string(250, '[') + std::string(250, ']') + "}"}};
}

// Bodies that are no envelope at all.
const std::vector<std::string> kNoEnvelopes = {"nonsense",
                                               "{",
                                               "[1,2]",
                                               "\"text\"",
                                               "17",
                                               "{\"payload\":{}} {}",
                                               std::string(100'000, '['),
                                               std::string("\0\xFF\xFE", 3)};

// An event of that session whose body is as long as a body may be, to the byte.
std::string longest_body(const std::string& payload, const std::string& id) {
  const std::string body = envelope(kSession, "session.ended", payload, id);
  // Blanks between members are JSON too.
  return "{" + std::string(bus::kMaxBodyBytes - body.size(), ' ') + body.substr(1);
}

// A rule whose technique could not be a token of a topic: it is refused and the others are in
// force.
void add_dotted_rule(const TempDir& directory) {
  std::string rule = rule_text("X0009", "history -c", "T1070", "TA0005");
  rule.replace(rule.find("T1070"), 5, "T1070.003");
  directory.write("rules/X0009.yaml", rule);
}

TEST_F(WorkerTest, PoisonIsCountedAndHurtsNobody) {
  add_dotted_rule(directory_);
  start_all();
  std::int64_t published = 0;
  for (const auto& poison : wrong_types()) {
    ASSERT_TRUE(say(*client_, poison.topic, poison.payload, poison.type));
    ++published;
  }
  for (const auto& poison : oversized(session("s-l", kAddress, std::string(900'000, 'x')))) {
    ASSERT_TRUE(say(*client_, poison.topic, poison.payload, poison.type));
    ++published;
  }
  const auto longest = longest_body(session("s-full", kAddress, "history -c"), "longest");
  ASSERT_TRUE(client_->publish(kSession, longest));
  ++published;
  ASSERT_TRUE(has_done(published));
  EXPECT_EQ(tags_of("s-full"), 1);
  EXPECT_EQ(metric_of("ttp_dead_letters_total"), 1) << "the one too large to be repeated";
  EXPECT_GT(metric_of("ttp_undispatchable_total"), 0);

  // Payloads that are no objects, which the broker may refuse; bodies that are no envelopes, and
  // frames that are none, which cost their connection.
  for (const auto& value : kValues) {
    ASSERT_TRUE(client_->publish(kSession, envelope(kSession, "", value, "")));
  }
  for (const auto& body : kNoEnvelopes) {
    BusClient hostile(socket(), {});
    hostile.publish(kSession, body);
    EXPECT_TRUE(eventually([&] {
      hostile.next(std::chrono::milliseconds(100));
      return !hostile.connected();
    })) << body.substr(0, 40);
  }
  for (const std::string& bytes :
       {std::string("PUB a\xC3\xA9.b\n\0\0\0\2{}", 14),
        std::string("GET / HTTP/1.1\r\n\r\n\0\0", 20), std::string("PUB x\n\xFF\xFF\xFF\xFF", 10),
        std::string(10'000, 'A')}) {
    BusClient hostile(socket(), {});
    hostile.send_raw(bytes);
    EXPECT_TRUE(eventually([&] {
      hostile.next(std::chrono::milliseconds(100));
      return !hostile.connected();
    })) << bytes.substr(0, 40);
  }
  // Frames whose rest never comes: in the header, in the length, in the body.
  BusClient half(socket(), {});
  half.send_raw("PUB attacker.obs");
  BusClient less(socket(), {});
  less.send_raw(std::string("PUB attacker.observed\n\0\0", 24));
  BusClient slow(socket(), {});
  slow.send_raw(std::string("PUB attacker.observed\n\0\0\1\0{\"pay", 31));

  ASSERT_TRUE(say(*client_, kSession, session("s-good", kAddress, "history -c")));
  EXPECT_TRUE(eventually([this] { return tags_of("s-good") == 1; })) << worker_->errors();
  EXPECT_EQ(worker_->end(SIGTERM).exit_code, 0) << worker_->errors();
}

class PoisonOnNats : public OnNats {
 protected:
  // Into the stream, whatever it is.
  void store(const std::string& topic, const std::string& body) {
    ASSERT_TRUE(raw_->publish("decnet." + topic, body));
    ASSERT_TRUE(raw_->sync()) << topic;
  }
  std::unique_ptr<RawNats> raw_;
};

TEST_F(PoisonOnNats, IsCountedAndHurtsNobody) {
  add_dotted_rule(directory_);
  start_all_on_nats();
  ASSERT_TRUE(eventually([this] { return metric_of("ttp_bus_subscribed") == 1; }));
  raw_ = std::make_unique<RawNats>(nats_port_);
  std::int64_t published = 0;
  const auto say = [&](const std::string& topic, const std::string& type,
                       const std::string& payload) {
    store(topic, envelope(topic, type, payload, fmt::format("m-{}", ++published)));
  };
  for (const auto& poison : wrong_types()) say(poison.topic, poison.type, poison.payload);
  for (const auto& poison : oversized(session("s-l", kAddress, std::string(900'000, 'x')))) {
    say(poison.topic, poison.type, poison.payload);
  }
  // The stream takes what no broker of ours checked: payloads that are no objects …
  for (const auto& value : kValues) say(kSession, "", value);
  // … topics that are no ASCII, nor UTF-8 …
  for (const char* topic :
       {"canary.caf\xC3\xA9.triggered", "canary.\xFF\xFE.triggered", "canary.\x1B[2J.triggered"}) {
    // (Whatever topic the body names, the subject decides.)
    store(topic,
          envelope("canary.x.triggered", "", fmt::format(R"({{"src_ip":"{}"}})", kAddress), ""));
    ++published;
  }
  // … an event as long as one may be, and none at all.
  store(kSession, longest_body(session("s-full", kAddress, "history -c"), "longest"));
  store(kSession, "");
  published += 2;
  ASSERT_TRUE(has_done(published)) << worker_->errors();
  EXPECT_EQ(tags_of("s-full"), 1);
  EXPECT_EQ(metric_of("ttp_dead_letters_total"), 1) << "the one too large to be repeated";
  EXPECT_GT(metric_of("ttp_undispatchable_total"), 0);

  for (const auto& body : kNoEnvelopes) store(kSession, body);
  EXPECT_TRUE(reaches("ttp_bus_undecodable_total", std::int64_t(kNoEnvelopes.size())));
  EXPECT_EQ(metric_of("ttp_bus_undecodable_total"), std::int64_t(kNoEnvelopes.size()));
  EXPECT_TRUE(reaches("ttp_dead_letters_total", 1 + std::int64_t(kNoEnvelopes.size())));
  const auto refused = decnet(directory_.path(), {"ttp-deadletters", "retry", "2"}, environment_);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, testing::HasSubstr("letter 2: is no envelope"));

  // Over the limit, and no protocol: they cost their own connection.
  for (const std::string& bytes :
       {fmt::format("PUB decnet.{} {}\r\n", kSession, bus::kMaxBodyBytes + 1),
        std::string("GET / HTTP/1.1\r\n\r\n"),
        std::string("PUB decnet.attacker.observed -1\r\n")}) {
    RawNats hostile(nats_port_);
    hostile.send(bytes);
    EXPECT_FALSE(hostile.sync()) << bytes;
  }
  // Half a frame, ended; and others whose rest never comes.
  { RawNats(nats_port_).send("PUB decnet.attacker.session.ended 1000\r\n{\"payload\":{"); }
  RawNats half(nats_port_);
  half.send("PUB decnet.attacker.ses");
  RawNats slow(nats_port_);
  slow.send("PUB decnet.attacker.session.ended 1000\r\n{\"payload\":{");

  say_session("s-good", "history -c", "m-good");
  EXPECT_TRUE(eventually([this] { return tags_of("s-good") == 1; })) << worker_->errors();
  EXPECT_EQ(worker_->end(SIGTERM).exit_code, 0) << worker_->errors();
}

}  // namespace
}  // namespace decnet::test
