#include "decnet/storage/name_set.h"

#include <gtest/gtest.h>

#include <vector>

namespace decnet::storage {
namespace {

struct Case {
  std::string name;
  std::string stored;
  std::set<std::string> added;
  std::string expected;
  bool changed;
};
class NameSetTable : public testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Table, NameSetTable,
    testing::ValuesIn(std::vector<Case>{
        {"Empty", "", {}, "[]", false},
        {"IntoNothing", "", {"ssh"}, R"(["ssh"])", true},
        {"Sorted", R"(["telnet"])", {"ssh"}, R"(["ssh","telnet"])", true},
        {"KnownLeavesTheText", R"([ "telnet", "ssh" ])", {"ssh"}, R"([ "telnet", "ssh" ])", false},
        {"NoListStays", "ssh, telnet", {"smtp"}, "ssh, telnet", false},
        {"ObjectStays", R"({"a": 1})", {"smtp"}, R"({"a": 1})", false},
        {"MixedStays", R"(["ssh", 7])", {"smtp"}, R"(["ssh", 7])", false},
        {"NameInNeedOfQuotes", "[]", {"a\"b"}, R"(["a\"b"])", true},
    }),
    [](const auto& row) { return row.param.name; });

TEST_P(NameSetTable, Adds) {
  NameSet names(GetParam().stored);
  names.add(GetParam().added);
  EXPECT_EQ(names.text(), GetParam().expected);
  EXPECT_EQ(names.changed(), GetParam().changed);
}

}  // namespace
}  // namespace decnet::storage
