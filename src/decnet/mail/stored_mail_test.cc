#include "decnet/mail/stored_mail.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace decnet::mail {
namespace {

const std::string kName = "2026-03-04T10:06:00Z_0a1b2c3d4e5f_4Zk2QpT1Xz.eml";

class Artifacts : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::path(testing::TempDir()) /
            ("decnet_artifacts_" + std::to_string(::getpid()));
    std::filesystem::create_directories(root_ / "root" / "mail-1" / "smtp");
    write(root_ / "root" / "mail-1" / "smtp" / kName);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  static void write(const std::filesystem::path& path) {
    std::ofstream(path) << "Subject: kept\n\nthe body\n";
  }
  [[nodiscard]] bool is_there(const Json& decoy, const Json& file) const {
    return stored_path(root_ / "root", Json::object({{"decky_id", decoy}, {"stored_as", file}}))
        .has_value();
  }
  std::filesystem::path root_;
};

TEST_F(Artifacts, AreFoundByTheTwoNames) {
  EXPECT_TRUE(is_there("mail-1", kName));
  EXPECT_FALSE(is_there("mail-2", kName));
  EXPECT_FALSE(is_there(Json(), kName));
  EXPECT_FALSE(is_there("mail-1", 5));
}

TEST_F(Artifacts, NamesOfAnotherFormAreNotAskedFor) {
  for (const auto* decoy :
       {"", "-mail", "Mail-1", "mail_1", "../mail-1", "mail-1/../mail-1", "."}) {
    EXPECT_FALSE(is_there(decoy, kName)) << decoy;
  }
  EXPECT_FALSE(is_there(std::string(64, 'a'), kName));
  for (const std::string& file :
       {std::string(), std::string("../x"), kName + "/", "x" + kName, kName.substr(0, 34),
        std::string("2026-03-04T10:06:00Z_0A1B2C3D4E5F_x"),
        std::string("2026-03-04T10:06:00Z_0a1b2c3d4e5f_a/b"),
        "2026-03-04T10:06:00Z_0a1b2c3d4e5f_" + std::string(256, 'x')}) {
    EXPECT_FALSE(is_there("mail-1", file)) << file;
  }
}

TEST_F(Artifacts, LinksDoNotLeadOutOfTheRoot) {
  write(root_ / "outside");
  const auto folder = root_ / "root" / "mail-1" / "smtp";
  const std::string out = "2026-03-04T10:06:00Z_000000000000_out";
  const std::string in = "2026-03-04T10:06:00Z_000000000000_in";
  std::filesystem::create_symlink(root_ / "outside", folder / out);
  std::filesystem::create_symlink(folder / kName, folder / in);
  EXPECT_FALSE(is_there("mail-1", out));
  EXPECT_TRUE(is_there("mail-1", in));
}

TEST_F(Artifacts, AreAddedToTheEvent) {
  Json payload = Json::object({{"decky_id", "mail-1"}, {"stored_as", kName}});
  EXPECT_TRUE(add_stored_message(root_ / "root", payload));
  EXPECT_EQ(*payload.find("subject")->string(), "kept");
  Json missing = Json::object({{"decky_id", "mail-2"}, {"stored_as", kName}});
  const Json before = missing;
  EXPECT_FALSE(add_stored_message(root_ / "root", missing));
  EXPECT_FALSE(add_stored_message(root_ / "none", missing));
  EXPECT_EQ(missing, before);
}

// Who breaks out of a decoy leaves what he likes among its mails.
TEST_F(Artifacts, APipeIsNotWaitedFor) {
  const std::string name = "2026-03-04T10:06:00Z_000000000000_pipe";
  const auto pipe = root_ / "root" / "mail-1" / "smtp" / name;
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  Json payload = Json::object({{"decky_id", "mail-1"}, {"stored_as", name}});
  EXPECT_FALSE(add_stored_message(root_ / "root", payload));
}

}  // namespace
}  // namespace decnet::mail
