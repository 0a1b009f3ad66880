#include "decnet/follow/place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <string>

#include "decnet/base/uuid.h"
#include "tests/test_main.h"

namespace decnet::follow {
namespace {

Place place_in(const std::string& text, std::uint64_t offset, std::uint64_t head_at = 0) {
  const std::string head = text.substr(head_at, HeadMark::kMaxBytes);
  return {{offset, 3, false}, {head_at, head.size(), sha256_hex(head)}, 17, false};
}

std::string packed(const std::filesystem::path& path, const std::string& text) {
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  return path.string();
}

TEST(Place, ReadsBackAsItWasWritten) {
  Place place = place_in("one\ntwo\n", 4);
  place.position.skipping = true;
  place.done = true;
  EXPECT_EQ(place_of(Json::parse(to_json(place).dump()).value()), place);
}

TEST(Place, IsNothingWhenItIsDamaged) {
  const Json whole = to_json(place_in("one\n", 4));
  for (const auto& [key, value] : *whole.object()) {
    for (const Json& other :
         {Json(), Json(-1), Json(1.5), Json("x"), Json(std::int64_t{1} << 62)}) {
      Json damaged = whole;
      damaged.set(key, other);
      if (const auto read = place_of(damaged)) {
        EXPECT_EQ(to_json(*read), damaged) << key;  // it was no damage
      }
    }
  }
  for (const char* text : {"null", "[]", "{}", "7", "\"x\""}) {
    EXPECT_FALSE(place_of(Json::parse(text).value())) << text;
  }
}

TEST(Place, KnowsItsFileByItsBeginningWhateverItsName) {
  const test::TempDir directory;
  const std::string text = "first line\n" + std::string(3000, 'x') + "\n";
  const auto file = directory.write("a", text + "more\n").string();
  EXPECT_TRUE(is_file_of(place_in(text, text.size()), file));
  EXPECT_TRUE(is_file_of(place_in(text, 0), file));
  EXPECT_FALSE(is_file_of(place_in("other line\n", 4), file));
  EXPECT_FALSE(is_file_of(place_in(text, text.size() + 100), file)) << "it is shorter";
  EXPECT_FALSE(is_file_of(place_in("", 0), file)) << "nothing to know it by";
  EXPECT_FALSE(is_file_of(place_in(text, 0), (directory.path() / "none").string()));
  EXPECT_FALSE(is_file_of(place_in(text, 0), directory.path().string()));
}

TEST(Place, KnowsItsFileWhenItIsCompressed) {
  const test::TempDir directory;
  const std::string text = "first line\nsecond\n";
  EXPECT_TRUE(is_file_of(place_in(text, 11), packed(directory.path() / "a.gz", text)));
  EXPECT_FALSE(is_file_of(place_in("other line\n", 11), packed(directory.path() / "b.gz", text)));
}

TEST(Place, KnowsAFileThatBeginsWithAHole) {
  const test::TempDir directory;
  const std::string text = std::string(300'000, '\0') + "line\n";
  EXPECT_TRUE(is_file_of(place_in(text, 300'005, 300'000), directory.write("a", text).string()));
}

TEST(HeadOf, IsThatOfTextsAlone) {
  const test::TempDir directory;
  EXPECT_EQ(head_of(directory.write("a", "line\n").string()),
            (HeadMark{0, 5, sha256_hex("line\n")}));
  EXPECT_EQ(head_of(packed(directory.path() / "b.gz", "line\n")),
            (HeadMark{0, 5, sha256_hex("line\n")}));
  EXPECT_FALSE(head_of(directory.write("c", "").string()));
  EXPECT_FALSE(head_of(directory.write("d", std::string("SQLite format 3\0 …", 17)).string()));
  EXPECT_FALSE(head_of((directory.path() / "none").string()));
}

}  // namespace
}  // namespace decnet::follow
