#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/lifters/lifting_test.h"

namespace decnet::lifters {
namespace {

using test::Decision;
using test::kSilent;

std::string attempt_rule(std::string_view match, std::string_view fields = "[]") {
  return test::rule("R1", "[auth_attempt, credential]",
                    fmt::format("{{kind: 'lifter:credential_{}}}", match), fields);
}

class Attempt : public testing::TestWithParam<Decision> {};
TEST_P(Attempt, FollowsTheTable) {
  test::expect_decision("credential", "auth_attempt", GetParam());
}

const std::string kBrute = attempt_rule("auth_brute_generic', fail_threshold: 5");
const std::string kGuessing = attempt_rule("password_guessing', pw_threshold: 5");
const std::string kValid = attempt_rule("valid_account_use', require_prior_brute: true");
const std::string kDefaults = attempt_rule(
    "default_credentials', pairs: [[root, root], [root, ''], [a], [b, c, d], [5, 5], e, [pi, x]]",
    "[username, password, service]");

INSTANTIATE_TEST_SUITE_P(
    Guessing, Attempt,
    testing::ValuesIn(std::vector<Decision>{
        {"Equal", kBrute, R"({"fail_count":5})", R"({"fail_count":5})"},
        {"Below", kBrute, R"({"fail_count":4})", kSilent},
        {"WithService", kBrute, R"({"fail_count":9,"service":"ssh"})",
         R"({"fail_count":9,"service":"ssh"})"},
        {"EmptyServiceIsNone", kBrute, R"({"fail_count":9,"service":""})", R"({"fail_count":9})"},
        {"ServiceIsANumber", kBrute, R"({"fail_count":9,"service":22})", R"({"fail_count":9})"},
        {"TrueIsNoInteger", attempt_rule("auth_brute_generic', fail_threshold: 0"),
         R"({"fail_count":true})", kSilent},
        {"FiftyPointZeroIsNoInteger", kBrute, R"({"fail_count":50.0})", kSilent},
        {"TextIsNoInteger", kBrute, R"({"fail_count":"50"})", kSilent},
        {"DefaultIsFive", attempt_rule("auth_brute_generic'"), R"({"fail_count":5})",
         R"({"fail_count":5})"},
        {"DefaultIsNotFour", attempt_rule("auth_brute_generic'"), R"({"fail_count":4})", kSilent},
        {"TextThresholdDisables", attempt_rule("auth_brute_generic', fail_threshold: '5'"),
         R"({"fail_count":50})", kSilent},
        {"NullThresholdDisables", attempt_rule("auth_brute_generic', fail_threshold: null"),
         R"({"fail_count":50})", kSilent},
        {"FractionThresholdDisables", attempt_rule("auth_brute_generic', fail_threshold: 5.0"),
         R"({"fail_count":50})", kSilent},
        {"Passwords", kGuessing, R"({"password_count":5,"username":"root"})",
         R"({"username":"root","password_count":5})"},
        {"PasswordsBelow", kGuessing, R"({"password_count":4,"username":"root"})", kSilent},
        {"PasswordsOfNobody", kGuessing, R"({"password_count":5})", kSilent},
        {"PasswordsOfAnEmptyName", kGuessing, R"({"password_count":5,"username":""})", kSilent},
    }),
    test::name_of);

INSTANTIATE_TEST_SUITE_P(
    Use, Attempt,
    testing::ValuesIn(std::vector<Decision>{
        {"AfterBrute", kValid,
         R"({"result":"success","prior_brute":true,"username":"bob","service":"ssh"})",
         R"({"username":"bob","service":"ssh"})"},
        {"WithoutBrute", kValid, R"({"result":"success","prior_brute":false})", kSilent},
        {"BruteIsOne", kValid, R"({"result":"success","prior_brute":1})", kSilent},
        {"BruteNotAsked", attempt_rule("valid_account_use', require_prior_brute: false"),
         R"({"result":"success"})", "{}"},
        {"Failure", kValid, R"({"result":"failure","prior_brute":true})", kSilent},
        {"AnotherCase", kValid, R"({"result":"Success","prior_brute":true})", kSilent},
        {"DefaultPair", kDefaults, R"({"username":"root","password":"root","service":"ftp"})",
         R"({"username":"root","service":"ftp"})"},
        {"EmptyPassword", kDefaults, R"({"username":"root","password":""})",
         R"({"username":"root"})"},
        {"CaseCounts", kDefaults, R"({"username":"Root","password":"root"})", kSilent},
        {"OddEntriesAreIgnored", kDefaults, R"({"username":"pi","password":"x"})",
         R"({"username":"pi"})"},
        {"NumbersAreNoPair", kDefaults, R"({"username":"5","password":"5"})", kSilent},
        {"NoPassword", kDefaults, R"({"username":"root"})", kSilent},
        {"NoPairs", attempt_rule("default_credentials', pairs: root"),
         R"({"username":"root","password":"root"})", kSilent},
        {"ReuseOnAnAttempt", attempt_rule("reuse'"), R"({"credential_hash":"h","reuse_count":1})",
         R"({"credential_hash":"h","reuse_count":1})"},
        {"ReuseNever", attempt_rule("reuse'"), R"({"credential_hash":"h","reuse_count":0})",
         kSilent},
        {"ReuseWithoutHash", attempt_rule("reuse'"), R"({"credential_hash":"","reuse_count":3})",
         kSilent},
        {"ReuseCountIsTrue", attempt_rule("reuse'"),
         R"({"credential_hash":"h","reuse_count":true})", kSilent},
    }),
    test::name_of);

TEST(Credential, JudgesFindingsOfReuse) {
  test::expect_decision(
      "credential", "credential",
      {"", attempt_rule("reuse'", "[credential_hash, reuse_count]"),
       R"({"credential_hash":"h","reuse_count":2})", R"({"credential_hash":"h","reuse_count":2})"});
}

}  // namespace
}  // namespace decnet::lifters
