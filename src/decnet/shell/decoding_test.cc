// What is decoded, out of every place where attackers put it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "decnet/shell/analysis.h"

namespace decnet::shell {
namespace {

struct Case {
  const char* name;
  std::string text;
  std::string decoding;  // of the last decoded layer
  std::string decoded;
};
void PrintTo(const Case& row, std::ostream* out) { *out << row.text; }

class Decoding : public testing::TestWithParam<Case> {};

TEST_P(Decoding, Undoes) {
  Analysis analysis;
  analysis.run(GetParam().text);
  const auto decoded = analysis.texts(TextKind::kDecoded);
  const auto decoding = analysis.texts(TextKind::kDecoding);
  ASSERT_FALSE(decoded.empty());
  EXPECT_EQ(decoded.back().text, GetParam().decoded);
  EXPECT_EQ(decoding.back().text, GetParam().decoding);
}

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

// d2dldCB4 is "wget x".
INSTANTIATE_TEST_SUITE_P(
    Base64, Decoding,
    testing::ValuesIn(std::vector<Case>{
        {"Pipe", "echo d2dldCB4 | base64 -d | sh", "base64 run", "wget x"},
        {"LongOption", "echo d2dldCB4|base64 --decode|bash", "base64 run", "wget x"},
        {"CapitalOption", "echo d2dldCB4 | base64 -D | bash -", "base64 run", "wget x"},
        {"Busybox", "echo d2dldCB4 | busybox base64 -d | busybox sh", "base64 run", "wget x"},
        {"NotRun", "echo d2dldCB4 | base64 -d", "base64", "wget x"},
        {"IntoFile", "echo d2dldCB4 | base64 -d > /tmp/x", "base64", "wget x"},
        {"HereString", "base64 -d <<< d2dldCB4 | sh", "base64 run", "wget x"},
        {"Document", "base64 -d <<E | sh\nd2dldCB4\nE", "base64 run", "wget x"},
        {"HereStringOfSubstitution", "bash <<< $(echo d2dldCB4 | base64 -d)", "base64", "wget x"},
        {"ShellOption", "sh -c \"$(echo d2dldCB4 | base64 -d)\"", "base64", "wget x"},
        {"Eval", "eval `echo d2dldCB4 | base64 -d`", "base64", "wget x"},
        {"Variable", "x=d2dldCB4; echo $x | base64 -d | sh", "base64 run", "wget x"},
        {"Openssl", "echo d2dldCB4 | openssl base64 -d -A | sh", "base64 run", "wget x"},
        {"OpensslEnc", "echo d2dldCB4 | openssl enc -base64 -d | sh", "base64 run", "wget x"},
        {"Process", "bash <(echo d2dldCB4 | base64 -d)", "base64 run", "wget x"},
        {"Printf", "printf '%s' d2dldCB4 | base64 -d | sh", "base64 run", "wget x"},
        {"Twice", "echo ZDJkbGRDQjQ= | base64 -d | base64 -d | sh", "base64 base64 run", "wget x"},
        {"Python", "python -c \"import base64;exec(base64.b64decode('d2dldCB4'))\"", "base64 run",
         "wget x"},
        {"PythonMethod", "python -c \"exec('d2dldCB4'.decode('base64'))\"", "base64 run", "wget x"},
        {"Perl", "perl -MMIME::Base64 -e 'system(decode_base64(\"d2dldCB4\"))'", "base64 run",
         "wget x"},
        {"Php", "php -r 'eval(base64_decode(\"d2dldCB4\"));'", "base64 run", "wget x"},
        {"Ruby", "ruby -e 'exec \"d2dldCB4\".unpack(\"m\")[0]'", "base64 run", "wget x"},
        {"Node", "node -e \"eval(Buffer.from('d2dldCB4', 'base64').toString())\"", "base64 run",
         "wget x"},
        {"ThroughTee", "echo d2dldCB4 | base64 -d | tee /tmp/x | sh", "base64 run", "wget x"},
        {"Base32", "echo O5TWK5BAPA====== | base32 -d | sh", "base32 run", "wget x"},
    }),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Others, Decoding,
    testing::ValuesIn(std::vector<Case>{
        {"Hex", "echo 776765742078 | xxd -r -p | sh", "hex run", "wget x"},
        {"HexBundled", "echo 77676574 | xxd -p -r | sh", "hex run", "wget"},
        {"HexDump", "echo '00000000: 7767 6574  wget' | xxd -r | sh", "hex run", "wget"},
        {"EchoHex", R"(echo -e '\x77\x67\x65\x74 x' | sh)", "escapes run", "wget x\n"},
        {"EchoOctal", R"(echo -ne "\0167get" | sh)", "escapes run", "wget"},
        {"PrintfOctal", R"(printf '\167\147et x' | sh)", "escapes run", "wget x"},
        {"PrintfArgument", R"(printf '%b' '\x77get' | sh)", "escapes run", "wget"},
        {"EchoAlone", R"(echo -e '\x77get')", "escapes", "wget\n"},
        {"AnsiQuotes", R"($'\x77get' x)", "escapes", "wget"},
        {"Rev", "echo 'x tegw' | rev | sh", "rev run", "wget x\n"},
        {"Rot13", "echo jtrg | tr 'A-Za-z' 'N-ZA-Mn-za-m' | sh", "tr run", "wget\n"},
        {"TrDeletes", "echo w-g-e-t | tr -d - | sh", "tr run", "wget\n"},
        {"TrCases", "echo WGET | tr '[:upper:]' '[:lower:]' | sh", "tr run", "wget\n"},
        {"Sed", "echo wXget | sed 's/X//' | sh", "sed run", "wget\n"},
        {"Gzip", "echo H4sIAAAAAAACAytPTy1RqAAAli2tGAYAAAA= | base64 -d | gunzip | sh",
         "base64 gzip run", "wget x"},
        {"PythonHex", "python3 -c \"exec(bytes.fromhex('77676574'))\"", "hex run", "wget"},
        {"PythonEscapes", "python3 -c 'import os;os.system(\"\\x77get\")'", "escapes run", "wget"},
        {"PerlPack", "perl -e 'system(pack(\"H*\",\"77676574\"))'", "hex run", "wget"},
        {"PythonReversed", "python3 -c \"exec('tegw'[::-1])\"", "rev run", "wget"},
    }),
    name_of);

TEST(Decoding, IsNotSeenWhereNothingIsHidden) {
  for (const std::string text :
       {"echo hello", "echo -e 'a\\nb'", "printf '%s\\n' x", "base64 /etc/passwd", "cat x | base64",
        "base64 -d x.b64 > x", "tar czf - x | gzip", "echo $'a\\n'", "rev x", "echo a | tr a a",
        "printf '\\033[1m'", "ls | tr '\\n' ' '", "echo abc | grep b | sh"}) {
    Analysis analysis;
    analysis.run(text);
    EXPECT_TRUE(analysis.texts(TextKind::kDecoded).empty()) << text;
  }
}

TEST(Decoding, BytesOfAProgramAreNotReadAsCommands) {
  Analysis analysis;
  analysis.run(R"(echo -ne '\x7f\x45\x4c\x46\x01\x00\x00' > /tmp/x)");
  ASSERT_EQ(analysis.texts(TextKind::kDecoded).size(), 1U);
  EXPECT_EQ(analysis.texts(TextKind::kCommandLine).size(), 1U);
}

}  // namespace
}  // namespace decnet::shell
