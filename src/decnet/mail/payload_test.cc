#include "decnet/mail/payload.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace decnet::mail {
namespace {

Json payload_of(std::string_view message, std::string_view told = "{}") {
  Json payload = Json::parse(told).value();
  EXPECT_TRUE(add_message(payload, message));
  return payload;
}

std::string value(const Json& payload, std::string_view key) {
  const Json* found = payload.find(key);
  return found == nullptr ? "absent" : found->dump();
}

constexpr std::string_view kMail =
    "Authentication-Results: mx; spf=fail smtp.mailfrom=x@envelope.example; dkim=none\n"
    "Return-Path: <x@return.example>\nFrom: PayPal <xT4bq@from.example>\n"
    "To: a@Rcpt.example, jane.doe@rcpt.example\nSubject: For jane.doe\nX-Mailer: M\n"
    "Content-Type: multipart/mixed; boundary=A\n\n--A\nContent-Type: text/html\n\n"
    "<a href=\"https://a.example/x\">https://b.example</a> Hello <img src=x>\n--A\n"
    "Content-Type: application/x; name=\"Invoice.DOCM\"\n\nPK\x03\x04 vbaProject.bin\n--A--\n";

TEST(MailPayload, HasWhatDetectionReads) {
  const Json payload = payload_of(kMail);
  const std::pair<std::string_view, std::string_view> expected[] = {
      {"subject", R"("For jane.doe")"},
      {"from_domain", R"("from.example")"},
      {"mail_from_domain", R"("envelope.example")"},
      {"return_path_domain", R"("return.example")"},
      {"x_mailer", R"("M")"},
      {"rcpt_count", "2"},
      {"rcpt_domains", R"(["rcpt.example"])"},
      {"dkim_signed", "null"},
      {"spf_pass", "false"},
      {"dmarc_pass", "null"},
      {"sender_checked", "true"},
      {"urls", R"(["https://a.example/x"])"},
      {"links", R"([{"url":"https://a.example/x","text":"https://b.example"}])"},
      {"visible_text", R"("https://b.example Hello")"},
      {"has_picture", "true"},
      {"asks_for_input", "false"},
      {"body_base64_bytes", "0"},
      {"attachment_count", "1"},
      {"attachment_extensions", R"([".docm"])"},
      {"attachment_macros", "true"},
      {"attachment_password_protected", "false"},
      {"html_smuggling", "false"},
      {"mal_hash_match", "absent"},
      {"from_name", R"("PayPal")"},
      {"from_is_random", "true"},
      {"reply_to_domain", "null"},
      {"subject_names_recipient", "true"},
  };
  for (const auto& [key, text] : expected) EXPECT_EQ(value(payload, key), text) << key;
  EXPECT_EQ(payload.find("body_simhash")->string()->size(), 16U);
  EXPECT_EQ(payload.find("body_sha256")->string()->size(), 64U);
  EXPECT_EQ(payload.find("attachment_sha256s")->array()->size(), 1U);
}

TEST(MailPayload, WhatIsSaidAlreadyStays) {
  const Json payload = payload_of(kMail, R"({"rcpt_count":40,"subject":"told","urls":[]})");
  EXPECT_EQ(value(payload, "rcpt_count"), "40");
  EXPECT_EQ(value(payload, "subject"), R"("told")");
  EXPECT_EQ(value(payload, "urls"), "[]");
}

// A producer says false also when nobody looked.
TEST(MailPayload, AbsenceOfACheckIsNoFailure) {
  constexpr std::string_view kTold = R"({"dkim_signed":false,"spf_pass":false})";
  const Json unchecked = payload_of("From: a@b.example\n\nx\n", kTold);
  EXPECT_EQ(value(unchecked, "dkim_signed"), "null");
  EXPECT_EQ(value(unchecked, "spf_pass"), "null");
  EXPECT_EQ(value(unchecked, "sender_checked"), "false");
  const Json failed = payload_of(kMail, kTold);
  EXPECT_EQ(value(failed, "dkim_signed"), "null");
  EXPECT_EQ(value(failed, "spf_pass"), "false");
  const Json passed = payload_of("From: a@b.example\n\nx\n", R"({"dkim_signed":true})");
  EXPECT_EQ(value(passed, "dkim_signed"), "true");
}

TEST(MailPayload, BodyIsPlainTextBeforeHtml) {
  EXPECT_EQ(value(payload_of("Content-Type: text/html\n\n<b>x</b>"), "body_text"), R"("<b>x</b>")");
  EXPECT_EQ(value(payload_of("Content-Type: image/png\n\nx"), "body_text"), "absent");
  EXPECT_EQ(value(payload_of("Content-Type: image/png\n\nx"), "body_simhash"), R"("")");
  EXPECT_EQ(value(payload_of("\n\nhttps://a.example/p). HTTP://b.example x://c"), "urls"),
            R"(["https://a.example/p","HTTP://b.example"])");
}

TEST(MailPayload, TextsAlikeHaveDigestsAlike) {
  const auto digest = [](std::string_view text) {
    const Json payload = payload_of("\n\n" + std::string(text));
    return std::stoull(*payload.find("body_simhash")->string(), nullptr, 16);
  };
  const std::string text =
      "dear customer your parcel is waiting at our office please pay the fee of two euros";
  const auto distance = [&](std::string_view other) {
    return __builtin_popcountll(digest(text) ^ digest(other));
  };
  EXPECT_EQ(distance(text), 0);
  EXPECT_LT(distance(text + " today"), 16);
  EXPECT_GT(distance("an entirely other message about gardens flowers and the weather in spring"),
            16);
}

TEST(MailPayload, TellsMachinesFromNames) {
  const auto random = [](std::string_view mailbox) {
    return value(payload_of(fmt::format("From: {}@b.example\n\nx\n", mailbox)), "from_is_random");
  };
  for (const auto* name : {"xT4bq", "NAcchXX", "aUZryv", "6zv4c", "rd4np5k"}) {
    EXPECT_EQ(random(name), "true") << name;
  }
  for (const auto* name :
       {"bob", "bob77", "JaneDoe7", "jane.doe", "NoReply", "info", "BOB", "area51", "newsletter"}) {
    EXPECT_EQ(random(name), "false") << name;
  }
}

TEST(MailPayload, StaysAsItIsWhenTheMessageIsRefused) {
  Json payload = Json::object({{"subject", "s"}});
  EXPECT_FALSE(add_message(payload, std::string((std::size_t{10} << 20) + 1, 'x')));
  EXPECT_EQ(payload.dump(), R"({"subject":"s"})");
}

}  // namespace
}  // namespace decnet::mail
