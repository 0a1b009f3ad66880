#include "decnet/mail/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

namespace decnet::mail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Message, HasItsHeaders) {
  const auto message = read_message(
      "Return-Path: <bounce@Bulk.example>\r\nFrom: \"Bob, B.\" <bob@Corp.example.>\r\n"
      "Reply-To: x@answers.example\r\nTo: a@One.example, \"B\" <b@two.example>\r\n"
      "Cc: c@one.example\r\nX-Mailer: M 1\r\nSubject: "
      "=?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nhello\r\n");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->from_name, "Bob, B.");
  EXPECT_EQ(message->from_mailbox, "bob");
  EXPECT_EQ(message->from_domain, "corp.example");
  EXPECT_EQ(message->reply_to_domain, "answers.example");
  EXPECT_EQ(message->return_path_domain, "bulk.example");
  EXPECT_EQ(message->x_mailer, "M 1");
  EXPECT_EQ(message->subject,
            "Gr\xC3\xBC\xC3\x9F"
            "e");
  EXPECT_THAT(message->recipients, ElementsAre("a@one.example", "b@two.example", "c@one.example"));
  EXPECT_THAT(message->plain.value_or(""), HasSubstr("hello"));
  EXPECT_FALSE(message->html);
}

TEST(Message, SendersWriteWhatNoGrammarTakes) {
  const auto domain = [](std::string_view from) {
    return read_message(fmt::format("From: {}\n\nx\n", from))->from_domain;
  };
  EXPECT_EQ(domain("\"A Team\"<\"noreply@a.example\">"), "a.example");
  EXPECT_EQ(domain("bob@a.example <eve@b.example>"), "b.example");
  EXPECT_EQ(domain("nobody"), "");
  EXPECT_EQ(domain("x@"), "");
  EXPECT_EQ(read_message("\n\nx\n")->from_domain, "");
}

TEST(Message, TakesTheFirstTextOfEachKindWhereverItIs) {
  const auto message = read_message(
      "Content-Type: multipart/mixed; boundary=A\n\n--A\n"
      "Content-Type: multipart/alternative; boundary=B\n\n--B\n"
      "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<p>=41</p>\n--B\n"
      "Content-Type: text/plain; charset=iso-8859-1\n\nfr\xFChling\n--B--\n--A\n"
      "Content-Type: text/plain\n\nsecond\n--A\n"
      "Content-Type: text/plain\nContent-Disposition: attachment; filename=\"x.txt\"\n\nfile\n"
      "--A\nContent-Type: application/zip; name=y.zip\nContent-Transfer-Encoding: base64\n\n"
      "UEsDBA==\n--A--\n");
  ASSERT_TRUE(message);
  EXPECT_THAT(message->html.value_or(""), HasSubstr("<p>A</p>"));
  EXPECT_THAT(message->plain.value_or(""), HasSubstr("fr\xC3\xBChling"));
  ASSERT_EQ(message->attachments.size(), 2U);
  EXPECT_EQ(message->attachments[0].name, "x.txt");
  EXPECT_EQ(message->attachments[1].name, "y.zip");
  EXPECT_EQ(message->attachments[1].content, "PK\x03\x04");
}

TEST(Message, AForwardedMessageIsPartOfIt) {
  const auto message = read_message(
      "Content-Type: multipart/mixed; boundary=A\n\n--A\nContent-Type: message/rfc822\n\n"
      "Subject: inner\nContent-Type: text/plain\n\nwithin\n--A--\n");
  EXPECT_THAT(message->plain.value_or(""), HasSubstr("within"));
  EXPECT_EQ(message->subject, "");
}

TEST(Message, AnyBytesAreSomeMessage) {
  for (const std::string_view bytes :
       {std::string_view(""), std::string_view("\0\0\0", 3), std::string_view("From x\n"),
        std::string_view(":\n:\n\n"), std::string_view("Content-Type: multipart/mixed\n\n--\n"),
        std::string_view(
            "Subject: =?x?b?////?=\nContent-Type: text/plain; charset=none\n\n\xFF")}) {
    EXPECT_TRUE(read_message(bytes));
  }
}

TEST(Message, IsBounded) {
  EXPECT_FALSE(read_message(std::string(kMaxMessageBytes + 1, 'x')));
  std::string split;
  for (int i = 0; i < 101; ++i) split += "Content-Type: multipart/mixed; boundary=a\n\n--a\n";
  EXPECT_FALSE(read_message(split));
  // Deeper than anybody reads: no text is found, and nothing else happens.
  std::string nested = "MIME-Version: 1.0\n";
  for (int i = 0; i < 60; ++i) {
    nested += fmt::format("Content-Type: multipart/mixed; boundary=b{}\n\n--b{}\n", i, i);
  }
  const auto message = read_message(nested + "Content-Type: text/plain\n\ndeep\n");
  ASSERT_TRUE(message);
  EXPECT_FALSE(message->plain);
  std::string parts = "Content-Type: multipart/mixed; boundary=a\n\n";
  for (int i = 0; i < 3000; ++i) parts += "--a\nContent-Disposition: attachment\n\nx\n";
  EXPECT_LE(read_message(parts)->attachments.size(), kMaxParts);
}

}  // namespace
}  // namespace decnet::mail
