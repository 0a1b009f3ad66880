#include "decnet/geo/countries.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "decnet/geo/tiny_database.h"

namespace decnet::geo {
namespace {

class CountriesOfAFile : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::path(testing::TempDir()) /
            ("decnet_countries_" + std::to_string(::getpid()) + ".mmdb");
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::filesystem::path path_;
};

TEST_F(CountriesOfAFile, AreThoseOfItsNetworks) {
  std::ofstream(path_, std::ios::binary)
      << test::TinyDatabase({{{192, 0, 2, 0}, 24, "DE"}, {{198, 51, 100, 0}, 25, "BR"}}).bytes();
  const auto countries = Countries::open(path_);
  ASSERT_TRUE(countries) << countries.error().message;
  EXPECT_EQ((*countries)->of("192.0.2.77"), "DE");
  EXPECT_EQ((*countries)->of("198.51.100.1"), "BR");
  for (const auto* address : {"198.51.100.128", "192.168.1.1", "2001:db8::1", "", "host.example",
                              "192.0.2.77 ", "192.0.2"}) {
    EXPECT_EQ((*countries)->of(address), "") << address;
  }
  EXPECT_EQ((*countries)->of(std::string(100'000, '1')), "");
}

TEST_F(CountriesOfAFile, ThatIsNoDatabaseIsRefused) {
  EXPECT_EQ(Countries::open(path_).error().code, ErrorCode::kNotFound);
  std::ofstream(path_) << "something else";
  const auto refused = Countries::open(path_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  EXPECT_NE(refused.error().message.find(path_.string()), std::string::npos);
}

}  // namespace
}  // namespace decnet::geo
