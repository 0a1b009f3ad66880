#include "decnet/rules/match_kinds.h"

#include <algorithm>
#include <array>

#include "decnet/rules/definition.h"

namespace decnet::rules {
namespace {

constexpr std::array<std::string_view, 41> kKinds = {
    "lifter:behavioral_beaconing",
    "lifter:behavioral_credentials_in_files",
    "lifter:behavioral_data_destruction",
    "lifter:behavioral_db_mass_read",
    "lifter:behavioral_docker_escape",
    "lifter:behavioral_exfil_over_web",
    "lifter:behavioral_k8s_sa_token",
    "lifter:behavioral_llmnr_poisoning",
    "lifter:behavioral_ransom_note",
    "lifter:behavioral_tftp_router_config",
    "lifter:c2_fingerprint",
    "lifter:canary_automation_hash",
    "lifter:canary_platform_inconsistency",
    "lifter:canary_tz_lang_mismatch",
    "lifter:canary_webdriver",
    "lifter:canary_webrtc_leak",
    "lifter:credential_auth_brute_generic",
    "lifter:credential_default_credentials",
    "lifter:credential_password_guessing",
    "lifter:credential_reuse",
    "lifter:credential_valid_account_use",
    "lifter:email_bec",
    "lifter:email_encoded_payload",
    "lifter:email_idn_url",
    "lifter:email_lure",
    "lifter:email_malicious_attachment",
    "lifter:email_mass_phish",
    "lifter:email_open_relay",
    "lifter:email_sender_masquerade",
    "lifter:email_xmailer_kit",
    "lifter:http_fingerprint_quic_probe",
    "lifter:http_fingerprint_scanner_client",
    "lifter:http_fingerprint_settings_probe",
    "lifter:identity_password_spraying",
    "lifter:intel_abuseipdb",
    "lifter:intel_aggregate_bump",
    "lifter:intel_feodo",
    "lifter:intel_greynoise",
    "lifter:intel_threatfox",
    "lifter:ipv6_link_local_leak",
    "sequence",
};
static_assert(std::is_sorted(kKinds.begin(), kKinds.end()));

constexpr std::array kBehavioral = {SourceKind::kSession, SourceKind::kEmail,
                                    SourceKind::kHttpRequest};
constexpr std::array kIntel = {SourceKind::kIntel};
constexpr std::array kCanaryFingerprint = {SourceKind::kCanaryFingerprint};
constexpr std::array kEmail = {SourceKind::kEmail};
constexpr std::array kIdentity = {SourceKind::kIdentity};
constexpr std::array kCredential = {SourceKind::kCredential, SourceKind::kAuthAttempt};
constexpr std::array kHttpFingerprint = {SourceKind::kHttpFingerprint};
constexpr std::array kIpv6Leak = {SourceKind::kIpv6Leak};
constexpr std::array kSequenceKinds = {SourceKind::kSession};
constexpr std::array kC2Fingerprint = {SourceKind::kSession};

}  // namespace

std::span<const SourceKind> judged_kinds(std::string_view owner) {
  if (owner == "behavioral") return kBehavioral;
  if (owner == "intel") return kIntel;
  if (owner == "canary_fingerprint") return kCanaryFingerprint;
  if (owner == "email") return kEmail;
  if (owner == "identity") return kIdentity;
  if (owner == "credential") return kCredential;
  if (owner == "http_fingerprint") return kHttpFingerprint;
  if (owner == "ipv6_leak") return kIpv6Leak;
  if (owner == kSequence) return kSequenceKinds;
  if (owner == "c2_fingerprint") return kC2Fingerprint;
  return {};
}

std::span<const std::string_view> match_kinds() { return kKinds; }

bool is_match_kind(std::string_view kind) {
  return std::binary_search(kKinds.begin(), kKinds.end(), kind);
}

std::string_view pattern_parameter(std::string_view kind) {
  if (kind == "lifter:behavioral_data_destruction") return "patterns";
  if (kind == "lifter:behavioral_credentials_in_files") return "paths";
  if (kind == "lifter:behavioral_k8s_sa_token") return "paths";
  if (kind == "lifter:behavioral_tftp_router_config") return "filename_patterns";
  if (kind == "lifter:email_lure") return "wording";
  return {};
}

}  // namespace decnet::rules
