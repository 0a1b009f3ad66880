// What a scrape of `decnet ttp --metrics` gives: text that Prometheus reads, of what really was.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <map>
#include <set>
#include <sstream>

#include "tests/worker_fixture.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Pair;

// A scrape, read as the exposition format (0.0.4) says; what does not follow it is a failure.
struct Scrape {
  std::map<std::string, std::string> types;  // by metric
  std::map<std::string, std::string> helps;  // by metric
  std::map<std::string, double> samples;     // by name and labels, as written
};

std::string family_of(const std::string& sample, const Scrape& scrape) {
  for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
    if (!sample.ends_with(suffix)) continue;
    const std::string family = sample.substr(0, sample.size() - suffix.size());
    const auto found = scrape.types.find(family);
    if (found != scrape.types.end() && found->second == "histogram") return family;
  }
  return sample;
}

Scrape read(const std::string& answer) {
  static const re2::RE2 kDescription("# (HELP|TYPE) ([a-z_]+) (.+)");
  static const re2::RE2 kSample(
      R"re(([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\n"])*",?)+\})? ([-+0-9.e]+))re");
  Scrape scrape;
  std::istringstream in(answer.substr(answer.find("\r\n\r\n") + 4));
  for (std::string line; std::getline(in, line);) {
    std::string kind;
    std::string name;
    std::string rest;
    std::string labels;
    double value = 0;
    if (re2::RE2::FullMatch(line, kDescription, &kind, &name, &rest)) {
      auto& kept = kind == "HELP" ? scrape.helps : scrape.types;
      EXPECT_TRUE(kept.emplace(name, rest).second) << "twice: " << line;
    } else if (re2::RE2::FullMatch(line, kSample, &name, &labels, &value)) {
      EXPECT_TRUE(scrape.types.contains(family_of(name, scrape))) << "undescribed: " << line;
      EXPECT_TRUE(scrape.samples.emplace(name + labels, value).second) << "twice: " << line;
    } else {
      ADD_FAILURE() << "not in the format: " << line;
    }
  }
  return scrape;
}

TEST_F(WorkerTest, ServesMetricsThatPrometheusReads) {
  start_all();
  const auto answer = scrape(port_);
  EXPECT_THAT(answer, AllOf(HasSubstr("HTTP/1.1 200"), HasSubstr("version=0.0.4")));
  const Scrape found = read(answer);
  for (const auto& [name, type] : found.types) {
    EXPECT_TRUE(found.helps.contains(name)) << name;
    EXPECT_EQ(type == "counter", name.ends_with("_total")) << name;
  }
  // The names that the framework's design reserves.
  EXPECT_THAT(found.types, AllOf(Contains(Pair("ttp_rule_compiled", "gauge")),
                                 Contains(Pair("ttp_eval_events_total", "counter")),
                                 Contains(Pair("ttp_eval_latency_ms", "histogram")),
                                 Contains(Pair("ttp_rule_fire_total", "counter")),
                                 Contains(Pair("ttp_tag_written_total", "counter")),
                                 Contains(Pair("ttp_tag_dropped_total", "counter")),
                                 Contains(Pair("ttp_bus_published_total", "counter"))));
  EXPECT_THAT(found.samples, AllOf(Contains(Pair("ttp_rule_compiled", 4)),
                                   Contains(Key("ttp_tag_dropped_total{reason=\"below_floor\"}"))));
}

TEST_F(WorkerTest, CountsWhichRulesFireAndHowLongEventsTake) {
  start_all();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(
        say(*client_, kSession, session(fmt::format("s-{}", i), "198.51.100.23", "history -c")));
  }
  ASSERT_TRUE(say(*client_, kSession, session("s-9", "198.51.100.23", "cat /etc/shadow")));
  // The same once more: it fires, and no tag is new.
  ASSERT_TRUE(say(*client_, kSession, session("s-9", "198.51.100.23", "cat /etc/shadow")));
  ASSERT_TRUE(has_done(5));
  const auto complete = [this] { return metric_of("ttp_eval_latency_ms_count") == 10; };
  ASSERT_TRUE(eventually(complete)) << "a session and a command each: " << scrape(port_);
  const Scrape found = read(scrape(port_));
  const auto fired = [](const char* rule, const char* technique) {
    return fmt::format("ttp_rule_fire_total{{rule_id=\"{}\",technique_id=\"{}\"}}", rule,
                       technique);
  };
  EXPECT_THAT(
      found.samples,
      AllOf(Contains(Pair(fired("X0002", "T1070"), 3)), Contains(Pair(fired("X0001", "T1083"), 2)),
            Contains(Pair(fired("X0003", "T1003"), 2)), Contains(Pair("ttp_tag_written_total", 5)),
            Contains(Pair("ttp_eval_latency_ms_bucket{le=\"+Inf\"}", 10))));
  // Each class holds those below it, and the last one holds all.
  double before = 0;
  std::istringstream in(scrape(port_));
  int classes = 0;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("ttp_eval_latency_ms_bucket")) continue;
    const double events = std::stod(line.substr(line.rfind(' ')));
    EXPECT_GE(events, before) << line;
    before = events;
    ++classes;
  }
  EXPECT_EQ(classes, 15);
  EXPECT_EQ(before, 10);
  EXPECT_GT(found.samples.at("ttp_eval_latency_ms_sum"), 0);
}

TEST_F(WorkerTest, SomethingElseThanAnAddressIsNone) {
  for (const char* address :
       {"nowhere", "127.0.0.1:", "127.0.0.1:99999", ":9464", "127.0.0.1:http"}) {
    const auto refused = decnet(directory_.path(), {"ttp", "--metrics", address}, environment_);
    EXPECT_EQ(refused.exit_code, 2) << address;
    EXPECT_THAT(refused.err, AllOf(HasSubstr("--metrics"), HasSubstr(address)));
  }
}

}  // namespace
}  // namespace decnet::test
