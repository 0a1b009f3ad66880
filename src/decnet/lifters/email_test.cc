#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/lifters/lifting_test.h"

namespace decnet::lifters {
namespace {

using test::Decision;
using test::kSilent;

std::string mail_rule(std::string_view match) {
  return test::rule("R1", "[email]", fmt::format("{{kind: 'lifter:email_{}}}", match),
                    "[subject, body_text, x_mailer]");
}

// The evidence of a mail of which nothing is known, with those headers and extras.
std::string kept(std::string_view headers, std::string_view extras = "",
                 std::string_view recipients = "0") {
  return fmt::format(
      R"({{"body_sha256":"","matched_headers":[{}],"rcpt_domain_set":[],"attachment_sha256s":[],"rcpt_count":{}{}}})",
      headers, recipients, extras);
}

class Mail : public testing::TestWithParam<Decision> {};
TEST_P(Mail, FollowsTheTable) { test::expect_decision("email", "email", GetParam()); }

const std::string kRelay = mail_rule("open_relay', rcpt_threshold: 10, require_foreign_from: true");
const std::string kRelayAny = mail_rule("open_relay'");
const std::string kMass = mail_rule("mass_phish', rcpt_threshold: 25");

INSTANTIATE_TEST_SUITE_P(
    Recipients, Mail,
    testing::ValuesIn(std::vector<Decision>{
        {"RelayEqual", kRelay,
         R"({"rcpt_count":10,"from_domain":"a.example","mail_from_domain":"b.example"})",
         kept(R"("From","Mail-From")", "", "10")},
        {"RelayBelow", kRelay,
         R"({"rcpt_count":9,"from_domain":"a.example","mail_from_domain":"b.example"})", kSilent},
        {"RelaySameDomain", kRelay,
         R"({"rcpt_count":50,"from_domain":" A.example","mail_from_domain":"a.example "})",
         kSilent},
        {"RelayAddresses", kRelay,
         R"({"rcpt_count":50,"from":"x@a.example","mail_from":"x@b.example"})",
         kept(R"("From","Mail-From")", "", "50")},
        {"RelayUnknownDomain", kRelay, R"({"rcpt_count":50,"from_domain":"a.example"})", kSilent},
        {"RelayDefaultTen", kRelayAny, R"({"rcpt_count":10})",
         kept(R"("From","Mail-From")", "", "10")},
        {"RelayDefaultNotNine", kRelayAny, R"({"rcpt_count":9})", kSilent},
        {"RelayCountIsNoInteger", kRelayAny, R"({"rcpt_count":50.0})", kSilent},
        {"RelayCountIsTrue", mail_rule("open_relay', rcpt_threshold: 0"), R"({"rcpt_count":true})",
         kSilent},
        {"RelayNullThreshold", mail_rule("open_relay', rcpt_threshold: null"),
         R"({"rcpt_count":50})", kSilent},
        {"MassEqual", kMass, R"({"rcpt_count":25,"body_simhash":"0f"})", kept("", "", "25")},
        {"MassBelow", kMass, R"({"rcpt_count":24,"body_simhash":"0f"})", kSilent},
        {"MassNumber", kMass, R"({"rcpt_count":25,"body_simhash":7})", kept("", "", "25")},
        {"MassOfNoText", kMass, R"({"rcpt_count":25,"body_simhash":""})", kSilent},
        {"MassUnknown", kMass, R"({"rcpt_count":25})", kSilent},
        {"MassDefault", mail_rule("mass_phish'"), R"({"rcpt_count":24,"body_simhash":"0f"})",
         kSilent},
    }),
    test::name_of);

const std::string kKit = mail_rule("xmailer_kit', catalog: phishing_kits");
const std::string kKitTold = mail_rule("xmailer_kit'");
const std::string kIdn = mail_rule("idn_url', punycode_prefix: xn--");

std::string host(std::string_view name) {
  return kept(R"("body")", fmt::format(R"(,"matched_url_host":"{}")", name));
}

INSTANTIATE_TEST_SUITE_P(
    Words, Mail,
    testing::ValuesIn(std::vector<Decision>{
        {"KitTold", kKitTold, R"({"x_mailer":"M 1","matched_kit":"m"})",
         kept(R"("X-Mailer")", R"(,"matched_kit":"m")")},
        {"KitFlag", kKitTold, R"({"x_mailer":"M 1","xmailer_kit_match":true})",
         kept(R"("X-Mailer")")},
        {"KitFlagIsText", kKitTold, R"({"x_mailer":"M 1","xmailer_kit_match":"true"})", kSilent},
        {"KitInTheCatalogue", kKit, R"({"x_mailer":"LEAF PHPMAILER 2.8 for x@y.example"})",
         kept(R"("X-Mailer")", R"(,"matched_kit":"leafmailer")")},
        {"CatalogueNotAsked", kKitTold, R"({"x_mailer":"Leaf PHPMailer"})", kSilent},
        {"NoMailer", kKit, R"({"x_mailer":"","matched_kit":"m","xmailer_kit_match":true})",
         kSilent},
        {"Idn", kIdn, R"({"urls":["https://a.example/","http://Bob:pw@XN--b.example:81/p?q"]})",
         host("xn--b.example:81")},
        {"IdnWithoutAScheme", kIdn, R"({"urls":["xn--b.example"]})", host("")},
        {"IdnHostEndsAtAQuery", kIdn, R"({"urls":["https://xn--b.example?to=bob@corp.example"]})",
         host("xn--b.example")},
        {"IdnPrefixOfAWrongType", mail_rule("idn_url', punycode_prefix: 5"),
         R"({"urls":["http://xn--b.example"]})", host("xn--b.example")},
        {"IdnNone", kIdn, R"({"urls":["https://a.example/", 5]})", kSilent},
        {"IdnIsText", kIdn, R"({"urls":"http://xn--b.example"})", kSilent},
    }),
    test::name_of);

const std::string kMasquerade = mail_rule(
    "sender_masquerade', signals: [spf_fail, dkim_fail, from_mailfrom_mismatch, "
    "from_returnpath_mismatch, other, 5]");
const std::string kDkimAlone = mail_rule("sender_masquerade', signals: [dkim_fail]");

INSTANTIATE_TEST_SUITE_P(
    Masquerade, Mail,
    testing::ValuesIn(std::vector<Decision>{
        {"AllInTheirOrder", kMasquerade,
         R"({"from_domain":"a.example","return_path_domain":"b.example","mail_from_domain":"c.example","dkim_signed":false,"spf_pass":false})",
         kept(
             R"("Authentication-Results","DKIM-Signature","From","Return-Path")",
             R"(,"matched_signals":["from_returnpath_mismatch","from_mailfrom_mismatch","dkim_fail","spf_fail"])")},
        {"SameDomains", kMasquerade,
         R"({"from_domain":"a.example","return_path_domain":"A.EXAMPLE"})", kSilent},
        {"NotCheckedIsNotFailed", kMasquerade, R"({"dkim_signed":null,"spf_pass":null})", kSilent},
        {"ZeroIsNotFalse", kMasquerade, R"({"dkim_signed":0,"spf_pass":""})", kSilent},
        {"Passed", kMasquerade, R"({"dkim_signed":true,"spf_pass":true})", kSilent},
        {"OnlyWhatIsListed", kDkimAlone, R"({"dkim_signed":true,"spf_pass":false})", kSilent},
        {"Dkim", kDkimAlone, R"({"dkim_signed":false,"spf_pass":false})",
         kept(R"("DKIM-Signature")", R"(,"matched_signals":["dkim_fail"])")},
        {"NoList", mail_rule("sender_masquerade'"), R"({"dkim_signed":false})", kSilent},
    }),
    test::name_of);

const std::string kTriggers = mail_rule(
    "malicious_attachment', triggers: [img, iso, lnk, mal_hash_match, html_smuggling, "
    "protected_archive, office_macro]");

std::string trigger(std::string_view name) {
  return kept("", fmt::format(R"(,"matched_trigger":"{}")", name));
}

INSTANTIATE_TEST_SUITE_P(
    Attachment, Mail,
    testing::ValuesIn(std::vector<Decision>{
        {"MacroFirst", kTriggers,
         R"({"attachment_extensions":["lnk"],"mal_hash_match":true,"html_smuggling":true,"attachment_password_protected":true,"attachment_macros":true})",
         trigger("office_macro")},
        {"ThenArchive", kTriggers,
         R"({"mal_hash_match":true,"html_smuggling":true,"attachment_password_protected":true})",
         trigger("protected_archive")},
        {"ThenSmuggling", kTriggers, R"({"mal_hash_match":true,"html_smuggling":true})",
         trigger("html_smuggling")},
        {"ThenHash", kTriggers, R"({"mal_hash_match":true,"attachment_extensions":["lnk"]})",
         trigger("mal_hash_match")},
        {"ThenLnk", kTriggers, R"({"attachment_extensions":["img","iso",".LNK"]})", trigger("lnk")},
        {"ThenIso", kTriggers, R"({"attachment_extensions":["img",".iso"]})", trigger("iso")},
        {"ThenImg", kTriggers, R"({"attachment_extensions":[5,"IMG"]})", trigger("img")},
        {"NotLnkx", kTriggers, R"({"attachment_extensions":["lnkx","..lnk"]})", kSilent},
        {"OneIsNotTrue", kTriggers, R"({"attachment_macros":1})", kSilent},
        {"NotListed", mail_rule("malicious_attachment', triggers: [iso]"),
         R"({"attachment_macros":true,"attachment_extensions":["lnk"]})", kSilent},
    }),
    test::name_of);

const std::string kBec =
    mail_rule("bec', subject_keywords: [wire, Invoice], body_action_keywords: [send, transfer]");
const std::string kEncoded = mail_rule("encoded_payload', min_bytes: 30");

std::string encoded(std::size_t characters, std::string_view end) {
  return Json::object({{"body_text", "see " + std::string(characters, 'A') + std::string(end)}})
      .dump();
}
std::string encoded_kept(std::string_view body_sha256, int bytes) {
  return fmt::format(
      R"({{"body_sha256":"{}","matched_headers":[],"rcpt_domain_set":[],"attachment_sha256s":[],"rcpt_count":0,"encoded_byte_count":{}}})",
      body_sha256, bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Text, Mail,
    testing::ValuesIn(std::vector<Decision>{
        {"BecFirstWordsOfTheRule", kBec,
         R"({"subject":"INVOICE for the wire","body_text":"TRANSFER it, then send","body_sha256":"ab"})",
         R"({"body_sha256":"ab","matched_headers":["Subject"],"rcpt_domain_set":[],"attachment_sha256s":[],"rcpt_count":0,"matched_subject_kw":"wire","matched_body_kw":"send"})"},
        {"BecSubjectAlone", kBec, R"({"subject":"wire","body_text":"hello"})", kSilent},
        {"BecBodyAlone", kBec, R"({"subject":"hello","body_text":"send"})", kSilent},
        {"BecNoBody", kBec, R"({"subject":"wire"})", kSilent},
        {"BecBodyIsANumber", kBec, R"({"subject":"wire","body_text":5})", kSilent},
        {"EncodedTold", kEncoded, R"({"body_base64_bytes":30})",
         kept("", R"(,"encoded_byte_count":30)")},
        {"EncodedToldBelow", kEncoded, R"({"body_base64_bytes":29})", kSilent},
        {"EncodedToldAsFraction", kEncoded, R"({"body_base64_bytes":50.0})", kSilent},
        {"EncodedFound", kEncoded, encoded(40, ""),
         encoded_kept("5a3f6421920d52712a2fa3ed2a0a3ae0aa649bffb8061940c4f0ae6f00cd64f1", 30)},
        {"EncodedFoundBelow", kEncoded, encoded(39, "="), kSilent},
        {"EncodedFoundNotStrictly", kEncoded, encoded(41, ""), kSilent},
        {"EncodedTooShort", mail_rule("encoded_payload', min_bytes: 1"), encoded(28, ""), kSilent},
        {"EncodedDefault", mail_rule("encoded_payload'"), R"({"body_base64_bytes":4095})", kSilent},
        {"EncodedDefaultEqual", mail_rule("encoded_payload'"), R"({"body_base64_bytes":4096})",
         kept("", R"(,"encoded_byte_count":4096)")},
    }),
    test::name_of);

TEST(MailEvidence, IsDigestsCountsAndDomains) {
  test::expect_decision(
      "email", "email",
      {"", kDkimAlone,
       R"({"dkim_signed":false,"body_text":"hello","rcpt_count":4,
           "rcpt_domains":["B.example","a.example","bob@A.example ","not a domain",5,""],
           "attachment_sha256s":["ab12","bob@corp.example",5,"cd"],"subject":"s","from":"x@y.example"})",
       R"({"body_sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","matched_headers":["DKIM-Signature"],"rcpt_domain_set":["a.example","b.example"],"attachment_sha256s":["ab12","cd"],"rcpt_count":4,"matched_signals":["dkim_fail"]})"});
}

// ---- lures ----

std::string lure_rule(std::string_view more) {
  return mail_rule(
      "lure', signals: [reply_to_differs, sender_claims_brand, links_lead_elsewhere, "
      "pictographs, link_to_shared_host], wording: ['(?i)hurry', prize]" +
      std::string(more));
}
std::string lure_kept(std::string_view signals) {
  return kept(R"("From","Subject","body")", fmt::format(R"(,"matched_signals":[{}])", signals));
}

const std::string kLure = lure_rule(", min_signals: 3");
const std::string kTwoOfSender = lure_rule(", min_signals: 3, min_sender_signals: 2");

INSTANTIATE_TEST_SUITE_P(
    Lure, Mail,
    testing::ValuesIn(std::vector<Decision>{
        {"Three", kLure,
         R"({"from_domain":"a.example","reply_to_domain":"b.example","subject":"Hurry","visible_text":"a prize"})",
         lure_kept(R"("reply_to_differs","wording[0]","wording[1]")")},
        {"Two", kLure,
         R"({"from_domain":"a.example","reply_to_domain":"b.example","subject":"Hurry","visible_text":""})",
         kSilent},
        {"NoneOfTheSender", kLure,
         R"({"from_domain":"a.example","subject":"Hurry","visible_text":"a prize","urls":["http://b.example"]})",
         kSilent},
        {"OneOfTheSenderIsTooFew", kTwoOfSender,
         R"({"from_domain":"a.example","reply_to_domain":"b.example","subject":"Hurry","visible_text":"a prize"})",
         kSilent},
        {"TwoOfTheSender", kTwoOfSender,
         R"({"from_domain":"a.example","from_name":"PayPal","reply_to_domain":"b.example","visible_text":"hurry"})",
         lure_kept(R"("reply_to_differs","sender_claims_brand","wording[0]")")},
        {"MessageNotRead", kLure,
         R"({"from_domain":"a.example","reply_to_domain":"b.example","subject":"Hurry, a prize"})",
         kSilent},
        {"WithLinkMissing", lure_rule(", min_signals: 1, with_link: true"),
         R"({"from_domain":"a.example","reply_to_domain":"b.example","visible_text":"x"})",
         kSilent},
        {"WithLink", lure_rule(", min_signals: 2, with_link: true"),
         R"({"from_domain":"a.example","reply_to_domain":"b.example","visible_text":"x","urls":["http://c.example/"]})",
         lure_kept(R"("reply_to_differs","links_lead_elsewhere")")},
        {"WithoutLink", lure_rule(", min_signals: 1, with_link: false"),
         R"({"from_domain":"a.example","reply_to_domain":"b.example","visible_text":"x","urls":["http://c.example/"]})",
         kSilent},
        {"ThresholdOfAWrongType", lure_rule(", min_signals: '1'"),
         R"({"from_domain":"a.example","reply_to_domain":"b.example","visible_text":"hurry"})",
         kSilent},
    }),
    test::name_of);

}  // namespace
}  // namespace decnet::lifters
