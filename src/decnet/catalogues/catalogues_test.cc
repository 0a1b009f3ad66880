#include "decnet/catalogues/catalogues.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace decnet::catalogues {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

std::string text(const std::string* found) { return found == nullptr ? "-" : *found; }

class OperatorsDirectory : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::path(testing::TempDir()) /
                 ("decnet_catalogues_" + std::to_string(::getpid()));
    std::filesystem::create_directory(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  void write(std::string_view file, std::string_view bytes) const {
    std::ofstream(directory_ / file) << bytes;
  }
  std::filesystem::path directory_;
};

TEST(Catalogues, KnowWhatIsBuiltIn) {
  const auto known = Catalogues::built_in();
  EXPECT_EQ(text(known->framework("ja3", "6734f37431670b3ab4292b8f60f29984")), "trickbot");
  EXPECT_EQ(text(known->framework("ja3", "6734F37431670B3AB4292B8F60F29984")), "trickbot");
  EXPECT_EQ(text(known->framework("hassh", "6734f37431670b3ab4292b8f60f29984")), "-");
  EXPECT_EQ(text(known->framework("ja3", "")), "-");
  EXPECT_NE(known->http_client("GE11nn0000"), nullptr);
  EXPECT_NE(known->http_client("GE20nn0000"), nullptr);
  EXPECT_NE(known->http_client("GE30nn0000"), nullptr);
  EXPECT_EQ(known->http_client("GE11nn000"), nullptr);
  EXPECT_EQ(text(known->phishing_kit("leaf phpmailer 2.8 (example.org)")), "leafmailer");
  EXPECT_EQ(text(known->phishing_kit("PHPMailer 6.8.0")), "-");
  EXPECT_EQ(text(known->phishing_kit("")), "-");
}

TEST_F(OperatorsDirectory, AddsToThemAndReplaces) {
  write("c2_fingerprints.tsv",
        "# mine\n\njarm\tAB12\tours\r\nja3\t6734f37431670b3ab4292b8f60f29984\tother\n");
  write("browser_tools.tsv", "canvas\tC0FFEE\tpuppeteer\naudio\t5eed\tselenium\n");
  write("phishing_kits.tsv", "Leaf\tshort\nBulker\tbulker\n");
  const auto opened = Catalogues::open(directory_);
  ASSERT_TRUE(opened);
  EXPECT_THAT(opened->problems, IsEmpty());
  const Catalogues& known = *opened->catalogues;
  EXPECT_EQ(text(known.framework("jarm", "ab12")), "ours");
  EXPECT_EQ(text(known.framework("ja3", "6734f37431670b3ab4292b8f60f29984")), "other");
  EXPECT_EQ(text(known.framework("ja3", "4d7a28d6f2263ed61de88ca66eb011e3")), "emotet");
  EXPECT_EQ(text(known.browser_tool("canvas", "c0ffee")), "puppeteer");
  EXPECT_EQ(text(known.browser_tool("audio", "5EED")), "selenium");
  EXPECT_EQ(text(known.browser_tool("audio", "c0ffee")), "-");
  EXPECT_EQ(text(known.browser_tool("canvas", "")), "-");
  EXPECT_EQ(text(known.phishing_kit("BULKER 3")), "bulker");
  EXPECT_EQ(text(known.phishing_kit("Leaf PHPMailer")), "leafmailer");
  EXPECT_EQ(text(known.phishing_kit("Leaflet")), "short");
  EXPECT_NE(known.http_client("GE11nn0000"), nullptr);
}

TEST_F(OperatorsDirectory, ABadLineCostsItselfAndIsNamed) {
  write("c2_fingerprints.tsv", "jarm\tab\nmd5\tab\tx\njarm\txyz\tx\njarm\t\tx\njarm\tab\tgood\n");
  write("browser_tools.tsv", "jarm\tab\tx\ncanvas\txyz\tx\n");
  write("http_clients.tsv", "one field\nPO11nn0000\tx\tz\nPO11nn0000\tmine\n");
  const auto opened = Catalogues::open(directory_);
  ASSERT_TRUE(opened);
  const std::string a = (directory_ / "c2_fingerprints.tsv").string();
  const std::string b = (directory_ / "http_clients.tsv").string();
  const std::string c = (directory_ / "browser_tools.tsv").string();
  EXPECT_THAT(opened->problems,
              ElementsAre(a + ":1: expected 3 fields separated by tabs, found 2; left out",
                          a + ":2: unknown method; known are jarm, ja3, hassh and hassh_server; "
                              "left out",
                          a + ":3: the fingerprint is not hexadecimal; left out",
                          a + ":4: a field is empty, no UTF-8 or longer than 128 bytes; left out",
                          c + ":1: unknown part; known are canvas and audio; left out",
                          c + ":2: the fingerprint is not hexadecimal; left out",
                          b + ":1: expected 2 fields separated by tabs, found 1; left out",
                          b + ":2: expected 2 fields separated by tabs, found 3; left out"));
  EXPECT_EQ(text(opened->catalogues->framework("jarm", "ab")), "good");
  EXPECT_EQ(text(opened->catalogues->http_client("PO11nn0000")), "mine");
}

TEST_F(OperatorsDirectory, MayBeEmptyButMustBeThere) {
  EXPECT_TRUE(Catalogues::open(directory_));
  const auto missing = Catalogues::open(directory_ / "none");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, EndsWith("none: is no directory"));
}

}  // namespace
}  // namespace decnet::catalogues
