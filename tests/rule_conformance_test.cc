// Every rule from its outermost input to a stored tag: log lines that are imported, rows that the
// framework writes, messages of the bus and mails that a decoy stores, all of them in
// conformance/inputs.yaml; then the real program, the real broker and the real worker.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "decnet/base/json.h"
#include "decnet/geo/tiny_database.h"
#include "tests/worker_fixture.h"

namespace decnet::test {
namespace {

using testing::IsEmpty;

struct Input {
  int number = 0;
  std::vector<std::string> rules;
  std::string source;
  std::string text;  // with its own address, attacker and session in it
  std::string topic;
  std::string type;
  Json message;

  [[nodiscard]] std::string ip() const { return fmt::format("198.18.1.{}", number); }
  [[nodiscard]] std::string attacker() const { return fmt::format("attacker-{}", number); }
  [[nodiscard]] bool is_log() const {
    return source == "cowrie" || source == "opencanary" || source == "access-log" ||
           source == "canarytokens";
  }
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Each line with {n} in it so many times.
std::string repeated(std::string_view text, int times) {
  constexpr int kFirst = 10;
  std::string all;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string line(text.substr(0, end));
    text.remove_prefix(end);
    const int copies = line.find("{n}") == std::string::npos ? 1 : times;
    for (int i = 0; i < copies; ++i) all += replaced(line, "{n}", std::to_string(kFirst + i));
  }
  return all;
}

std::vector<Input> read_inputs() {
  std::vector<Input> inputs;
  const auto path = source_dir() / "tests" / "conformance" / "inputs.yaml";
  for (const YAML::Node& node : YAML::LoadFile(path.string())) {
    Input input;
    input.number = static_cast<int>(inputs.size()) + 1;
    input.rules = node["rules"].as<std::vector<std::string>>();
    input.source = node["source"].as<std::string>();
    input.topic = node["topic"].as<std::string>("");
    input.type = node["type"].as<std::string>("");
    input.message = Json::parse(node["message"].as<std::string>("{}")).value();
    input.text = repeated(node["input"].as<std::string>(), node["repeat"].as<int>(1));
    input.text = replaced(input.text, "{ip}", input.ip());
    input.text = replaced(input.text, "{attacker}", input.attacker());
    input.text = replaced(input.text, "{session}", fmt::format("session-{}", input.number));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

class RuleConformance : public WorkerTest {
 protected:
  RuleConformance() {
    environment_["DECNET_TTP_RULES_DIR"] = (source_dir() / "rules" / "ttp").string();
    environment_["DECNET_ARTIFACTS_ROOT"] = (directory_.path() / "artifacts").string();
    const std::vector<geo::test::Network> networks = {{{198, 18, 0, 0}, 15, "DE"},
                                                      {{203, 0, 113, 0}, 24, "BR"}};
    environment_["DECNET_GEOIP_DATABASE"] =
        directory_.write("countries.mmdb", geo::test::TinyDatabase(networks).bytes()).string();
    directory_.write("lists/browser_tools.tsv", "canvas\tc0ffee00\tpuppeteer\n");
    directory_.write("lists/c2_fingerprints.tsv", "hassh\t0123456789abcdef0123456789abcdef\town\n");
    environment_["DECNET_TTP_CATALOGUES_DIR"] = (directory_.path() / "lists").string();
  }

  void run(const std::vector<std::string>& arguments) {
    const auto done = decnet(directory_.path(), arguments, environment_);
    ASSERT_EQ(done.exit_code, 0) << arguments.front() << ": " << done.err;
  }

  void store(const std::vector<Input>& inputs) {
    auto file = database();
    for (const Input& input : inputs) {
      if (input.is_log()) continue;
      add_attacker(input.attacker(), input.ip());
      if (input.source == "row") file.run(input.text);
    }
  }

  void import(const std::string& format, const std::vector<Input>& inputs) {
    std::string log;
    for (const Input& input : inputs) {
      if (input.source == format) log += input.text;
    }
    run({"import", format, directory_.write(format + ".log", log).string()});
  }

  // The message that a decoy's mail server is followed by: where the mail is, and no word of it.
  std::string stored_mail(const Input& mail) const {
    const auto name = fmt::format("2026-03-05T09:00:00Z_{:012x}_{}.eml", mail.number, mail.number);
    directory_.write("artifacts/mail-1/smtp/" + name, mail.text);
    Json message = mail.message;
    message.set("source_id", fmt::format("queue-{}", mail.number));
    message.set("attacker_ip", mail.ip());
    message.set("decky_id", "mail-1");
    message.set("service", "smtp");
    message.set("stored_as", name);
    return message.dump();
  }

  void publish(const std::vector<Input>& inputs) {
    std::int64_t published = 0;
    for (const Input& input : inputs) {
      if (input.source == "mail") {
        ASSERT_TRUE(say(*client_, "email.received", stored_mail(input), "received"));
      } else if (input.source == "bus") {
        ASSERT_TRUE(say(*client_, input.topic, input.text, input.type));
      } else {
        continue;
      }
      ++published;
    }
    ASSERT_TRUE(has_done(published));
  }

  // "<rule> <address>" of every tag: of its attacker, or of an attacker of its identity.
  std::set<std::string> found() {
    std::set<std::string> pairs;
    for (const auto& row : database().rows(
             "SELECT DISTINCT t.rule_id, a.ip FROM ttp_tag t JOIN attackers a ON a.uuid = "
             "t.attacker_uuid OR (t.attacker_uuid IS NULL AND a.identity_id = t.identity_uuid)")) {
      pairs.insert(row[0] + " " + row[1]);
    }
    return pairs;
  }
};

TEST_F(RuleConformance, EveryInputBecomesItsTags) {
  const auto inputs = read_inputs();
  ASSERT_LT(inputs.size(), 255U) << "each has an address of its own";
  ASSERT_NO_FATAL_FAILURE(create_database());
  store(inputs);
  for (const char* format : {"cowrie", "opencanary", "access-log", "canarytokens"}) {
    ASSERT_NO_FATAL_FAILURE(import(format, inputs));
  }
  ASSERT_NO_FATAL_FAILURE(run({"ttp-backfill", "-s", "3650"}));

  start_bus();
  client_ = listener();
  start_worker();
  ASSERT_TRUE(connected());
  ASSERT_TRUE(client_->next_of("system.ttp.health")) << "greets when it is connected";
  ASSERT_NO_FATAL_FAILURE(publish(inputs));

  const auto tags = found();
  std::vector<std::string> missing;
  for (const Input& input : inputs) {
    for (const std::string& rule : input.rules) {
      if (tags.contains(rule + " " + input.ip())) continue;
      missing.push_back(fmt::format("{} of {}: {}", rule, input.source, input.text.substr(0, 300)));
    }
  }
  EXPECT_THAT(missing, IsEmpty());
}

// Rules whose samples are no texts of commands and requests have to be shown from further outside.
TEST(RuleConformanceInputs, NoRuleOfTheseIsExempt) {
  std::set<std::string> shown;
  for (const Input& input : read_inputs()) shown.insert(input.rules.begin(), input.rules.end());
  std::set<std::string> rules;
  for (const auto& file : std::filesystem::directory_iterator(source_dir() / "rules" / "ttp")) {
    if (file.path().extension() != ".yaml") continue;
    rules.insert(YAML::LoadFile(file.path().string())["rule_id"].as<std::string>());
  }
  std::vector<std::string> without;
  for (const std::string& rule : rules) {
    const bool asked = rule.starts_with("R0") || rule.starts_with("HFP-") ||
                       rule.starts_with("R15") || rule.starts_with("R16") ||
                       rule.starts_with("R174");
    if (asked && !shown.contains(rule)) without.push_back(rule);
  }
  EXPECT_THAT(without, IsEmpty());
  std::vector<std::string> unknown;
  std::set_difference(shown.begin(), shown.end(), rules.begin(), rules.end(),
                      std::back_inserter(unknown));
  EXPECT_THAT(unknown, IsEmpty());
}

}  // namespace
}  // namespace decnet::test
