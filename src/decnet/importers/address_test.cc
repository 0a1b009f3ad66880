#include "decnet/importers/address.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

namespace decnet::importers {
namespace {

struct Case {
  std::string name;
  std::string written;
  std::optional<std::string> canonical;
};

class Addresses : public testing::TestWithParam<Case> {};

TEST_P(Addresses, HaveOneSpelling) {
  EXPECT_EQ(canonical_address(GetParam().written), GetParam().canonical);
}

INSTANTIATE_TEST_SUITE_P(Spellings, Addresses,
                         testing::ValuesIn(std::vector<Case>{
                             {"V4", "192.0.2.7", "192.0.2.7"},
                             {"V6", "2001:db8::1", "2001:db8::1"},
                             {"V6Long", "2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
                             {"V6Zone", "fe80::1%eth0", "fe80::1"},
                             {"Mapped", "::ffff:192.0.2.7", "192.0.2.7"},
                             {"MappedInHex", "::FFFF:c000:0207", "192.0.2.7"},
                             {"CompatibleIsNotMapped", "::192.0.2.7", "::192.0.2.7"},
                             {"Empty", "", {}},
                             {"Name", "bad.example.org", {}},
                             {"Octal", "192.0.2.007", {}},
                             {"Short", "192.0.2", {}},
                             {"Number", "3221225991", {}},
                             {"Port", "192.0.2.7:22", {}},
                             {"Blank", " 192.0.2.7", {}},
                             {"NulInside", std::string("192.0.2.7\0", 10), {}},
                             {"FarTooLong", std::string(10'000, '1'), {}},
                             {"FarTooLongV6", std::string(10'000, ':'), {}},
                         }),
                         [](const auto& row) { return row.param.name; });

TEST(Address, WritingOneAgainChangesNothing) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const auto once = canonical_address(text);
    if (once) RC_ASSERT(canonical_address(*once) == once);
  }));
}

}  // namespace
}  // namespace decnet::importers
