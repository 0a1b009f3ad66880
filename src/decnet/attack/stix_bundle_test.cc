#include "decnet/attack/stix_bundle.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <rapidcheck.h>

#include "decnet/attack/builder.h"
#include "decnet/base/file.h"
#include "decnet/base/uuid.h"
#include "tests/test_main.h"

namespace decnet::attack {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const std::string& small_bundle() {
  static const std::string text =
      read_file(test::source_dir() / "src/decnet/attack/testdata/small_bundle.json").value();
  return text;
}

// The small bundle with more objects at its beginning.
std::string small_bundle_and(std::string_view objects) {
  std::string text = small_bundle();
  return text.insert(text.find('[') + 1, fmt::format("{},\n", objects));
}

std::string bundle_of(std::string_view objects) {
  return fmt::format(R"({{"type": "bundle", "spec_version": "2.0", "objects": [{}]}})", objects);
}

constexpr std::string_view kOneTechnique = R"({"type": "attack-pattern", "name": "Brute Force",
    "modified": "2025-01-02T03:04:05Z", "external_references":
    [{"source_name": "mitre-attack", "external_id": "T1110"}]})";

std::shared_ptr<const Catalogue> read(std::string json, std::string_view name = "bundle.json") {
  auto catalogue = read_stix_bundle(std::move(json), name);
  EXPECT_TRUE(catalogue) << catalogue.error().message;
  return catalogue.value();
}

// All that a catalogue says, to compare two.
std::string all_of(const Catalogue& catalogue) {
  std::string text = catalogue.release() + "\n";
  for (const Tactic& t : catalogue.tactics()) {
    text += fmt::format("{} {} {} {}\n", t.id, t.name, t.short_name, t.domain);
  }
  for (const Technique& t : catalogue.techniques()) {
    text += fmt::format("{}|{}|{}|{}|{}|{}|{}{}{}|", t.id, catalogue.name(t.id), t.parent, t.domain,
                        t.stix_id, t.url, t.revoked, t.deprecated, t.successor);
    for (const std::string& tactic : t.tactics) text += tactic + " ";
    for (const Group* group : catalogue.groups_using(t.id)) {
      text += fmt::format("{} {} {} ", group->id, group->name, group->aliases.size());
    }
    text += "\n";
  }
  return text;
}

TEST(StixBundle, GivesEveryFact) {
  const auto catalogue = read(small_bundle());
  EXPECT_EQ(catalogue->release(), "v17");

  std::vector<std::string> tactics;
  for (const Tactic& tactic : catalogue->tactics()) {
    tactics.push_back(tactic.id + " " + tactic.domain);
  }
  EXPECT_THAT(tactics, ElementsAre("TA0005 enterprise", "TA0006 enterprise", "TA0007 enterprise",
                                   "TA0102 ics"));  // as its matrices say, Enterprise first

  EXPECT_THAT(catalogue->techniques(), SizeIs(8));
  const Technique& spraying = *catalogue->technique("T1110.003");
  EXPECT_EQ(spraying.name, "Password Spraying");
  EXPECT_EQ(spraying.parent, "T1110");
  EXPECT_EQ(spraying.domain, "enterprise");
  EXPECT_EQ(spraying.stix_id, "attack-pattern--00000000-0000-4000-8000-000000000022");
  EXPECT_EQ(spraying.url, "https://attack.mitre.org/techniques/T1110/003");
  EXPECT_EQ(catalogue->name("T1110.003"), "Brute Force: Password Spraying");

  EXPECT_TRUE(catalogue->technique("T1089")->revoked);
  EXPECT_EQ(catalogue->current("T1089")->id, "T1562.001");
  EXPECT_TRUE(catalogue->technique("T1043")->deprecated);
}

TEST(StixBundle, ResolvesPhasesInTheirOwnKillChain) {
  const auto catalogue = read(small_bundle());
  EXPECT_THAT(catalogue->technique("T1046")->tactics, ElementsAre("TA0007"));
  EXPECT_THAT(catalogue->technique("T0846")->tactics, ElementsAre("TA0102"));
  EXPECT_THAT(catalogue->technique("T1043")->tactics, IsEmpty());  // its tactic is not there
}

TEST(StixBundle, CountsUsesByGroupsThatAreTracked) {
  const auto catalogue = read(small_bundle());
  const auto spraying = catalogue->groups_using("T1110.003");
  ASSERT_THAT(spraying, SizeIs(2));
  EXPECT_EQ(spraying[0]->id, "G0007");
  EXPECT_EQ(spraying[1]->id, "G0016");
  EXPECT_THAT(spraying[1]->aliases, ElementsAre("APT29", "Cozy Bear"));
  EXPECT_THAT(catalogue->groups_using("T1110"), IsEmpty());  // not merged with its sub-technique
  // Not by G0007 (a relationship given up), G0074 (revoked) or software.
  ASSERT_THAT(catalogue->groups_using("T1046"), SizeIs(1));
  EXPECT_EQ(catalogue->groups_using("T1046").front()->id, "G0016");
}

TEST(StixBundle, OlderFilesNameTheirDomainOnlyInReferences) {
  const auto catalogue = read(bundle_of(R"(
      {"type": "x-mitre-tactic", "name": "Discovery", "x_mitre_shortname": "discovery",
       "external_references": [{"source_name": "mitre-ics-attack", "external_id": "TA0102"}]},
      {"type": "attack-pattern", "id": "attack-pattern--1", "name": "Remote System Discovery",
       "kill_chain_phases": [{"kill_chain_name": "mitre-ics-attack", "phase_name": "discovery"}],
       "external_references": [{"source_name": "mitre-ics-attack", "external_id": "T0846"}]})"));
  EXPECT_EQ(catalogue->tactic("TA0102")->domain, "ics");
  EXPECT_EQ(catalogue->technique("T0846")->domain, "ics");
  EXPECT_THAT(catalogue->technique("T0846")->tactics, ElementsAre("TA0102"));
}

struct ReleaseCase {
  const char* name;
  const char* version;  // of the collection, "" for no collection
  const char* file;
  const char* release;
};

class Releases : public testing::TestWithParam<ReleaseCase> {};

TEST_P(Releases, AreNamed) {
  const auto& c = GetParam();
  std::string objects(kOneTechnique);
  if (*c.version) {
    objects +=
        fmt::format(R"(, {{"type": "x-mitre-collection", "x_mitre_version": "{}"}})", c.version);
  }
  EXPECT_EQ(read(bundle_of(objects), c.file)->release(), c.release);
}

INSTANTIATE_TEST_SUITE_P(, Releases,
                         testing::ValuesIn(std::vector<ReleaseCase>{
                             {"Collection", "18.1", "enterprise-attack.json", "v18.1"},
                             {"CollectionOfAFullRelease", "19.0", "enterprise-attack.json", "v19"},
                             {"CollectionBeforeFile", "19.1", "enterprise-attack-18.1.json",
                              "v19.1"},
                             {"File", "", "enterprise-attack-18.1.json", "v18.1"},
                             {"FileWithV", "", "ics-attack_v16.json", "v16"},
                             {"FileWithoutExtension", "", "enterprise-attack-17.0", "v17"},
                             {"UnusableCollection", "<b>", "enterprise-attack-18.1.json", "v18.1"},
                             {"NewestChange", "", "enterprise-attack.json", "as-of-2025-01-02"},
                             {"NewestChangeNotWords", "", "my-bundle.json", "as-of-2025-01-02"},
                             {"NotDots", "", "attack-...json", "as-of-2025-01-02"},
                         }),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(StixBundle, OfNoReleaseSaysSo) {
  const auto catalogue = read(bundle_of(R"({"type": "attack-pattern", "name": "Brute Force",
      "modified": "yesterday", "external_references":
      [{"source_name": "mitre-attack", "external_id": "T1110"}]})"));
  EXPECT_EQ(catalogue->release(), "unknown");
}

// An object that cannot be used costs itself: the others say what they said.
class DamagedObject : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(DamagedObject, CostsItself) {
  EXPECT_EQ(all_of(*read(small_bundle_and(GetParam().second))), all_of(*read(small_bundle())));
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedObject,
    testing::ValuesIn(std::vector<std::pair<const char*, const char*>>{
        {"NoObject", "17, null, [], \"attack-pattern\""},
        {"NoType", R"({"id": "attack-pattern--1"})"},
        {"NothingElse", R"({"type": "attack-pattern"}, {"type": "intrusion-set"},
                           {"type": "x-mitre-tactic"}, {"type": "relationship"},
                           {"type": "x-mitre-matrix"}, {"type": "x-mitre-collection"})"},
        {"NameOfAnotherType", R"({"type": "attack-pattern", "name": ["x"], "external_references":
                           [{"source_name": "mitre-attack", "external_id": "T1111"}]})"},
        {"IdOfAnotherForm", R"({"type": "attack-pattern", "name": "x", "external_references":
                           [{"source_name": "mitre-attack", "external_id": "T1111'; --"}]})"},
        {"ReferencesOfAnotherType", R"({"type": "attack-pattern", "name": "x",
                           "external_references": {"external_id": "T1111"}})"},
        {"ReferenceOfAnotherSource", R"({"type": "attack-pattern", "name": "x",
                           "external_references":
                           [{"source_name": "capec", "external_id": "T1111"}]})"},
        {"TacticWithoutShortName", R"({"type": "x-mitre-tactic", "name": "x", "external_references":
                           [{"source_name": "mitre-attack", "external_id": "TA0099"}]})"},
        {"RevokedTwin", R"({"type": "attack-pattern", "name": "x", "revoked": true,
                           "external_references":
                           [{"source_name": "mitre-attack", "external_id": "T1110"}]})"},
        {"RelationshipsToNowhere", R"({"type": "relationship", "relationship_type": "revoked-by",
                           "source_ref": "attack-pattern--00000000-0000-4000-8000-000000000023",
                           "target_ref": "attack-pattern--none"},
                           {"type": "relationship", "relationship_type": "uses",
                           "source_ref": 1, "target_ref": []})"},
        {"RevokedByAGroup", R"({"type": "relationship", "relationship_type": "revoked-by",
                           "source_ref": "attack-pattern--00000000-0000-4000-8000-000000000023",
                           "target_ref": "intrusion-set--00000000-0000-4000-8000-000000000031"})"},
    }),
    [](const auto& row) { return std::string(row.param.first); });

TEST(StixBundle, LetsNothingDangerousThrough) {
  const auto catalogue = read(bundle_of(R"(
      {"type": "attack-pattern", "name": "Brute\u001b[31m\n", "external_references":
       [{"source_name": "mitre-attack", "external_id": "T1110", "url": "javascript:x"}]})"));
  EXPECT_EQ(catalogue->technique("T1110")->name, R"(Brute\x1b[31m\n)");
  EXPECT_EQ(catalogue->technique("T1110")->url, "");
}

TEST(StixBundle, CutShortAnywhereIsRefused) {
  const std::string& whole = small_bundle();
  const std::size_t end = whole.find_last_of('}');
  for (std::size_t length = 0; length <= end; ++length) {
    const auto catalogue = read_stix_bundle(whole.substr(0, length), "bundle.json");
    ASSERT_FALSE(catalogue) << length;
    ASSERT_EQ(catalogue.error().code, ErrorCode::kInvalid) << length;
    ASSERT_THAT(catalogue.error().message, Not(HasSubstr("\n"))) << length;
  }
  EXPECT_TRUE(read_stix_bundle(whole.substr(0, end + 1), "bundle.json"));
}

TEST(StixBundle, SurvivesAnyDamage) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<std::uint16_t, char>>& damages) {
    std::string text = small_bundle();
    for (const auto& [where, what] : damages) text[where % text.size()] = what;
    const auto catalogue = read_stix_bundle(text, "bundle.json");
    if (!catalogue) {
      RC_ASSERT(catalogue.error().message.find('\n') == std::string::npos);
      return;
    }
    RC_ASSERT(!(*catalogue)->techniques().empty());
    for (const Technique& technique : (*catalogue)->techniques()) {
      RC_ASSERT(is_technique_id(technique.id));
      RC_ASSERT((*catalogue)->current(technique.id) != nullptr);
    }
  }));
}

// One byte replaced leaves most bundles readable; a string's content may change, nothing more.
TEST(StixBundle, SurvivesAnyOneByte) {
  std::string text = small_bundle();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char was = text[i];
    for (const char now : {'\0', '"', '}', '\x80', '9'}) {
      text[i] = now;
      const auto catalogue = read_stix_bundle(text, "bundle.json");
      if (catalogue) {
        ASSERT_THAT((*catalogue)->techniques(), Not(IsEmpty()));
      }
    }
    text[i] = was;
  }
}

// --- Files
// -----------------------------------------------------------------------------------------

struct FileCase {
  const char* name;
  std::string content;
  const char* message;  // after the path
};

class RefusedFile : public testing::TestWithParam<FileCase> {};

TEST_P(RefusedFile, IsNamedWithItsDefect) {
  const test::TempDir directory;
  const auto path = directory.write("bundle.json", GetParam().content);
  const auto catalogue = Catalogue::open(path);
  ASSERT_FALSE(catalogue);
  EXPECT_EQ(catalogue.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(catalogue.error().message,
              StartsWith(fmt::format("{}: {}", path.string(), GetParam().message)));
  EXPECT_THAT(catalogue.error().message, Not(HasSubstr("\n")));
}

INSTANTIATE_TEST_SUITE_P(
    , RefusedFile,
    testing::ValuesIn(std::vector<FileCase>{
        {"Empty", "", "is empty"},
        {"Blank", " \n\n", "is empty"},
        {"NoJson", "<html>404: Not Found</html>\n", "is no JSON"},
        {"Gzip", "\x1f\x8b\x08", "is no JSON"},
        {"CutShort", R"({"type": "bundle", "objects": [{"type": "attack-pa)",
         "is cut short after 50 bytes"},
        {"CutAtABrace", R"({"type": "bundle", "objects": [{"type": "malware"})",
         "is damaged or cut short ("},
        {"NoUtf8", "{\"type\": \"bundle\", \"objects\": [\"\xff\xfe\"]}",
         "is damaged or cut short ("},
        {"TooDeep", std::string(100'000, '['), "is damaged or cut short ("},
        {"OtherJson", R"(["T1110"])", "is JSON, but no STIX bundle"},
        {"OtherObject", R"({"name": "layer", "techniques": []})", "is JSON, but no STIX bundle"},
        {"OtherType", R"({"type": "report", "objects": []})", "is JSON, but no STIX bundle"},
        {"NoObjects", R"({"type": "bundle"})", "is JSON, but no STIX bundle"},
        {"ObjectsOfAnotherType", R"({"type": "bundle", "objects": {}})",
         "is JSON, but no STIX bundle"},
        {"NoTechniques", R"({"type": "bundle", "objects": [{"type": "malware", "name": "x"}]})",
         "is a STIX bundle without ATT&CK techniques"},
    }),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Open, ReadsAFile) {
  const test::TempDir directory;
  const auto catalogue =
      Catalogue::open(directory.write("x.json", "\xef\xbb\xbf" + small_bundle()));
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_EQ(all_of(**catalogue), all_of(*read(small_bundle())));
}

TEST(Open, ReplacesTheBuiltIn) {
  const test::TempDir directory;
  const auto catalogue = Catalogue::open(directory.write("x.json", bundle_of(kOneTechnique)));
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_EQ((*catalogue)->technique("T1059"), nullptr);
  EXPECT_EQ((*catalogue)->technique("T0806"), nullptr);
}

TEST(Open, RefusesWhatIsNoFile) {
  const test::TempDir directory;
  const auto missing = Catalogue::open(directory.path() / "none.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("none.json: No such file"));

  const auto folder = Catalogue::open(directory.path());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(folder.error().message, HasSubstr(": is a directory"));

  const auto pipe = directory.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto waited_for = Catalogue::open(pipe);  // and not waited for
  ASSERT_FALSE(waited_for);
  EXPECT_EQ(waited_for.error().message, pipe.string() + ": is no regular file");
}

TEST(Open, TakesOnlyTheFileThatWasPinned) {
  const test::TempDir directory;
  const auto path = directory.write("x.json", small_bundle());
  std::string digest = sha256_hex(small_bundle());
  EXPECT_TRUE(Catalogue::open(path, digest));

  std::string upper = digest;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_TRUE(Catalogue::open(path, upper));

  digest.back() = digest.back() == '0' ? '1' : '0';
  const auto other = Catalogue::open(path, digest);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(other.error().message, fmt::format("{}: its SHA-256 is {}, not {}", path.string(),
                                               sha256_hex(small_bundle()), digest));

  for (const char* pin : {"abc", "sha256:", " "}) {
    const auto nonsense = Catalogue::open(path, pin);
    ASSERT_FALSE(nonsense);
    EXPECT_THAT(nonsense.error().message, HasSubstr("is no SHA-256 (64 hexadecimal digits)"));
  }
}

TEST(Open, ParsesNothingOfAnotherFile) {
  const test::TempDir directory;
  const auto other = Catalogue::open(directory.write("x.json", "<html>"), std::string(64, '0'));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("its SHA-256 is"));
}

}  // namespace
}  // namespace decnet::attack
