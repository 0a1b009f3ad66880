// The catalogue beside what others publish: tables derived from MITRE's data, MITRE's own bundles,
// and the script that makes the built-in release of them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <sstream>

#include "decnet/attack/catalogue.h"
#include "decnet/attack/compact.h"
#include "decnet/base/file.h"
#include "decnet/base/json.h"
#include "tests/test_main.h"

namespace decnet::attack {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Row = std::map<std::string, std::string>;  // by column

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::vector<Row> read_table(const std::filesystem::path& path) {
  std::vector<Row> rows;
  std::vector<std::string> head;
  for (const std::string& line : split(read_file(path).value(), '\n')) {
    const auto fields = split(line, '\t');
    if (head.empty()) {
      head = fields;
      continue;
    }
    Row& row = rows.emplace_back();
    for (std::size_t i = 0; i < fields.size(); ++i) row[head.at(i)] = fields[i];
  }
  return rows;
}

// Every row of that domain is in the catalogue and says the same, and the catalogue has no more.
void expect_same(const Catalogue& catalogue, const std::vector<Row>& table,
                 const std::string& domain) {
  std::size_t techniques = 0;
  std::size_t tactics = 0;
  for (Row row : table) {
    if (row["domain"] != domain) continue;
    SCOPED_TRACE(row["id"]);
    if (row["is_sub"] == "T") {
      ++tactics;
      const Tactic* tactic = catalogue.tactic(row["id"]);
      ASSERT_NE(tactic, nullptr);
      EXPECT_EQ(tactic->name, row["name"]);
      EXPECT_EQ(tactic->short_name, row["tactics"]);
      continue;
    }
    ++techniques;
    const Technique* technique = catalogue.technique(row["id"]);
    ASSERT_NE(technique, nullptr);
    EXPECT_EQ(technique->name, row["name"]);
    EXPECT_EQ(technique->tactics, split(row["tactics"], ','));
    EXPECT_EQ(!technique->parent.empty(), row["is_sub"] == "1");
    EXPECT_EQ(technique->revoked, row["revoked"] == "1");
    EXPECT_EQ(technique->deprecated, row["deprecated"] == "1");
    EXPECT_EQ(technique->successor, row["revoked_by"]);
    EXPECT_EQ(technique->url, row["url"]);
    if (row.contains("stix_id")) {
      EXPECT_EQ(technique->stix_id, row["stix_id"]);
    }
  }
  EXPECT_GT(techniques, 0U);
  EXPECT_EQ(techniques, std::ranges::count(catalogue.techniques(), domain, &Technique::domain));
  EXPECT_EQ(tactics, std::ranges::count(catalogue.tactics(), domain, &Tactic::domain));
}

TEST(PublishedData, TheBuiltInEnterpriseMatrixIsTheirs) {
  DECNET_CORPUS_OR_SKIP(table, "attack/catalogue-v19.tsv");
  expect_same(*Catalogue::built_in(), read_table(table), "enterprise");
}

TEST(PublishedData, TheBuiltInIcsMatrixIsThatOf18_1) {
  DECNET_CORPUS_OR_SKIP(table, "attack/catalogue-18.1.tsv");
  expect_same(*Catalogue::built_in(), read_table(table), "ics");
}

class MitresBundle : public testing::TestWithParam<std::string> {};

TEST_P(MitresBundle, SaysWhatTheTableSays) {
  DECNET_CORPUS_OR_SKIP(bundle, fmt::format("attack/{}-attack-18.1.json", GetParam()));
  DECNET_CORPUS_OR_SKIP(table, "attack/catalogue-18.1.tsv");
  const auto catalogue = Catalogue::open(bundle);
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_EQ((*catalogue)->release(), "v18.1");
  expect_same(**catalogue, read_table(table), GetParam());
  for (const Technique& technique : (*catalogue)->techniques()) {
    EXPECT_EQ(technique.domain, GetParam()) << technique.id;
  }
}

// The reader takes a sub-technique's parent from its id. MITRE's relationships must agree.
TEST_P(MitresBundle, NumbersSubTechniquesAfterTheirParents) {
  DECNET_CORPUS_OR_SKIP(path, fmt::format("attack/{}-attack-18.1.json", GetParam()));
  const auto bundle = Json::parse(read_file(path).value()).value();
  const auto catalogue = Catalogue::open(path).value();
  std::map<std::string, std::string> parents;  // by STIX id
  std::map<std::string, const Technique*> techniques;
  for (const Technique& technique : catalogue->techniques()) {
    techniques[technique.stix_id] = &technique;
  }
  for (const Json& thing : *bundle.find("objects")->array()) {
    const Json* kind = thing.find("relationship_type");
    if (kind == nullptr || *kind != Json("subtechnique-of")) continue;
    const Technique* sub = techniques.at(*thing.find("source_ref")->string());
    EXPECT_EQ(sub->parent, techniques.at(*thing.find("target_ref")->string())->id) << sub->id;
  }
}

TEST_P(MitresBundle, IsRefusedWhenCutShort) {
  DECNET_CORPUS_OR_SKIP(path, fmt::format("attack/{}-attack-18.1.json", GetParam()));
  const std::string whole = read_file(path).value();
  const test::TempDir directory;
  for (std::size_t sixteenths = 1; sixteenths < 16; ++sixteenths) {
    const auto cut = directory.write(
        "cut.json", std::string_view(whole).substr(0, whole.size() * sixteenths / 16));
    const auto catalogue = Catalogue::open(cut);
    ASSERT_FALSE(catalogue) << sixteenths;
    EXPECT_THAT(catalogue.error().message, HasSubstr("cut.json: is "));
    EXPECT_THAT(catalogue.error().message, HasSubstr("cut short"));
  }
}

INSTANTIATE_TEST_SUITE_P(, MitresBundle, testing::Values("enterprise", "ics"),
                         [](const auto& row) { return row.param; });

// --- The script
// ------------------------------------------------------------------------------------

struct Outcome {
  int status = 0;
  std::string output, errors;
};

Outcome make_attack_catalogue(const std::vector<std::string>& arguments) {
  const test::TempDir directory;
  const auto out = directory.write("out", "");
  const auto err = directory.write("err", "");
  std::string command =
      fmt::format("'{}'", (test::source_dir() / "scripts" / "make-attack-catalogue").string());
  for (const std::string& argument : arguments) command += fmt::format(" '{}'", argument);
  command += fmt::format(" > '{}' 2> '{}'", out.string(), err.string());
  const int status = std::system(command.c_str());
  return {WEXITSTATUS(status), read_file(out).value(), read_file(err).value()};
}

// The rows between the quotes of a C++ raw string.
std::string rows_of(const std::string& source) {
  const std::string open = "R\"attack(\n";
  const std::size_t begin = source.find(open) + open.size();
  return source.substr(begin, source.find(")attack\"") - begin);
}

std::string all_of(const Catalogue& catalogue) {
  std::string text;
  for (const Tactic& t : catalogue.tactics()) {
    text += fmt::format("{}|{}|{}|{}\n", t.id, t.domain, t.short_name, t.name);
  }
  for (const Technique& t : catalogue.techniques()) {
    text += fmt::format("{}|{}|{}|{}|{}|{}|{}{}{}\n", t.id, t.name, t.parent, t.domain, t.stix_id,
                        t.url, t.revoked, t.deprecated, t.successor);
    for (const std::string& tactic : t.tactics) text += fmt::format("  {}\n", tactic);
    for (const Group* group : catalogue.groups_using(t.id)) {
      text += fmt::format("  {} {} {}", group->id, group->name, group->url);
      for (const std::string& alias : group->aliases) text += fmt::format(", {}", alias);
      text += "\n";
    }
  }
  return text;
}

TEST(Script, MakesTheCommittedBytes) {
  DECNET_CORPUS_OR_SKIP(table, "attack/catalogue-v19.tsv");
  DECNET_CORPUS_OR_SKIP(patterns, "attack/v19/mitre-attack-pattern.json");
  DECNET_CORPUS_OR_SKIP(groups, "attack/v19/mitre-intrusion-set.json");
  DECNET_CORPUS_OR_SKIP(ics, "attack/ics-attack-18.1.json");
  const auto made = make_attack_catalogue({"--release", "v19", table, patterns, groups, ics});
  EXPECT_EQ(made.status, 0) << made.errors;
  const auto committed = read_file(test::source_dir() / "src/decnet/attack/data/v19.inc").value();
  EXPECT_TRUE(made.output == committed) << "run scripts/make-attack-catalogue again";
}

// Two readers of STIX, in two languages, that must not drift apart.
TEST(Script, ReadsABundleAsTheProgramDoes) {
  const auto bundle = test::source_dir() / "src/decnet/attack/testdata/small_bundle.json";
  const auto made = make_attack_catalogue({"--release", "v17", bundle});
  ASSERT_EQ(made.status, 0) << made.errors;
  const auto compact = read_compact(rows_of(made.output));
  ASSERT_TRUE(compact) << compact.error().message;
  EXPECT_EQ((*compact)->release(), "v17");
  EXPECT_EQ(all_of(**compact), all_of(**Catalogue::open(bundle)));
}

TEST_P(MitresBundle, IsReadAlikeByTheScript) {
  DECNET_CORPUS_OR_SKIP(bundle, fmt::format("attack/{}-attack-18.1.json", GetParam()));
  const auto made = make_attack_catalogue({"--release", "v18.1", bundle});
  ASSERT_EQ(made.status, 0) << made.errors;
  const auto compact = read_compact(rows_of(made.output));
  ASSERT_TRUE(compact) << compact.error().message;
  EXPECT_EQ(all_of(**compact), all_of(**Catalogue::open(bundle)));
}

TEST(Script, ExplainsItself) {
  const auto help = make_attack_catalogue({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.output, HasSubstr("STIX bundle"));
}

struct BadInput {
  const char* name;
  std::string content;
  const char* message;
};

class ScriptRefuses : public testing::TestWithParam<BadInput> {};

TEST_P(ScriptRefuses, InOneLine) {
  const test::TempDir directory;
  const auto input = directory.write("input", GetParam().content);
  const auto made = make_attack_catalogue({"--release", "v1", input});
  EXPECT_EQ(made.status, 1);
  EXPECT_THAT(made.output, IsEmpty());
  EXPECT_EQ(std::ranges::count(made.errors, '\n'), 1) << made.errors;
  EXPECT_THAT(made.errors, HasSubstr("make-attack-catalogue: "));
  EXPECT_THAT(made.errors, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    , ScriptRefuses,
    testing::ValuesIn(std::vector<BadInput>{
        {"Empty", "", "/input: Expecting value"},
        {"CutShort", R"({"type": "bundle", "obj)", "/input: Unterminated string"},
        {"OtherJson", R"({"type": "report"})", "/input: neither a STIX bundle"},
        {"NoObjects", R"({"type": "bundle"})", "/input: something lacks what it needs"},
        {"NoTechniques", R"({"type": "bundle", "objects": []})", "no techniques in any input"},
        {"ShortTable", "domain\tid\tname\nenterprise\tT1110\tBrute Force\n",
         "/input: line 2: no column 'is_sub'"},
        {"NoUtf8", "\xff\xfe", "/input: 'utf-8' codec"},
    }),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Script, NamesAMissingFile) {
  const auto made = make_attack_catalogue({"--release", "v1", "/nowhere/attack.json"});
  EXPECT_EQ(made.status, 1);
  EXPECT_EQ(made.errors,
            "make-attack-catalogue: /nowhere/attack.json: No such file or directory\n");
}

}  // namespace
}  // namespace decnet::attack
