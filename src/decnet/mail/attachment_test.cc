#include "decnet/mail/attachment.h"

#include <gtest/gtest.h>

#include <string>

namespace decnet::mail {
namespace {

using namespace std::string_literals;

const std::string kOle = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"s;

std::string utf16(std::string_view text) {
  std::string wide;
  for (const char c : text) wide += {c, '\0'};
  return wide;
}

TEST(Attachment, CarriesMacros) {
  EXPECT_TRUE(has_macros(kOle + "xx" + utf16("_VBA_PROJECT")));
  EXPECT_TRUE(has_macros("PK\x03\x04....word/vbaProject.bin...."));
  EXPECT_FALSE(has_macros("PK\x03\x04....word/document.xml...."));
  EXPECT_FALSE(has_macros(kOle + utf16("WordDocument")));
  EXPECT_FALSE(has_macros("a text about vbaProject.bin"));
  EXPECT_FALSE(has_macros(""));
}

TEST(Attachment, NeedsAPassword) {
  EXPECT_TRUE(needs_password("PK\x03\x04\x14\x00\x01\x00"s));
  EXPECT_FALSE(needs_password("PK\x03\x04\x14\x00\x08\x00"s));
  EXPECT_TRUE(needs_password("7z\xBC\xAF\x27\x1C"s + "....\x06\xF1\x07\x01"));
  EXPECT_FALSE(needs_password("7z\xBC\xAF\x27\x1C...."s));
  EXPECT_TRUE(needs_password("Rar!\x1A\x07\x00"s + "cc\x73\x80\x00\x0D\x00"s));
  EXPECT_FALSE(needs_password("Rar!\x1A\x07\x00"s + "cc\x73\x00\x00\x0D\x00"s));
  EXPECT_TRUE(needs_password("Rar!\x1A\x07\x01\x00"s + "cccc\x21\x04"s));
  EXPECT_FALSE(needs_password("Rar!\x1A\x07\x01\x00"s + "cccc\x21\x01"s));
  EXPECT_TRUE(needs_password("%PDF-1.7 ... /Encrypt 5 0 R"));
  EXPECT_FALSE(needs_password("%PDF-1.7 ..."));
  EXPECT_TRUE(needs_password(kOle + utf16("EncryptedPackage")));
  EXPECT_FALSE(needs_password(""));
  EXPECT_FALSE(needs_password("Rar!\x1A\x07\x00"s));
}

TEST(Attachment, SmugglesAFile) {
  EXPECT_TRUE(
      smuggles_file("<script>var b=new Blob([atob(x)]);"
                    "a.href=URL.createObjectURL(b)</script>"));
  EXPECT_FALSE(smuggles_file("<script>var b=atob(x)</script>"));
  EXPECT_FALSE(smuggles_file("<p>createObjectURL atob(</p>"));
  EXPECT_FALSE(smuggles_file(""));
}

}  // namespace
}  // namespace decnet::mail
