// What attackers, and those they write to, would not want to see in a database: no lifter lets it
// out, whatever the payload.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "decnet/base/log.h"
#include "decnet/lifters/lifting_test.h"
#include "decnet/rules/loader.h"
#include "tests/test_main.h"

namespace decnet::lifters {
namespace {

const std::string kSecret = "hunter2-S3cr3t";

// Per kind: the keys that hold what is never kept, as each lifter reads them.
struct Private {
  std::string_view kind;
  std::vector<std::string_view> keys;
};
const std::vector<Private> kPrivate = {
    {"email",
     {"subject", "body_text", "from", "mail_from", "x_mailer", "headers", "from_name",
      "visible_text", "note_text", "reply_to", "btc_address", "matched_keywords"}},
    {"canary_fingerprint",
     {"user_agent", "ua_signature", "headers", "canvas_hash", "audio_hash", "webgl_hash",
      "fingerprint_id", "src_ip"}},
    {"auth_attempt", {"password", "secret"}},
    {"credential", {"password", "secret"}},
    {"session", {"password"}},
    {"identity", {"password"}},
};

// The keys that make rules fire, with values that do.
const Json& triggers(std::string_view kind) {
  static const Json email = test::json(
      R"({"rcpt_count":99,"body_simhash":"0f","from_domain":"a.example","mail_from_domain":"b.test",
          "return_path_domain":"c.test","reply_to_domain":"d.test","dkim_signed":false,
          "spf_pass":false,"attachment_macros":true,"body_base64_bytes":9999,"matched_kit":"kit",
          "sender_checked":true,"links":[],"asks_for_input":true,"from_is_random":true})");
  static const Json canary = test::json(
      R"({"navigator_webdriver":true,"matched_tool":"selenium","webrtc_geo_mismatch":true,
          "tz_mismatch_zones":4,"platform_ua_inconsistent":true})");
  static const Json attempt = test::json(
      R"({"username":"root","fail_count":9,"password_count":9,"result":"success",
          "prior_brute":true,"service":"ssh","credential_hash":"h","reuse_count":4,
          "bytes_out":99999999,"signals":["privileged:true"],"llmnr_poisoned":true,
          "shared_password_hash":"h","account_count":9})");
  return kind == "email" ? email : kind == "canary_fingerprint" ? canary : attempt;
}

// A text with the secret somewhere in it, or in a list or an object.
rc::Gen<Json> hidden() {
  return rc::gen::map(
      rc::gen::tuple(
          rc::gen::element<std::string>(
              "", "urgent invoice, send and transfer; pay bitcoin 1ABCDEFGHJKLMNPQRSTUVWXYZa ",
              "Leaf PHPMailer ", "PayPal suspended prize ", "bob@corp.example "),
          rc::gen::inRange(0, 4)),
      [](const std::tuple<std::string, int>& parts) {
        const std::string text = std::get<0>(parts) + kSecret;
        switch (std::get<1>(parts)) {
          case 0:
            return Json::array({text, 5});
          case 1:
            return Json::object({{"_fp", Json::object({{"id", text}, {"nav", text}})}});
          default:
            return Json(text);
        }
      });
}

TEST(PrivacyProperty, NothingSecretLeavesALifter) {
  auto loaded = rules::load_directory(decnet::test::source_dir() / "rules" / "ttp");
  // Rules that ask for everything: authors cannot undo what a kind promises.
  for (const Private& one : kPrivate) {
    std::string fields;
    for (const std::string_view key : one.keys) fields += fmt::format("{}, ", key);
    loaded.rules.push_back(test::definitions({test::rule(
        fmt::format("X_{}", one.kind), fmt::format("[{}]", one.kind),
        fmt::format("{{pattern: '.', field: {}}}", one.keys.front()), "[" + fields + "x]")})[0]);
  }
  const auto rules =
      rules::RuleSet::compile(std::move(loaded.rules), *attack::Catalogue::built_in()).rules;
  const log::Capture log;
  std::size_t tags_seen = 0;
  EXPECT_TRUE(rc::check([&] {
    const Private& one = *rc::gen::elementOf(kPrivate);
    Json payload = triggers(one.kind);
    for (const std::string_view key : one.keys) {
      if (one.kind == "session" || *rc::gen::inRange(0, 3) != 0) payload.set(key, *hidden());
    }
    if (one.kind == "email") {
      payload.set("urls", Json::array({"https://bob:" + kSecret + "@xn--a.example/" + kSecret}));
      payload.set("rcpt_domains", Json::array({kSecret + "@corp.example", kSecret + " x"}));
      payload.set("attachment_sha256s", Json::array({kSecret}));
      payload.set("body_sha256", kSecret);
    }
    for (const Lifter& lifter : registry()) {
      if (std::find(lifter.kinds.begin(), lifter.kinds.end(), *source_kind(one.kind)) ==
          lifter.kinds.end()) {
        continue;
      }
      for (const Tag& tag : test::lift(lifter.name, *rules, test::event(one.kind, payload)).tags) {
        ++tags_seen;
        const std::string kept = tag.evidence.dump();
        const bool is_x = tag.rule_id.text().starts_with("X_");
        // What a rule's author asks for on a kind without a list is kept, but for passwords.
        if (is_x && !allowed_evidence(one.kind)) {
          RC_ASSERT(tag.evidence.find("password") == nullptr);
        } else {
          RC_ASSERT(kept.find("hunter2") == std::string::npos);
        }
      }
    }
    for (const log::Record& record : log.records()) {
      RC_ASSERT(record.message.find("hunter2") == std::string::npos);
    }
  }));
  EXPECT_GT(tags_seen, 0U);
}

}  // namespace
}  // namespace decnet::lifters
