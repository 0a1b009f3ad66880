#include "decnet/base/python_text.h"

#include <gtest/gtest.h>

namespace decnet {
namespace {

struct Quoted {
  std::string name;
  std::string text;
  std::string repr;  // as CPython 3 prints it
};

class PythonRepr : public testing::TestWithParam<Quoted> {};

TEST_P(PythonRepr, IsWhatPythonPrints) { EXPECT_EQ(python_repr(GetParam().text), GetParam().repr); }

INSTANTIATE_TEST_SUITE_P(
    Text, PythonRepr,
    testing::ValuesIn(std::vector<Quoted>{
        {"Plain", "plain", "'plain'"},
        {"Empty", "", "''"},
        {"Apostrophe", "it's", R"("it's")"},
        {"Quote", R"(say "x")", R"('say "x"')"},
        {"BothQuotes", R"(both ' and ")", R"('both \' and "')"},
        {"Backslash", R"(a\b)", R"('a\\b')"},
        {"Controls", std::string("a\nb\r\t\x1b[31m\0\x7f", 12), R"('a\nb\r\t\x1b[31m\x00\x7f')"},
        {"Utf8AsItIs", "größe 🐍", "'größe 🐍'"},
        {"HiddenCharacters", "\u202e\u2028\u200b\u00a0\u00ad", R"('\u202e\u2028\u200b\xa0\xad')"},
        {"BeyondTheBasicPlane", "\U000e0041", R"('\U000e0041')"},
        {"IllFormedBytes", "\xff\x80z\xe2\x82", R"('\udcff\udc80z\udce2\udc82')"},
        {"SurrogateInUtf8", "\xed\xa0\x80", R"('\udced\udca0\udc80')"},
    }),
    [](const auto& row) { return row.param.name; });

struct Spoken {
  std::string name;
  std::string json;
  std::string text;  // str() of what Python's json module reads
};

class PythonText : public testing::TestWithParam<Spoken> {};

TEST_P(PythonText, IsStrOfTheValue) {
  EXPECT_EQ(python_text(Json::parse(GetParam().json).value()), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Json, PythonText,
                         testing::ValuesIn(std::vector<Spoken>{
                             {"String", R"("a'b\n")", "a'b\n"},
                             {"Integer", "2003", "2003"},
                             {"Negative", "-7", "-7"},
                             {"WholeDouble", "60.0", "60.0"},
                             {"Fraction", "0.5", "0.5"},
                             {"Large", "1e20", "1e+20"},
                             {"Small", "0.00001", "1e-05"},
                             {"LastWithoutExponent", "1000000000000000.0", "1000000000000000.0"},
                             {"FirstWithExponent", "1e16", "1e+16"},
                             {"Shortest", "123456789012345680.0", "1.2345678901234568e+17"},
                             {"True", "true", "True"},
                             {"Null", "null", "None"},
                             {"List", R"([1, "a", [], null])", "[1, 'a', [], None]"},
                             {"Dict", R"({"k": {"n": 1.0}, "b": false})",
                              "{'k': {'n': 1.0}, 'b': False}"},
                         }),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace decnet
