// What the shipped rules say. Those up to R0999 are pinned: ids and versions are part of every
// stored tag, and emits and confidences are what people who use the tags have agreed on; a change
// there is a change of what the framework's databases mean. Those from R1000 on are held to what
// makes a rule of this pack: samples for and against, confidences worth shipping, ids of today's
// ATT&CK.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/file.h"
#include "decnet/rules/lint.h"
#include "tests/rule_pack.h"

namespace decnet::rules {
namespace {

using testing::ElementsAreArray;
using testing::IsEmpty;

// A rule's id, version, name and kinds; how it matches, with the parameters that matter to anyone
// but its author; its emits (tactic, technique, sub-technique, confidence); its evidence fields.
constexpr std::string_view kTable = R"(
HFP-0001 1 scanner_http_client: http_fingerprint
  match lifter:http_fingerprint_scanner_client
  emit TA0043 T1592 T1592.002 0.7
  evidence kind hash protocol client_ip seen_at raw

HFP-0002 1 http2_http3_probe: http_fingerprint
  match lifter:http_fingerprint_settings_probe
  emit TA0007 T1046 0.6
  evidence kind hash protocol client_ip seen_at raw

HFP-0003 1 quic_probe: http_fingerprint
  match lifter:http_fingerprint_quic_probe
  emit TA0007 T1046 0.6
  evidence kind hash protocol client_ip seen_at raw

R0001 1 generic_auth_brute: auth_attempt
  match lifter:credential_auth_brute_generic
    fail_threshold 5
    window_minutes 5
  emit TA0006 T1110 0.85
  evidence fail_count service

R0002 1 password_guessing: auth_attempt
  match lifter:credential_password_guessing
    pw_threshold 5
    window_minutes 5
  emit TA0006 T1110 T1110.001 0.85
  evidence username password_count

R0003 1 password_spraying: identity
  match lifter:identity_password_spraying
    account_threshold 3
  emit TA0006 T1110 T1110.003 0.9
  evidence shared_password_hash account_count

R0004 1 credential_stuffing: credential
  match lifter:credential_reuse
  emit TA0006 T1110 T1110.004 0.9
  evidence credential_hash reuse_count

R0005 1 valid_account_use: auth_attempt
  match lifter:credential_valid_account_use
    require_prior_brute true
  emit TA0001 T1078 0.7
  evidence username service

R0006 1 default_credentials: auth_attempt
  match lifter:credential_default_credentials
    pairs [["root","root"],["admin","admin"],["admin","password"],["root",""],["pi","raspberry"]]
  emit TA0001 T1078 T1078.001 0.9
  evidence username service

R0007 1 sqlmap_user_agent: http_request
  match a pattern in user_agent
  emit TA0001 T1190 0.9
  emit TA0043 T1595 T1595.002 0.9
  evidence user_agent raw_url

R0008 1 log4j_jndi: http_request
  match a pattern in raw_url user_agent headers request_normal
  emit TA0001 T1190 0.95
  evidence raw_url headers

R0009 1 path_traversal: http_request
  match a pattern in raw_url request_normal
  emit TA0001 T1190 0.85
  evidence raw_url

R0010 1 unix_shell_exec: command
  match a pattern in command_text
  emit TA0002 T1059 T1059.004 0.9
  evidence command_text

R0011 1 scripting_interpreter_exec: command
  match a pattern in command_text
  emit TA0002 T1059 0.7
  evidence command_text

R0012 1 ingress_tool_transfer: command
  match a pattern in command_text
  emit TA0011 T1105 0.85
  evidence command_text

R0013 1 etc_passwd_read: command
  match a pattern in command_text
  emit TA0007 T1083 0.85
  evidence command_text

R0014 1 etc_shadow_read: command
  match a pattern in command_text
  emit TA0006 T1003 T1003.008 0.95
  evidence command_text

R0015 1 suid_search: command
  match a pattern in command_text
  emit TA0007 T1083 0.85
  emit TA0004 T1548 T1548.001 0.95
  evidence command_text

R0016 1 recursive_find: command
  match a pattern in command_text
  emit TA0007 T1083 0.65
  evidence command_text

R0017 1 network_service_scan: command
  match a pattern in command_text
  emit TA0007 T1046 0.9
  emit TA0043 T1595 0.9
  evidence command_text

R0018 1 system_info_discovery: command
  match a pattern in command_text
  emit TA0007 T1082 0.7
  evidence command_text

R0019 1 user_discovery: command
  match a pattern in command_text
  emit TA0007 T1033 0.7
  evidence command_text

R0020 1 network_config_discovery: command
  match a pattern in command_text
  emit TA0007 T1016 0.75
  evidence command_text

R0021 1 network_connections_discovery: command
  match a pattern in command_text
  emit TA0007 T1049 0.75
  evidence command_text

R0022 1 ldap_account_discovery: command
  match a pattern in command_text
  emit TA0007 T1087 T1087.002 0.9
  emit TA0007 T1482 0.85
  evidence command_text

R0023 1 smb_share_discovery: command
  match a pattern in command_text
  emit TA0007 T1135 0.9
  evidence command_text

R0024 1 local_account_creation: command
  match a pattern in command_text
  emit TA0003 T1136 T1136.001 0.95
  evidence command_text

R0025 1 cron_persistence: command
  match a pattern in command_text
  emit TA0003 T1053 T1053.003 0.9
  evidence command_text

R0026 1 redis_ssh_key_persistence: command
  match a pattern in command_text
  emit TA0003 T1098 T1098.004 0.9
  evidence command_text

R0027 1 webshell_install: command
  match a pattern in command_text
  emit TA0003 T1505 T1505.003 0.9
  evidence command_text

R0028 1 clear_command_history: command
  match a pattern in command_text
  emit TA0005 T1070 T1070.003 0.9
  evidence command_text

R0029 1 sudo_abuse: command
  match a pattern in command_text
  emit TA0004 T1548 T1548.003 0.75
  evidence command_text

R0030 2 jarm_hassh_c2_fingerprint: session
  match lifter:c2_fingerprint
    catalogues ["jarm","hassh","hassh_server","ja3"]
  emit TA0011 T1071 0.85
  emit TA0011 T1071 T1071.001 0.9
  evidence jarm hassh hassh_server matched_framework

R0031 1 beaconing: session
  match lifter:behavioral_beaconing
    max_jitter_pct 0.15
    min_interval_s 10
  emit TA0011 T1071 0.8
  emit TA0011 T1029 0.85
  evidence beacon_interval_s beacon_jitter_pct

R0032 1 data_destruction: session
  match lifter:behavioral_data_destruction
    patterns 5 patterns
  emit TA0040 T1485 0.95
  evidence matched_op target

R0033 1 ransom_note_pattern: session email
  match lifter:behavioral_ransom_note
    require_btc_or_xmr true
    payment_keywords ["bitcoin","btc","monero","ransom","decrypt"]
  emit TA0040 T1486 0.9
  evidence btc_address matched_keywords

R0034 1 exfil_over_web: session
  match lifter:behavioral_exfil_over_web
    min_payload_bytes 1048576
    request_threshold 50
  emit TA0010 T1567 0.85
  evidence bytes_out request_count target_host

R0035 1 db_mass_read: session
  match lifter:behavioral_db_mass_read
    min_rows 10000
    min_bytes 5242880
  emit TA0009 T1213 0.85
  evidence service rows_read bytes_read

R0036 1 credentials_in_files: session http_request
  match lifter:behavioral_credentials_in_files
    paths 5 patterns
  emit TA0006 T1552 T1552.001 0.9
  evidence matched_path

R0037 1 k8s_service_account_token: session http_request
  match lifter:behavioral_k8s_sa_token
    paths 2 patterns
  emit TA0006 T1552 T1552.007 0.95
  evidence matched_path namespace

R0038 1 docker_host_escape: session
  match lifter:behavioral_docker_escape
    signals ["privileged:true","bind:/:/","bind:/etc","bind:/var/run/docker.sock"]
  emit TA0004 T1611 0.95
  evidence matched_signal container_image

R0039 1 llmnr_poisoning: session
  match lifter:behavioral_llmnr_poisoning
  emit TA0009 T1557 T1557.001 0.9
  evidence poisoned_query victim_host

R0040 1 tftp_router_config_retrieval: session
  match lifter:behavioral_tftp_router_config
    filename_patterns 4 patterns
  emit TA0009 T1602 T1602.002 0.9
  evidence tftp_filename source_host

R0041 1 open_relay_abuse: email
  match lifter:email_open_relay
    rcpt_threshold 10
    require_foreign_from true
  emit TA0040 T1496 0.85
  emit TA0042 T1586 T1586.002 0.85
  evidence rcpt_count from_domain mail_from_domain

R0042 1 mass_phishing_campaign: email
  match lifter:email_mass_phish
    rcpt_threshold 25
    body_simhash_window_h 24
  emit TA0001 T1566 0.85
  evidence rcpt_count body_simhash

R0043 1 phishing_kit_xmailer: email
  match lifter:email_xmailer_kit
    catalog "phishing_kits"
  emit TA0001 T1566 0.9
  emit TA0042 T1588 T1588.001 0.85
  evidence x_mailer matched_kit

R0044 1 idn_homoglyph_url: email
  match lifter:email_idn_url
    punycode_prefix "xn--"
  emit TA0005 T1036 T1036.005 0.9
  emit TA0001 T1566 T1566.002 0.9
  evidence matched_url decoded_idn

R0045 1 sender_masquerade: email
  match lifter:email_sender_masquerade
    signals ["from_returnpath_mismatch","from_mailfrom_mismatch","dkim_fail","spf_fail"]
  emit TA0005 T1036 0.85
  evidence from_domain return_path_domain mail_from_domain auth_results

R0046 1 malicious_attachment: email
  match lifter:email_malicious_attachment
    triggers ["office_macro","lnk","iso","img","protected_archive","html_smuggling","mal_hash_match"]
  emit TA0002 T1204 T1204.002 0.9
  emit TA0001 T1566 T1566.001 0.9
  evidence filename mime_type matched_trigger file_hash

R0047 1 bec_pattern: email
  match lifter:email_bec
    subject_keywords ["urgent","wire","invoice","payroll","gift card"]
    body_action_keywords ["send","transfer","update banking","confidential"]
  emit TA0001 T1566 T1566.003 0.85
  evidence subject matched_subject_kw matched_body_kw

R0048 1 encoded_payload_in_body: email
  match lifter:email_encoded_payload
    min_bytes 4096
    encoding "base64"
  emit TA0011 T1071 T1071.003 0.85
  emit TA0005 T1027 0.9
  evidence encoded_bytes decoded_preview

R0049 1 navigator_webdriver_flag: canary_fingerprint
  match lifter:canary_webdriver
    signal "navigator.webdriver_true"
  emit TA0002 T1059 0.85
  evidence navigator_webdriver ua_signature

R0050 1 automation_canvas_audio_hash: canary_fingerprint
  match lifter:canary_automation_hash
    catalogues ["puppeteer","playwright","selenium","curl_impersonate"]
  emit TA0002 T1059 0.85
  emit TA0042 T1588 T1588.002 0.85
  evidence canvas_hash audio_hash webgl_hash matched_tool

R0051 1 webrtc_ip_leak: canary_fingerprint
  match lifter:canary_webrtc_leak
    require_geo_mismatch true
  emit TA0011 T1090 0.85
  evidence webrtc_local_ip source_ip source_country leak_country

R0052 1 tz_lang_geo_mismatch: canary_fingerprint
  match lifter:canary_tz_lang_mismatch
  emit TA0011 T1090 0.7
  evidence browser_timezone browser_language source_country

R0053 1 platform_inconsistency: canary_fingerprint
  match lifter:canary_platform_inconsistency
  emit TA0005 T1036 0.8
  evidence navigator_platform user_agent webgl_renderer mismatch_pairs

R0054 2 abuseipdb_category: intel
  match lifter:intel_abuseipdb
    provider "abuseipdb"
  emit TA0006 T1110 0.7
  emit TA0001 T1190 0.7
  emit TA0001 T1566 0.7
  emit TA0007 T1046 0.7
  emit TA0001 T1078 0.6
  emit TA0011 T1090 0.6
  emit TA0040 T1496 0.6
  emit TA0043 T1595 0.7
  evidence abuseipdb_categories abuseipdb_score

R0055 2 greynoise_classification: intel
  match lifter:intel_greynoise
    provider "greynoise"
  emit TA0043 T1595 T1595.002 0.7
  emit TA0011 T1071 0.7
  emit TA0011 T1090 0.7
  emit TA0006 T1110 0.7
  emit TA0042 T1588 0.7
  evidence greynoise_classification greynoise_tags greynoise_name

R0056 1 feodo_tracker_hit: intel
  match lifter:intel_feodo
    provider "feodo"
  emit TA0011 T1071 T1071.001 0.85
  emit TA0042 T1588 T1588.001 0.85
  evidence feodo_listed feodo_malware_family first_seen_feodo

R0057 2 threatfox_threat_type: intel
  match lifter:intel_threatfox
    provider "threatfox"
  emit TA0011 T1071 0.8
  emit TA0042 T1588 T1588.001 0.8
  emit TA0011 T1105 0.75
  emit TA0009 T1056 0.7
  evidence threatfox_threat_types threatfox_ioc_types threatfox_malware_families

R0059 1 ipv6_link_local_leak: ipv6_leak
  match lifter:ipv6_link_local_leak
  emit TA0011 T1090 0.85
  evidence addr mac_oui iid_kind vector on_iface attacker_v4 observed_at
)";

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end != 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool is_patterns(std::string_view parameter) {
  return parameter == "patterns" || parameter == "paths" || parameter == "filename_patterns" ||
         parameter == "wording";
}

std::string join(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

void describe(const Definition& rule, std::vector<std::string>& lines) {
  lines.push_back(
      fmt::format("{} {} {}: {}", rule.id.text(), rule.version, rule.name, join(rule.applies_to)));
  if (rule.is_pattern_rule()) {
    auto fields = rule.more_fields;
    fields.insert(fields.begin(), rule.field);
    lines.push_back("  match a pattern in " + join(fields));
  } else {
    lines.push_back("  match " + rule.match_kind);
  }
  for (const auto& [key, value] : *rule.parameters.object()) {
    lines.push_back(is_patterns(key) ? fmt::format("    {} {} patterns", key, value.array()->size())
                                     : fmt::format("    {} {}", key, value.dump()));
  }
  for (const Emit& emit : rule.emits) {
    const auto sub = emit.sub_technique_id ? emit.sub_technique_id->text() + " " : "";
    lines.push_back(fmt::format("  emit {} {} {}{}", emit.tactic.text(), emit.technique_id.text(),
                                sub, emit.confidence));
  }
  lines.push_back("  evidence " + join(rule.evidence_fields));
}

bool is_pinned(const Definition& rule) { return rule.id.text() < "R1000"; }

TEST(ShippedPack, SaysWhatWasAgreed) {
  std::vector<std::string> lines;
  for (const auto& rule : test::shipped_pack().rules->rules()) {
    if (is_pinned(rule->definition)) describe(rule->definition, lines);
  }
  EXPECT_THAT(lines, ElementsAreArray(lines_of(kTable)));
}

TEST(ShippedPack, LoadsWithoutAProblem) {
  std::vector<std::string> problems;
  for (const Problem& problem : test::shipped_pack().problems) problems.push_back(problem.text());
  EXPECT_THAT(problems, IsEmpty());
}

TEST(ShippedPack, HasOneRuleAFileNamedAfterIt) {
  std::set<std::string> names;
  for (const auto& rule : test::shipped_pack().rules->rules()) {
    std::string name = rule->definition.id.text();  // a file's name has no dash
    std::replace(name.begin(), name.end(), '-', '_');
    EXPECT_EQ(rule->definition.path.filename(), name + ".yaml");
    EXPECT_FALSE(rule->definition.description.empty()) << rule->definition.id;
    EXPECT_TRUE(names.insert(rule->definition.name).second) << rule->definition.name;
  }
}

// One sample is an example; two each way begin to show where the behaviour begins and ends.
TEST(ShippedPack, ShowsTheEdgesOfEachRule) {
  for (const auto& rule : test::shipped_pack().rules->rules()) {
    if (is_pinned(rule->definition)) continue;
    EXPECT_GE(rule->definition.samples.fires.size(), 2) << rule->definition.id;
    EXPECT_GE(rule->definition.samples.silent.size(), 2) << rule->definition.id;
  }
}

// Below 0.6 a tag is right too seldom to be worth an analyst's look (rules/README.md).
TEST(ShippedPack, StatesConfidencesWorthShipping) {
  for (const auto& rule : test::shipped_pack().rules->rules()) {
    if (is_pinned(rule->definition)) continue;
    EXPECT_FALSE(rule->definition.emits.empty()) << rule->definition.id;
    for (const Emit& emit : rule->definition.emits) {
      EXPECT_GE(emit.confidence, 0.6) << rule->definition.id;
      EXPECT_LE(emit.confidence, 0.95) << rule->definition.id;
    }
  }
}

TEST(ShippedPack, HasNothingProbablyNotMeant) {
  std::vector<std::string> warnings;
  for (const auto& rule : test::shipped_pack().rules->rules()) {
    const auto yaml = read_file(rule->definition.path);
    ASSERT_TRUE(yaml) << rule->definition.id;
    for (const Problem& problem : lint(*yaml, rule->definition)) warnings.push_back(problem.text());
  }
  EXPECT_THAT(warnings, IsEmpty());
}

// The tactic is the matrix's. Among the pinned rules one deviates: its author saw another goal.
TEST(ShippedPack, FollowsTheMatrix) {
  for (const auto& rule : test::shipped_pack().rules->rules()) {
    if (is_pinned(rule->definition)) continue;
    for (const CompiledEmit& emit : rule->emits) {
      EXPECT_TRUE(emit.placement.tactic_listed) << rule->definition.id;
    }
  }
}

// Every id is one of today's.
TEST(ShippedPack, NamesTechniquesOfTheReleaseInUse) {
  for (const auto& rule : test::shipped_pack().rules->rules()) {
    for (const CompiledEmit& emit : rule->emits) {
      EXPECT_TRUE(emit.placement.known) << rule->definition.id;
      EXPECT_FALSE(emit.placement.succeeded) << rule->definition.id;
      EXPECT_TRUE(emit.placement.tactic_known) << rule->definition.id;
    }
  }
}

}  // namespace
}  // namespace decnet::rules
