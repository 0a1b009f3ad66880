// docs/rule.schema.json beside the reader: what editors tell authors is what the program tells
// them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "decnet/base/file.h"
#include "decnet/base/json.h"
#include "decnet/model/event.h"
#include "decnet/rules/lint.h"
#include "decnet/rules/loader.h"
#include "decnet/rules/match_kinds.h"
#include "tests/process.h"
#include "tests/test_main.h"

namespace decnet::rules {
namespace {

using testing::IsEmpty;

std::filesystem::path schema_path() { return test::source_dir() / "docs" / "rule.schema.json"; }

// What the schema says against each document, in order; one process for all of them.
std::vector<std::vector<std::string>> schema_verdicts(const std::vector<std::string>& documents) {
  std::string input;
  for (const auto& document : documents) input += Json(document).dump() + "\n";
  const auto script = test::source_dir() / "tests" / "schema_verdicts.py";
  const auto finished = test::run(
      {.arguments = {"/usr/bin/python3", script.string(), schema_path().string()}, .input = input});
  EXPECT_EQ(finished.exit_code, 0)
      << finished.err << "(scripts/install-deps installs what it needs)";
  std::vector<std::vector<std::string>> verdicts;
  for (std::size_t at = 0; at < finished.out.size();) {
    const auto end = finished.out.find('\n', at);
    const auto line = Json::parse(finished.out.substr(at, end - at)).value();
    auto& verdict = verdicts.emplace_back();
    for (const auto& problem : *line.array()) verdict.push_back(*problem.string());
    at = end + 1;
  }
  EXPECT_EQ(verdicts.size(), documents.size());
  verdicts.resize(documents.size());
  return verdicts;
}

// What the program says against it, whether or not it costs the rule.
std::vector<std::string> reader_verdict(const std::string& document) {
  std::vector<Problem> problems;
  const auto definition = read_definition(document, "", problems);
  if (definition) {
    for (auto& problem : lint(document, *definition)) problems.push_back(std::move(problem));
  }
  std::vector<std::string> messages;
  for (const auto& problem : problems) messages.push_back(problem.message);
  return messages;
}

enum class Wanted {
  kGood,
  kBad,
  kBadToTheReader,  // what a schema cannot say
};

struct Document {
  std::string name;
  Wanted wanted;
  std::size_t line;  // of kRule that is replaced; 0 appends
  std::string text;
  std::string kind = {};  // that the rule applies to, if not to commands
};

// A rule without fault, a line each.
const std::vector<std::string> kRule = {
    "rule_id: R0900",                   // 1
    "rule_version: 2",                  // 2
    "name: reads_accounts",             // 3
    "applies_to: [command]",            // 4
    "match:",                           // 5
    "  pattern: 'cat /etc/passwd'",     // 6
    "emits:",                           // 7
    "  - technique_id: T1087",          // 8
    "    sub_technique_id: T1087.001",  // 9
    "    tactic: TA0007",               // 10
    "    confidence: 0.9",              // 11
};

std::string text_of(const Document& document) {
  std::string yaml;
  for (std::size_t i = 0; i < kRule.size(); ++i) {
    if (i + 1 == document.line) {
      yaml += document.text + "\n";
    } else if (i + 1 == 4 && !document.kind.empty()) {
      yaml += fmt::format("applies_to: [{}]\n", document.kind);
    } else {
      yaml += kRule[i] + "\n";
    }
  }
  if (document.line == 0) yaml += document.text + "\n";
  return yaml;
}

constexpr auto kGood = Wanted::kGood;
constexpr auto kBad = Wanted::kBad;
constexpr auto kReader = Wanted::kBadToTheReader;

const std::vector<Document> kDocuments = {
    {"AsItIs", kGood, 0, ""},
    // Identity.
    {"NoId", kBad, 1, ""},
    {"EmptyId", kBad, 1, "rule_id: ''"},
    {"IdWithDot", kBad, 1, "rule_id: R1.2"},
    {"IdWithStar", kBad, 1, "rule_id: 'R*'"},
    {"IdWithGreater", kBad, 1, "rule_id: 'R>'"},
    {"IdWithBlank", kBad, 1, "rule_id: R 1"},
    {"IdWithUmlaut", kBad, 1, "rule_id: R\xC3\xA9"},
    {"IdOfOddLetters", kGood, 1, "rule_id: '!-/<=?~+(),:;@[]^_`{|}#$%&\"'"},
    {"IdOf128", kGood, 1, "rule_id: " + std::string(128, 'R')},
    {"IdOf129", kBad, 1, "rule_id: " + std::string(129, 'R')},
    {"IdIsANumber", kBad, 1, "rule_id: 900"},
    {"VersionZero", kGood, 2, "rule_version: 0"},
    {"VersionNegative", kBad, 2, "rule_version: -1"},
    {"VersionLargest", kGood, 2, "rule_version: 2147483647"},
    {"VersionTooLarge", kBad, 2, "rule_version: 2147483648"},
    {"VersionQuoted", kBad, 2, "rule_version: '2'"},
    {"VersionBoolean", kBad, 2, "rule_version: yes"},
    {"VersionFloat", kBad, 2, "rule_version: 1.5"},
    {"VersionWholeFloat", kReader, 2, "rule_version: 1.0"},  // to a schema the number 1
    {"VersionOctal", kReader, 2, "rule_version: 010"},       // is read as 8 before it comes there
    {"NameIsBoolean", kBad, 3, "name: no"},
    {"NameIsNothing", kBad, 3, "name:"},
    {"NameTwice", kReader, 3, "name: a\nname: b"},
    {"Description", kGood, 0, "description: |\n  two\n  lines"},
    {"DescriptionIsANumber", kGood, 0, "description: 5"},
    {"DescriptionIsNothing", kGood, 0, "description:"},
    {"DescriptionIsAList", kBad, 0, "description: [a]"},
    {"Release", kGood, 0, "attack_release: v19"},
    {"ReleaseIsAMapping", kBad, 0, "attack_release: {a: b}"},
    {"Reviews", kGood, 0, "last_reviewed: 2026-05-02\nnext_review: 2026-08-02"},
    {"KeysOfOthers", kGood, 0, "author: {name: bob}\nreferences: [a, 5]"},
    {"KeyNearlyOurs", kReader, 0, "evidence_feilds: [a]"},
    // Kinds.
    {"EveryKind", kGood, 4,
     "applies_to: [command, intel, email, canary_fingerprint, auth_attempt, http_request, "
     "payload]"},
    {"UnknownKind", kBad, 4, "applies_to: [comand]"},
    {"KindsAreText", kBad, 4, "applies_to: command"},
    {"NoKinds", kBad, 4, "applies_to: []"},
    {"KindIsANumber", kBad, 4, "applies_to: [5]"},
    {"KindWithoutField", kBad, 4, "applies_to: [session]"},
    {"OneKindWithoutField", kBad, 4, "applies_to: [command, ipv6_leak]"},
    // Match.
    {"MatchIsText", kBad, 5, "match: x\nother:"},
    {"NoMatch", kBad, 5, "other:"},
    {"NoPattern", kBad, 6, "  field: x"},
    {"PatternEmpty", kBad, 6, "  pattern: ''"},
    {"PatternIsAList", kBad, 6, "  pattern: [a]"},
    {"PatternIsABoolean", kBad, 6, "  pattern: on"},
    {"PatternBroken", kReader, 6, "  pattern: 'a(b'"},
    {"Field", kGood, 6, "  pattern: x\n  field: y"},
    {"FieldIsNothing", kGood, 6, "  pattern: x\n  field:"},
    {"FieldIsANumber", kBad, 6, "  pattern: x\n  field: 5"},
    {"MoreFields", kGood, 6, "  pattern: x\n  more_fields: [a, b]"},
    {"MoreFieldsIsText", kBad, 6, "  pattern: x\n  more_fields: a"},
    {"MoreFieldsIsNothing", kBad, 6, "  pattern: x\n  more_fields:"},
    {"KindIsNothing", kGood, 6, "  pattern: x\n  kind:"},
    {"KindOfOthers", kGood, 6, "  pattern: x\n  kind: regex"},
    {"KindOfMatchIsANumber", kBad, 6, "  pattern: x\n  kind: 5"},
    {"Lifter", kGood, 6, "  kind: lifter:canary_webdriver", "canary_fingerprint"},
    {"LifterOnAnotherKind", kBad, 6, "  kind: lifter:canary_webdriver"},
    {"LifterAwaited", kGood, 6, "  kind: lifter:intel_aggregate_bump"},
    {"LifterWithParameters", kGood, 6,
     "  kind: lifter:canary_webdriver\n  pattern: 5\n  field: [a]\n  threshold: 0.5",
     "canary_fingerprint"},
    {"LifterOfNobody", kBad, 6, "  kind: lifter:telepathy"},
    {"LifterThatKnowsNoSuch", kBad, 6, "  kind: lifter:canary_webdrivr"},
    {"LifterWithSurprise", kReader, 6, "  kind: lifter:canary_webdriver\n  pairs: [[root, no]]",
     "canary_fingerprint"},
    {"Sequence", kGood, 6,
     "  kind: sequence\n  within: 10m\n  steps: [{pattern: a}, {kind: payload, field: transfer, "
     "pattern: b}]",
     "session"},
    {"SequenceOfCommands", kBad, 6, "  kind: sequence\n  steps: [{pattern: a}, {pattern: b}]"},
    {"SequenceOfOne", kBad, 6, "  kind: sequence\n  steps: [{pattern: a}]", "session"},
    {"SequenceOfNine", kBad, 6,
     "  kind: sequence\n  steps: [{pattern: a}, {pattern: b}, {pattern: c}, {pattern: d}, "
     "{pattern: e}, {pattern: f}, {pattern: g}, {pattern: h}, {pattern: i}]",
     "session"},
    {"SequenceOfNothing", kBad, 6, "  kind: sequence", "session"},
    {"SequenceOfTexts", kBad, 6, "  kind: sequence\n  steps: [a, b]", "session"},
    {"StepWithoutPattern", kBad, 6, "  kind: sequence\n  steps: [{pattern: a}, {kind: command}]",
     "session"},
    {"StepOfAnotherKind", kBad, 6,
     "  kind: sequence\n  steps: [{pattern: a}, {kind: email, pattern: b}]", "session"},
    {"StepWithAnotherKey", kBad, 6,
     "  kind: sequence\n  steps: [{pattern: a}, {within: 5m, pattern: b}]", "session"},
    {"StepOfPasswords", kBad, 6,
     "  kind: sequence\n  steps: [{pattern: a}, {kind: auth_attempt, field: password, pattern: "
     "b}]",
     "session"},
    {"StepBroken", kReader, 6, "  kind: sequence\n  steps: [{pattern: a}, {pattern: 'b('}]",
     "session"},
    {"WithinWithoutUnit", kBad, 6,
     "  kind: sequence\n  within: 10\n  steps: [{pattern: a}, {pattern: b}]", "session"},
    {"WithinCenturies", kReader, 6,
     "  kind: sequence\n  within: 40000d\n  steps: [{pattern: a}, {pattern: b}]", "session"},
    // Emits.
    {"EmitsIsText", kBad, 7, "emits: T1087\nother:"},
    {"NoEmits", kBad, 7, "other:"},
    {"ElementIsText", kBad, 0, "  - T1110"},
    {"OneMore", kGood, 0, "  - {technique_id: T1110, tactic: TA0006, confidence: 1, note: x}"},
    {"TheSameAgain", kReader, 0,
     "  - {technique_id: T1087, sub_technique_id: T1087.001, tactic: TA0007, confidence: 1}"},
    {"NoTechnique", kBad, 8, "  - x: y"},
    {"TechniqueWithDot", kBad, 8, "  - technique_id: T1087.001"},
    {"TechniqueInLowerCase", kBad, 8, "  - technique_id: t1087"},
    {"TechniqueIsANumber", kBad, 8, "  - technique_id: 1087"},
    {"NoSub", kGood, 9, ""},
    {"SubIsNothing", kGood, 9, "    sub_technique_id:"},
    {"SubIsEmpty", kGood, 9, "    sub_technique_id: ''"},
    {"SubIsATechnique", kBad, 9, "    sub_technique_id: T1087"},
    {"SubOfAnother", kReader, 9, "    sub_technique_id: T1110.001"},
    {"NoTactic", kBad, 10, ""},
    {"TacticByName", kBad, 10, "    tactic: discovery"},
    {"NoConfidence", kBad, 11, ""},
    {"ConfidenceWhole", kGood, 11, "    confidence: 1"},
    {"ConfidenceZero", kGood, 11, "    confidence: 0.0"},
    {"ConfidenceText", kGood, 11, "    confidence: '0.85'"},
    {"ConfidenceTextOne", kGood, 11, "    confidence: ' 1.00 '"},
    {"ConfidenceTextPoint", kGood, 11, "    confidence: '.5'"},
    {"ConfidenceTextTooLarge", kBad, 11, "    confidence: '1.01'"},
    {"ConfidencePercent", kBad, 11, "    confidence: 90"},
    {"ConfidenceNegative", kBad, 11, "    confidence: -0.1"},
    {"ConfidenceHigh", kBad, 11, "    confidence: high"},
    {"ConfidenceEmpty", kBad, 11, "    confidence: ''"},
    {"ConfidenceBoolean", kBad, 11, "    confidence: true"},
    // The rest.
    {"Evidence", kGood, 0, "evidence_fields: [a, b]"},
    {"EvidenceNone", kGood, 0, "evidence_fields: []"},
    {"EvidenceIsText", kBad, 0, "evidence_fields: a"},
    {"EvidenceIsNothing", kBad, 0, "evidence_fields:"},
    {"EvidenceOfNumbers", kBad, 0, "evidence_fields: [5]"},
    {"Samples", kGood, 0, "tests: {fires: [a, 5, 010, yes, {command_text: x}], silent: []}"},
    {"SamplesOfOneSort", kGood, 0, "tests: {silent: [a]}"},
    {"TestsIsAList", kBad, 0, "tests: [a]"},
    {"TestsIsNothing", kBad, 0, "tests:"},
    {"TestsWithAnotherKey", kBad, 0, "tests: {fire: [a]}"},
    {"SamplesAreText", kBad, 0, "tests: {fires: a}"},
    {"SampleIsAList", kBad, 0, "tests: {fires: [[a]]}"},
    {"SampleIsNothing", kBad, 0, "tests: {fires: [~]}"},
    {"SampleBecameAMapping", kReader, 0, "tests:\n  fires:\n  - echo a: b"},
    // The text as a whole.
    {"NotYaml", kBad, 3, "name: 'x"},
};

TEST(RuleSchema, AgreesWithTheReader) {
  std::vector<std::string> texts;
  for (const auto& document : kDocuments) texts.push_back(text_of(document));
  const auto verdicts = schema_verdicts(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    SCOPED_TRACE(kDocuments[i].name + "\n" + texts[i]);
    const auto reader = reader_verdict(texts[i]);
    EXPECT_EQ(reader.empty(), kDocuments[i].wanted == kGood) << testing::PrintToString(reader);
    EXPECT_EQ(verdicts[i].empty(), kDocuments[i].wanted != kBad)
        << testing::PrintToString(verdicts[i]);
  }
}

// What the reader objects to and a schema cannot express.
bool beyond_a_schema(const std::string& message) {
  constexpr std::array<std::string_view, 4> kBeyond = {"expected a sub-technique of T",
                                                       "again; both would be one",
                                                       "a payload without", "match.pattern"};
  return std::any_of(kBeyond.begin(), kBeyond.end(), [&message](std::string_view part) {
    return message.find(part) != std::string::npos;
  });
}

TEST(RuleSchema, KnowsWhatEachLifterJudges) {
  std::vector<std::string> texts;
  for (const std::string_view match_kind : match_kinds()) {
    for (const std::string_view kind : kSourceKindNames) {
      texts.push_back(
          text_of({"", kGood, 6, fmt::format("  kind: {}", match_kind), std::string(kind)}));
    }
  }
  const auto verdicts = schema_verdicts(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(reader_verdict(texts[i]).empty(), verdicts[i].empty()) << texts[i];
  }
}

// Calls `visit` with the document once for each of its values, with that value replaced.
void with_each_value_replaced(Json& root, Json& value, const Json& replacement,
                              const std::function<void(const Json&)>& visit) {
  const Json kept = value;
  value = replacement;
  visit(root);
  value = kept;
  if (Json::Array* elements = value.array()) {
    for (Json& element : *elements) with_each_value_replaced(root, element, replacement, visit);
  }
  if (value.object() == nullptr) return;
  for (std::size_t i = 0; i < kept.object()->size(); ++i) {
    const auto& [key, member] = (*kept.object())[i];
    // Json gives no way to a member that could be written through: take it out, put it back.
    Json inner = member;
    with_each_value_replaced(inner, inner, replacement, [&](const Json& changed) {
      value.set(key, changed);
      visit(root);
    });
    value.set(key, member);
  }
}

TEST(RuleSchema, AgreesWithTheReaderWhateverStandsWhere) {
  const std::vector<std::string> rules = {
      R"({"rule_id": "R1", "rule_version": 1, "name": "n", "description": "d",
          "attack_release": "v19", "applies_to": ["command", "payload"],
          "match": {"pattern": "x", "field": "f", "more_fields": ["g"], "kind": null},
          "emits": [{"technique_id": "T1110", "sub_technique_id": "T1110.001", "tactic": "TA0006",
                     "confidence": 0.5},
                    {"technique_id": "T1083", "tactic": "TA0007", "confidence": 1}],
          "evidence_fields": ["f"], "tests": {"fires": ["x", {"f": "x"}], "silent": [5]}})",
      R"({"rule_id": "R1", "rule_version": 1, "name": "n", "applies_to": ["session"],
          "match": {"kind": "lifter:behavioral_beaconing", "min_interval_s": 10},
          "emits": [{"technique_id": "T1071", "tactic": "TA0011", "confidence": "0.8"}]})"};
  const std::vector<std::string> replacements = {
      "null", "true",  "0",         "1",           "-1",          "0.5",
      "\"\"", "\"x\"", "\"T1110\"", "\"command\"", "\"session\"", "\"lifter:intel_feodo\"",
      "[]",   "[5]",   "[\"x\"]",   "{}",          "{\"a\": 1}"};
  std::vector<std::string> texts;
  for (const auto& rule : rules) {
    for (const auto& replacement : replacements) {
      Json document = Json::parse(rule).value();
      with_each_value_replaced(document, document, Json::parse(replacement).value(),
                               [&texts](const Json& changed) { texts.push_back(changed.dump()); });
    }
  }
  EXPECT_GT(texts.size(), 500U);
  const auto verdicts = schema_verdicts(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto reader = reader_verdict(texts[i]);
    if (!reader.empty() && std::all_of(reader.begin(), reader.end(), beyond_a_schema)) continue;
    EXPECT_EQ(reader.empty(), verdicts[i].empty())
        << texts[i] << "\nreader: " << testing::PrintToString(reader)
        << "\nschema: " << testing::PrintToString(verdicts[i]);
  }
}

TEST(RuleSchema, HoldsForEveryShippedRule) {
  std::vector<Problem> problems;
  const auto files = rule_files(test::source_dir() / "rules" / "ttp", problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_GE(files.size(), 59U);
  std::vector<std::string> texts;
  for (const auto& file : files) texts.push_back(read_file(file).value());
  const auto verdicts = schema_verdicts(texts);
  for (std::size_t i = 0; i < files.size(); ++i) EXPECT_THAT(verdicts[i], IsEmpty()) << files[i];
}

// Completion offers what there is.
TEST(RuleSchema, ListsTheKindsOfThisProgram) {
  const Json schema = Json::parse(read_file(schema_path()).value()).value();
  const auto texts = [](const Json* list) {
    std::vector<std::string_view> result;
    for (const Json& element : *list->array()) result.emplace_back(*element.string());
    return result;
  };
  EXPECT_EQ(texts(schema.find("properties")->find("applies_to")->find("items")->find("enum")),
            std::vector(kSourceKindNames.begin(), kSourceKindNames.end()));
  const Json* kind = schema.find("$defs")->find("match")->find("properties")->find("kind");
  EXPECT_EQ(texts(kind->find("anyOf")->array()->at(0).find("enum")),
            std::vector(match_kinds().begin(), match_kinds().end()));
}

}  // namespace
}  // namespace decnet::rules
