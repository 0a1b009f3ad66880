#include "decnet/mail/base64_run.h"

#include <gtest/gtest.h>

#include <string>

namespace decnet::mail {
namespace {

std::string a(std::size_t count) { return std::string(count, 'A'); }

TEST(Base64Run, CountsWhatItEncodes) {
  EXPECT_EQ(base64_bytes(a(32), 0), 24U);
  EXPECT_EQ(base64_bytes("text: " + a(38) + "==.", 0), 28U);
  EXPECT_EQ(base64_bytes(a(39) + "=", 29), 29U);
  EXPECT_EQ(base64_bytes(a(39) + "=", 30), std::nullopt);
}

TEST(Base64Run, IsStrict) {
  EXPECT_EQ(base64_bytes(a(33), 0), std::nullopt);
  EXPECT_EQ(base64_bytes(a(37) + "===", 0), std::nullopt);
  EXPECT_EQ(base64_bytes(a(28), 0), std::nullopt);
  EXPECT_EQ(base64_bytes(a(20) + " " + a(20), 0), std::nullopt);
  EXPECT_EQ(base64_bytes("", 0), std::nullopt);
}

TEST(Base64Run, TheFirstThatIsLongEnough) {
  EXPECT_EQ(base64_bytes(a(32) + " " + a(48) + " " + a(64), 30), 36U);
  EXPECT_EQ(largest_base64_run(a(32) + " " + a(64) + " " + a(48)), 48U);
  EXPECT_EQ(largest_base64_run("no base64"), 0U);
}

TEST(Base64Run, GoesOnAcrossWrappedLines) {
  EXPECT_EQ(base64_bytes(a(76) + "\r\n" + a(76) + "\n" + a(8), 0), 120U);
  EXPECT_EQ(base64_bytes(a(40) + "\n" + a(40), 0), 30U);  // short lines are lines of text
}

}  // namespace
}  // namespace decnet::mail
