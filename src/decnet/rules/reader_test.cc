#include "decnet/rules/reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace decnet::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Severity = Problem::Severity;

// A rule without fault, a line each, so that a case can replace one and know its number.
const std::vector<std::string> kGood = {
    "rule_id: R0900",                      // 1
    "rule_version: 2",                     // 2
    "name: reads_accounts",                // 3
    "applies_to: [command]",               // 4
    "match:",                              // 5
    "  pattern: '\\bcat /etc/passwd\\b'",  // 6
    "emits:",                              // 7
    "  - technique_id: T1087",             // 8
    "    sub_technique_id: T1087.001",     // 9
    "    tactic: TA0007",                  // 10
    "    confidence: 0.9",                 // 11
    "evidence_fields: [command_text]",     // 12
};

struct Read {
  std::optional<Definition> rule;
  std::vector<Problem> problems;
};

Read read(const std::string& yaml) {
  Read result;
  result.rule = read_definition(yaml, "pack/R0900.yaml", result.problems);
  return result;
}

// kGood with line `line` replaced by `text`; an empty text leaves the line out.
std::string with(std::size_t line, const std::string& text) {
  std::string yaml;
  for (std::size_t i = 0; i < kGood.size(); ++i) {
    if (i + 1 != line) {
      yaml += kGood[i] + "\n";
    } else if (!text.empty()) {
      yaml += text + "\n";
    }
  }
  return yaml;
}

TEST(Reader, ReadsAPatternRule) {
  const auto [rule, problems] = read(with(0, ""));
  ASSERT_TRUE(rule);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(rule->id, RuleId("R0900"));
  EXPECT_EQ(rule->version, 2);
  EXPECT_EQ(rule->name, "reads_accounts");
  EXPECT_THAT(rule->applies_to, ElementsAre("command"));
  EXPECT_TRUE(rule->is_pattern_rule());
  EXPECT_EQ(rule->pattern, "\\bcat /etc/passwd\\b");
  EXPECT_EQ(rule->field, "");
  ASSERT_THAT(rule->emits, SizeIs(1));
  EXPECT_EQ(rule->emits[0].technique_id, TechniqueId("T1087"));
  EXPECT_EQ(rule->emits[0].sub_technique_id, TechniqueId("T1087.001"));
  EXPECT_EQ(rule->emits[0].tactic, TacticId("TA0007"));
  EXPECT_DOUBLE_EQ(rule->emits[0].confidence, 0.9);
  EXPECT_THAT(rule->evidence_fields, ElementsAre("command_text"));
  EXPECT_EQ(rule->path, "pack/R0900.yaml");
  EXPECT_EQ(rule->line, 1);
  EXPECT_EQ(rule->line_of("match.pattern"), 6);
  EXPECT_EQ(rule->line_of("emits[0].tactic"), 10);
  EXPECT_EQ(rule->line_of("not there"), 1);
}

TEST(Reader, HandsOnThePatternItCompiled) {
  const auto rule = read(with(0, "")).rule;
  ASSERT_TRUE(rule);
  ASSERT_NE(rule->ready.pattern, nullptr);
  EXPECT_EQ(rule->ready.pattern->written(), rule->pattern);
  EXPECT_EQ(*rule->ready.of(rule->pattern), rule->ready.pattern);
  EXPECT_EQ((*rule->ready.of("ls"))->written(), "ls");
  EXPECT_FALSE(rule->ready.of("("));
}

TEST(Reader, TakesOverAPatternThatStayed) {
  const auto before = read(with(0, "")).rule;
  ASSERT_TRUE(before);
  std::vector<Problem> problems;
  const auto read_after = [&](std::size_t line, const std::string& text) {
    return read_definition(with(line, text), "pack/R0900.yaml", problems, &*before);
  };
  const auto same = read_after(11, "    confidence: 0.5");
  const auto other = read_after(6, "  pattern: 'id'");
  ASSERT_TRUE(same && other);
  EXPECT_EQ(same->ready.pattern, before->ready.pattern);
  EXPECT_EQ(other->ready.pattern->written(), "id");
}

TEST(Reader, GivesEqualDefinitionsForEqualTexts) {
  const auto one = read(with(0, "")).rule;
  auto another = read(with(0, "")).rule;
  EXPECT_NE(one->ready.pattern, another->ready.pattern);
  EXPECT_EQ(one, another);
  another->pattern += "x";
  EXPECT_NE(one, another);
}

TEST(Reader, ReadsALifterRuleWithItsParameters) {
  const auto [rule, problems] = read(
      "rule_id: R0901\nrule_version: 1\nname: n\ndescription: |\n  two\n  lines\n"
      "attack_release: v18.1\nlast_reviewed: 2026-05-02\nauthor: {any: thing}\n"
      "applies_to: [auth_attempt, identity]\n"
      "match:\n  kind: lifter:credential_default_credentials\n"
      "  pairs: [[root, root], [pi, '']]\n  threshold: 5\n  ratio: .5\n  strict: true\n"
      "  pattern: '['\n"
      "emits:\n- {technique_id: T1078, sub_technique_id: null, tactic: TA0001, confidence: "
      "'0.9'}\n- {technique_id: T1110, sub_technique_id: '', tactic: TA0006, confidence: 1}\n");
  ASSERT_TRUE(rule) << (problems.empty() ? "" : problems.front().text());
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_FALSE(rule->is_pattern_rule());
  EXPECT_EQ(rule->description, "two\nlines\n");
  EXPECT_EQ(rule->attack_release, "v18.1");
  EXPECT_EQ(rule->parameters.dump(),
            R"({"pairs":[["root","root"],["pi",""]],"threshold":5,"ratio":0.5,"strict":true,)"
            R"("pattern":"["})");
  ASSERT_THAT(rule->emits, SizeIs(2));
  EXPECT_FALSE(rule->emits[0].sub_technique_id);
  EXPECT_DOUBLE_EQ(rule->emits[0].confidence, 0.9);
  EXPECT_FALSE(rule->emits[1].sub_technique_id);
  EXPECT_DOUBLE_EQ(rule->emits[1].confidence, 1.0);
}

TEST(Reader, ReadsSamples) {
  const auto [rule, problems] = read(with(0, "") +
                                     "tests:\n  fires:\n    - cat /etc/passwd\n    - 010\n"
                                     "    - {command_text: x, uid: 0}\n  silent: ['a: b']\n");
  ASSERT_TRUE(rule);
  EXPECT_THAT(problems, IsEmpty());
  ASSERT_THAT(rule->samples.fires, SizeIs(3));
  EXPECT_EQ(*rule->samples.fires[0].string(), "cat /etc/passwd");
  EXPECT_EQ(*rule->samples.fires[1].string(), "010");
  EXPECT_EQ(rule->samples.fires[2].dump(), R"({"command_text":"x","uid":0})");
  EXPECT_EQ(*rule->samples.silent[0].string(), "a: b");
  EXPECT_EQ(rule->line_of("tests.fires[1]"), 16);
}

TEST(Reader, AKindThatIsAwaitedIsNoProblem) {
  const auto [rule, problems] = read(with(6, "  kind: lifter:intel_aggregate_bump"));
  EXPECT_TRUE(rule);
  EXPECT_THAT(problems, IsEmpty());
}

TEST(Reader, ReadsMergedEmits) {
  const auto [rule, problems] = read(
      "rule_id: R1\nrule_version: 1\nname: n\napplies_to: [command]\nmatch: {pattern: x}\n"
      "emits:\n- &one {technique_id: T1110, tactic: TA0006, confidence: 0.9}\n"
      "- {<<: *one, sub_technique_id: T1110.001}\n");
  ASSERT_TRUE(rule);
  ASSERT_THAT(rule->emits, SizeIs(2));
  EXPECT_EQ(rule->emits[1].sub_technique_id, TechniqueId("T1110.001"));
}

struct Mistake {
  std::string name;
  std::size_t replaced;  // line of kGood; 0 appends
  std::string text;
  int line;  // of the problem
  std::string message;
  Severity severity = Severity::kError;
};

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreNamedWithLineWhatIsExpectedAndWhatWasFound) {
  const Mistake& mistake = GetParam();
  const std::string yaml = with(mistake.replaced, mistake.text) +
                           (mistake.replaced == 0 ? mistake.text + "\n" : std::string());
  const auto [rule, problems] = read(yaml);
  ASSERT_THAT(problems, SizeIs(1)) << yaml;
  EXPECT_EQ(problems[0].line, mistake.line) << problems[0].text();
  EXPECT_EQ(problems[0].severity, mistake.severity) << problems[0].text();
  EXPECT_THAT(problems[0].message, HasSubstr(mistake.message));
  EXPECT_EQ(rule.has_value(), mistake.severity == Severity::kWarning);
  EXPECT_THAT(problems[0].text(), testing::StartsWith("pack/R0900.yaml:"));
}

INSTANTIATE_TEST_SUITE_P(
    Identity, Mistakes,
    testing::ValuesIn(std::vector<Mistake>{
        {"NoId", 1, "", 1, "rule_id: missing; expected an id such as R0060"},
        {"EmptyId", 1, "rule_id: ''", 1, "found an empty text"},
        {"IdWithDot", 1, "rule_id: R1.2", 1, "found the text 'R1.2'; '.' has a meaning"},
        {"IdWithStar", 1, "rule_id: 'R*'", 1, "'*' has a meaning"},
        {"IdWithGreater", 1, "rule_id: 'R>'", 1, "'>' has a meaning"},
        {"IdWithBlank", 1, "rule_id: R 1", 1, "without blanks"},
        {"IdWithUmlaut", 1, "rule_id: R\xC3\xA9", 1, "printable ASCII"},
        {"IdWithEscape", 1, "rule_id: \"R\\e[2J\"", 1, "'R\\x1b[2J'"},
        {"IdTooLong", 1, "rule_id: " + std::string(129, 'R'), 1, "longer than 128 bytes"},
        {"IdIsANumber", 1, "rule_id: 900", 1, "found the number 900; write it in quotes"},
        {"IdIsOctal", 1, "rule_id: 0700", 1, "found 0700, which YAML reads as 448; write it in"},
        {"IdIsAList", 1, "rule_id: [R1]", 1, "found a list"},
        {"NoVersion", 2, "", 1, "rule_version: missing"},
        {"VersionMisspelt", 2, "rule_verison: 2", 1, "is it the 'rule_verison' on line 2?"},
        {"VersionIsText", 2, "rule_version: one", 2, "found the text 'one'"},
        {"VersionQuoted", 2, "rule_version: '2'", 2, "write it without quotes"},
        {"VersionIsOctal", 2, "rule_version: 010", 2, "found 010, which YAML reads as 8"},
        {"VersionIsFloat", 2, "rule_version: 1.0", 2, "found the number 1.0"},
        {"VersionIsBoolean", 2, "rule_version: yes", 2, "found the boolean yes"},
        {"VersionNegative", 2, "rule_version: -1", 2, "from 0 to 2147483647"},
        {"VersionTooLarge", 2, "rule_version: 2147483648", 2, "from 0 to 2147483647"},
        {"VersionIsNothing", 2, "rule_version:", 2, "found nothing"},
        {"NoName", 3, "", 1, "name: missing"},
        {"NameIsBoolean", 3, "name: no", 3, "found the boolean no; write it in quotes"},
        {"NameIsAMapping", 3, "name: {a: b}", 3, "found a mapping"},
        {"KeyTwice", 3, "name: a\nname: b", 4, "the key 'name' again; it is already on line 3"},
        {"UnknownKeyTwice", 0, "x: 1\nx: 2", 14, "the key 'x' again"},
        {"DescriptionIsAList", 0, "description: [a]", 13, "found a list; ignored",
         Severity::kWarning},
        {"ReleaseIsAList", 0, "attack_release: [a]", 13, "found a list; ignored",
         Severity::kWarning},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Kinds, Mistakes,
    testing::ValuesIn(std::vector<Mistake>{
        {"None", 4, "", 1, "applies_to: missing; expected a list of source kinds"},
        {"Text", 4, "applies_to: command", 4, "found the text 'command'; write [command]"},
        {"Number", 4, "applies_to: [command, 5]", 4, "applies_to[1]: expected a text"},
        {"Misspelt", 4, "applies_to:\n  - command\n  - http-request", 6,
         "did you mean http_request?", Severity::kWarning},
        {"Unknown", 4, "applies_to: [command, keystrokes]", 4, "known are command, session",
         Severity::kWarning},
        {"Empty", 4, "applies_to: []", 4, "empty; the rule never matches", Severity::kWarning},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Match, Mistakes,
    testing::ValuesIn(std::vector<Mistake>{
        {"Nothing", 6, "", 5, "match: expected a mapping with a pattern"},
        {"Text", 5, "match: x\nother:", 5, "found the text 'x'"},
        {"NoPattern", 6, "  field: x", 6, "match.pattern: missing"},
        {"PatternMisspelt", 6, "  patern: x", 6, "is it the 'patern' on line 6?"},
        {"PatternEmpty", 6, "  pattern: ''", 6, "it would match everything"},
        {"PatternIsAList", 6, "  pattern: [a-z]", 6, "found a list"},
        {"PatternIsABoolean", 6, "  pattern: on", 6, "found the boolean on; write it in quotes"},
        {"PatternBroken", 6, "  field: a\n  pattern: 'a(b'", 7, "match.pattern: "},
        {"PatternBrokenOnNextLine", 6, "  pattern:\n    'a[b'", 6, "match.pattern: "},
        {"FieldIsANumber", 6, "  field: 5\n  pattern: x", 6, "match.field: expected a payload key"},
        {"KindIsANumber", 6, "  kind: 5\n  pattern: x", 6, "match.kind: expected a text"},
        {"NobodysKind", 6, "  kind: lifter:canari_webdriver", 6,
         "no lifter holds 'lifter:canari_web", Severity::kWarning},
        {"BooleanParameter", 6, "  kind: lifter:credential_x\n  pairs: [[root, no]]", 7,
         "match.pairs[0][1]: 'no' is a boolean to YAML (false)", Severity::kWarning},
        {"OctalParameter", 6, "  kind: lifter:credential_x\n  a: {b: 0777}", 7,
         "match.a.b: '0777' is octal to YAML (511)", Severity::kWarning},
        {"KindWithoutField", 4, "applies_to: [session]", 5,
         "match.field: missing; kind session has no default field; name the payload key"},
        {"OneKindWithoutField", 4, "applies_to: [command, identity, session]", 5,
         "kind identity, session has no default field, so", Severity::kWarning},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Emits, Mistakes,
    testing::ValuesIn(std::vector<Mistake>{
        {"Text", 7, "emits: T1087\nother:", 7, "emits: expected a list of techniques"},
        {"ElementIsText", 12, "  - T1110", 12, "R0900: emits[1]: expected a mapping with"},
        {"NoTechnique", 8, "  - x: y", 8, "R0900: emits[0].technique_id: missing"},
        {"TechniqueWithDot", 8, "  - technique_id: T1087.001", 8,
         "write technique_id: T1087 and sub_technique_id: T1087.001"},
        {"TechniqueLowerCase", 8, "  - technique_id: t1087", 8, "found the text 't1087'"},
        {"TechniqueShort", 8, "  - technique_id: T108", 8, "expected a technique such as T1110"},
        {"TechniqueIsANumber", 8, "  - technique_id: 1087", 8, "found the number 1087"},
        {"SubOfAnother", 9, "    sub_technique_id: T1110.001", 9,
         "R0900: emits[0] (T1087).sub_technique_id: expected a sub-technique of T1087"},
        {"SubWithoutDot", 9, "    sub_technique_id: T1087", 9, "such as T1110.003"},
        {"SubIsFloat", 9, "    sub_technique_id: 1.5", 9, "found the number 1.5"},
        {"NoTactic", 10, "", 8, "R0900: emits[0] (T1087).tactic: missing"},
        {"TacticByName", 10, "    tactic: discovery", 10, "expected a tactic such as TA0006"},
        {"NoConfidence", 11, "", 8, "R0900: emits[0] (T1087).confidence: missing"},
        {"ConfidenceIsText", 11, "    confidence: high", 11, "found the text 'high'"},
        {"ConfidenceWithComma", 11, "    confidence: 0,9", 11, "found the text '0,9'"},
        {"ConfidencePercent", 11, "    confidence: 90", 11, "found the number 90; is it 0.9?"},
        {"ConfidenceNegative", 11, "    confidence: -0.1", 11, "from 0.0 to 1.0"},
        {"ConfidenceNotANumber", 11, "    confidence: .nan", 11, "from 0.0 to 1.0"},
        {"ConfidenceTextNan", 11, "    confidence: 'nan'", 11, "from 0.0 to 1.0"},
        {"ConfidenceBoolean", 11, "    confidence: true", 11, "found the boolean true"},
        {"Twice", 12,
         "  - {technique_id: T1087, sub_technique_id: T1087.001, tactic: TA0007, confidence: 1}",
         12, "T1087.001 again", Severity::kWarning},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Rest, Mistakes,
    testing::ValuesIn(std::vector<Mistake>{
        {"EvidenceIsText", 12, "evidence_fields: command_text", 12, "write [command_text]"},
        {"EvidenceIsNothing", 12, "evidence_fields:", 12, "found nothing"},
        {"EvidenceElement", 12, "evidence_fields:\n  - a\n  - {b: c}", 14,
         "evidence_fields[1]: expected a text, found a mapping"},
        {"TestsOfAnotherShape", 0, "tests: [a]", 13, "ignored", Severity::kWarning},
        {"TestsWithAnotherKey", 0, "tests: {fire: [a]}", 13, "expected fires or silent",
         Severity::kWarning},
        {"SamplesAreText", 0, "tests:\n  fires: a", 14, "expected a list of samples",
         Severity::kWarning},
        {"SampleIsAList", 0, "tests:\n  fires:\n  - [a]", 15, "tests.fires[0]: expected a text",
         Severity::kWarning},
        {"SampleIsNothing", 0, "tests:\n  silent:\n  - a\n  - ~", 16, "tests.silent[1]",
         Severity::kWarning},
        {"SampleBecameAMapping", 0, "tests:\n  fires:\n  - echo a: b", 15,
         "a payload without 'command_text'; a text that contains ': ' needs quotes",
         Severity::kWarning},
    }),
    [](const auto& row) { return row.param.name; });

TEST(Reader, NamesEveryMistakeOfAFileByLine) {
  const auto [rule, problems] = read(
      "rule_id: a.b\nrule_version: x\napplies_to: command\nmatch:\n  pattern: '('\nemits:\n"
      "- {technique_id: T1, tactic: TA1, confidence: 2}\nevidence_fields: x\n");
  EXPECT_FALSE(rule);
  std::vector<int> lines;
  for (const Problem& problem : problems) lines.push_back(problem.line);
  EXPECT_THAT(lines, ElementsAre(1, 1, 2, 3, 5, 7, 7, 7, 8));
}

struct WholeFile {
  std::string name;
  std::string text;
  std::string problem;
};

class WholeFiles : public testing::TestWithParam<WholeFile> {};

TEST_P(WholeFiles, AreOneProblem) {
  const auto [rule, problems] = read(GetParam().text);
  EXPECT_FALSE(rule);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].text(), GetParam().problem);
}

INSTANTIATE_TEST_SUITE_P(
    File, WholeFiles,
    testing::ValuesIn(std::vector<WholeFile>{
        {"Empty", "", "pack/R0900.yaml: empty"},
        {"Text", "\njust words\n",
         "pack/R0900.yaml:2: expected a mapping of keys such as rule_id, found the text 'just "
         "words'"},
        {"List", "- a\n- b\n",
         "pack/R0900.yaml:1: expected a mapping of keys such as rule_id, found a list"},
        {"NotYaml", "rule_id: R1\nname: 'x\n",
         "pack/R0900.yaml:2: not YAML: a quoted text that is never closed"},
    }),
    [](const auto& row) { return row.param.name; });

TEST(Reader, RefusesTheMarkOfADeletedRule) {
  const auto [rule, problems] = read(
      "rule_id: R1\nrule_version: 1\nname: n\nmatch: {kind: 'lifter:intel_x'}\n"
      "applies_to: []\nemits: []\n");
  EXPECT_FALSE(rule);
  EXPECT_TRUE(std::any_of(problems.begin(), problems.end(), [](const Problem& problem) {
    return problem.message.find("stands for a deleted rule") != std::string::npos;
  }));
}

// What a file made for it can cost in messages is bounded, in number and in length.
TEST(Reader, AHostileFileGetsNoMoreThanAHundredShortProblems) {
  std::string yaml = with(6, "  kind: lifter:intel_x\n  " + std::string(900, 'k') + ":");
  std::string list = "\n";
  for (int i = 0; i < 5'000; ++i) list += "    - 0" + std::string(100, '0') + "\n";
  yaml.insert(yaml.find("k:\n") + 2, list);
  const auto [rule, problems] = read(yaml);
  ASSERT_THAT(problems, SizeIs(101));
  for (const Problem& problem : problems) EXPECT_LT(problem.message.size(), 300U);
  EXPECT_TRUE(rule);

  const auto [bad, errors] =
      read(with(12, fmt::format("evidence_fields: [{}]", fmt::join(std::vector(5'000, 1), ","))));
  EXPECT_THAT(errors, SizeIs(101));
  EXPECT_EQ(errors.back().message, "more is wrong; this much first");
  EXPECT_FALSE(bad);
}

TEST(Problem, IsOneHarmlessLine) {
  const Problem problem{Severity::kError, "a\n\x1b[31m.yaml", 3, "x\ny"};
  EXPECT_EQ(problem.text(), "a\\n\\x1b[31m.yaml:3: x\\ny");
  EXPECT_EQ((Problem{Severity::kError, "", 0, "m"}).text(), "m");
  EXPECT_EQ((Problem{Severity::kError, "", 4, "m"}).text(), "line 4: m");
  EXPECT_EQ((Problem{Severity::kError, "f", 0, "m"}).text(), "f: m");
}

// Lines taken out, doubled, swapped and cut: what is left is a rule or has an error, never both.
TEST(ReaderProperty, GivesARuleOrAnError) {
  EXPECT_TRUE(rc::check([] {
    std::vector<std::string> lines = kGood;
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, lines.size());
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          lines[at].clear();
          break;
        case 1:
          lines[at] += "\n" + lines[at];
          break;
        case 2:
          std::swap(lines[at], lines.front());
          break;
        default:
          lines[at] = lines[at].substr(0, *rc::gen::inRange<std::size_t>(0, lines[at].size() + 1));
      }
    }
    const auto [rule, problems] = read(fmt::format("{}\n", fmt::join(lines, "\n")));
    const bool has_error = std::any_of(problems.begin(), problems.end(), [](const Problem& p) {
      return p.severity == Severity::kError;
    });
    RC_ASSERT(rule.has_value() != has_error);
    RC_ASSERT(std::is_sorted(problems.begin(), problems.end(),
                             [](const auto& a, const auto& b) { return a.line < b.line; }));
  }));
}

}  // namespace
}  // namespace decnet::rules
