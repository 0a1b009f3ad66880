#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/lifters/lifting_test.h"
#include "decnet/rules/loader.h"
#include "decnet/rules/match_kinds.h"
#include "tests/test_main.h"

namespace decnet::lifters {
namespace {

// Subscribers see the tags of one event in this order.
TEST(Registry, KeepsTheOrderOfReporting) {
  const std::vector<std::string_view> order = {
      "rule_engine", "behavioral",       "intel",     "canary_fingerprint", "email",   "identity",
      "credential",  "http_fingerprint", "ipv6_leak", "c2_fingerprint",     "sequence"};
  std::size_t last = 0;
  for (const Lifter& lifter : registry()) {
    const auto at = std::find(order.begin(), order.end(), lifter.name);
    ASSERT_NE(at, order.end()) << lifter.name;
    const auto place = static_cast<std::size_t>(at - order.begin()) + 1;
    EXPECT_GT(place, last) << lifter.name;
    last = place;
  }
}

// Authors are told what a lifter judges without asking it.
TEST(Registry, JudgesTheKindsThatAreToldOfIt) {
  for (const Lifter& lifter : registry()) {
    const auto told = rules::judged_kinds(lifter.name);
    if (told.empty()) continue;  // it holds no rules by their match kind
    EXPECT_EQ(std::set(told.begin(), told.end()),
              std::set(lifter.kinds.begin(), lifter.kinds.end()))
        << lifter.name;
  }
}

rc::Gen<Json> any_value(int depth) {
  using rc::gen::map;
  const auto text = map(rc::gen::arbitrary<std::string>(),
                        [](const std::string& raw) { return to_valid_utf8(raw); });
  // Keys and words that lifters look for come up often enough to reach their branches.
  const auto key = rc::gen::element<std::string>(
      "command_text", "raw_url", "headers", "_fp", "nav", "wd", "ts", "timestamp", "uid",
      "navigator_webdriver", "canvas_audio_hash_match", "matched_tool", "webrtc_geo_mismatch",
      "tz_mismatch_zones", "lang_country_mismatch", "platform_ua_inconsistent", "ua_webgl_mismatch",
      "subject", "password", "x", "beacon_interval_s", "beacon_jitter_pct", "op_text", "body_text",
      "bytes_out", "request_count", "rows_read", "signals", "path", "tftp_filename", "hassh",
      "fail_count", "password_count", "username", "result", "prior_brute", "credential_hash",
      "reuse_count", "shared_password_hash", "account_count", "rcpt_count", "rcpt_domains",
      "from_domain", "body_simhash", "x_mailer", "matched_kit", "urls", "links", "dkim_signed",
      "attachment_extensions", "visible_text", "abuseipdb_score", "abuseipdb_categories",
      "greynoise_classification", "greynoise_tags", "feodo_listed", "threatfox_threat_types",
      "ja4h", "fingerprint_type", "ja4_quic", "addr", "tz", "rtc");
  auto scalar = rc::gen::oneOf(
      rc::gen::just(Json()), map(rc::gen::arbitrary<bool>(), [](bool b) { return Json(b); }),
      map(rc::gen::arbitrary<std::int64_t>(), [](std::int64_t i) { return Json(i); }),
      map(rc::gen::arbitrary<double>(), [](double d) { return Json(d); }),
      map(text, [](std::string s) { return Json(std::move(s)); }),
      map(rc::gen::element<std::string>("selenium", "cat /etc/passwd", "2026-04-25 06:23:30"),
          [](std::string s) { return Json(std::move(s)); }));
  if (depth == 0) return scalar;
  auto members = rc::gen::container<Json::Object>(rc::gen::pair(key, any_value(depth - 1)));
  auto elements = rc::gen::container<Json::Array>(any_value(depth - 1));
  return rc::gen::oneOf(scalar, map(elements, [](Json::Array a) { return Json(std::move(a)); }),
                        map(members, [](Json::Object o) { return Json(std::move(o)); }),
                        map(members, [](Json::Object o) { return Json(std::move(o)); }));
}

// Missing, null and wrong-typed input is no signal: nothing throws, and nothing is logged.
TEST(RegistryProperty, AnyPayloadIsHarmless) {
  auto loaded = rules::load_directory(decnet::test::source_dir() / "rules" / "ttp");
  for (const std::string_view kind : kSourceKindNames) {  // so that every kind has a rule
    loaded.rules.push_back(test::definitions({test::rule(
        fmt::format("X_{}", kind), fmt::format("[{}]", kind), "{pattern: '.', field: x}")})[0]);
  }
  const auto rules =
      rules::RuleSet::compile(std::move(loaded.rules), *attack::Catalogue::built_in()).rules;
  const log::Capture log;
  EXPECT_TRUE(rc::check([&] {
    const Event event = test::event(*rc::gen::elementOf(std::vector<std::string>(
                                        kSourceKindNames.begin(), kSourceKindNames.end())),
                                    *rc::gen::scale(0.3, any_value(4)));
    for (const Lifter& lifter : registry()) {
      for (const Tag& tag : test::lift(lifter.name, *rules, event).tags) {
        RC_ASSERT(tag.evidence.object() != nullptr);
        RC_ASSERT(tag.evidence.find("password") == nullptr);
        RC_ASSERT(tag.confidence <= 1.0);
      }
    }
    RC_ASSERT(log.records().empty());
  }));
}

}  // namespace
}  // namespace decnet::lifters
