#include "decnet/importers/line_source.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <optional>
#include <string>
#include <vector>

#include "decnet/importers/byte_source.h"
#include "tests/test_main.h"

namespace decnet::importers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;
using Got = LineSource::Got;
using test::TempDir;

constexpr std::chrono::milliseconds kNoPatience{1};

std::string gzipped(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::size_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) << 10;
}

// Everything a source gives, to its end or its error.
struct Contents {
  std::vector<std::string> lines;  // a cut line as "<cut>"
  std::optional<Error> error;
  std::uint64_t last_number = 0;
};

Contents drain(LineSource& source) {
  Contents all;
  for (;;) {
    std::string_view line;
    const auto got = source.next(line);
    if (!got) {
      all.error = got.error();
      break;
    }
    if (*got == Got::kEnd) break;
    if (*got == Got::kLine) all.lines.emplace_back(line);
    if (*got == Got::kOverlong) {
      EXPECT_EQ(line.size(), LineSource::kMaxLineBytes);
      all.lines.emplace_back("<cut>");
    }
  }
  all.last_number = source.line_number();
  return all;
}

Contents contents_of(const std::filesystem::path& path) {
  auto source = open_lines(path.string());
  if (!source) return {{}, source.error(), 0};
  return drain(**source);
}

struct Case {
  std::string name;
  std::string content;
  std::vector<std::string> lines;
};

class TextShapes : public testing::TestWithParam<Case> {};

TEST_P(TextShapes, GiveTheirLinesPlainAndGzipped) {
  const TempDir directory;
  const auto plain = contents_of(directory.write("log", GetParam().content));
  EXPECT_FALSE(plain.error);
  EXPECT_EQ(plain.lines, GetParam().lines);
  EXPECT_EQ(plain.last_number, GetParam().lines.size());

  // The name says nothing: it is the first bytes that tell.
  const auto packed = contents_of(directory.write("packed", gzipped(GetParam().content)));
  EXPECT_FALSE(packed.error);
  EXPECT_EQ(packed.lines, GetParam().lines);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, TextShapes,
    testing::ValuesIn(std::vector<Case>{
        {"Empty", "", {}},
        {"OneByte", "a", {"a"}},
        {"OneEnd", "\n", {""}},
        {"Two", "a\nb\n", {"a", "b"}},
        {"LastWithoutEnd", "a\nb", {"a", "b"}},
        {"Windows", "a\r\nb\r\n", {"a", "b"}},
        {"CarriageReturnInside", "a\rb\n", {"a\rb"}},
        {"EmptyOnes", "\n\na\n\n", {"", "", "a", ""}},
        {"NulBytes", std::string("a\0b\n\0\n", 6), {std::string("a\0b", 3), std::string(1, '\0')}},
        {"ByteOrderMark", "\xEF\xBB\xBF{}\nx", {"{}", "x"}},
        {"ByteOrderMarkAlone", "\xEF\xBB\xBF", {}},
        {"MarkOnlyAtTheStart", "a\n\xEF\xBB\xBF{}\n", {"a", "\xEF\xBB\xBF{}"}},
        {"NoUtf8", "\x80\xff\n", {"\x80\xff"}},
    }),
    [](const auto& row) { return row.param.name; });

TEST(LineSource, ALineOfTheLargestSizePassesAndALongerOneIsCut) {
  const std::string most(LineSource::kMaxLineBytes, 'x');
  const TempDir directory;
  for (const std::string end : {"\n", "\r\n"}) {
    const auto all = contents_of(
        directory.write("log", most + end + most + "y" + end + "after" + end + most + most));
    EXPECT_FALSE(all.error);
    ASSERT_THAT(all.lines, SizeIs(4));
    EXPECT_TRUE(all.lines[0] == most);
    EXPECT_EQ(all.lines[1], "<cut>");
    EXPECT_EQ(all.lines[2], "after");
    EXPECT_EQ(all.lines[3], "<cut>");
    EXPECT_EQ(all.last_number, 4u);
  }
}

TEST(LineSource, AGzipBombIsReadWithinOneLineOfMemory) {
  // 256 MiB of zeros in 255 KiB: one endless line, then a real one.
  z_stream stream{};
  ASSERT_EQ(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
  std::string packed;
  std::string piece(1 << 20, '\0');
  std::string out(1 << 20, '\0');
  for (int i = 0; i <= 256; ++i) {
    if (i == 256) piece = "\nlast";
    stream.next_in = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_in = static_cast<uInt>(piece.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(out.data());
      stream.avail_out = static_cast<uInt>(out.size());
      deflate(&stream, i == 256 ? Z_FINISH : Z_NO_FLUSH);
      packed.append(out, 0, out.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
  const TempDir directory;
  const auto path = directory.write("bomb.gz", packed);
  const std::size_t before = peak_memory_bytes();
  const auto all = contents_of(path);
  EXPECT_LT(peak_memory_bytes(), before + (std::size_t{100} << 20));
  EXPECT_THAT(all.lines, ElementsAre("<cut>", "last"));
}

TEST(LineSource, AllMembersOfAGzipFileAreRead) {
  const TempDir directory;
  const auto all = contents_of(directory.write(
      "log.gz", gzipped("a\nb") + gzipped("") + gzipped("c\nd\n") + std::string(1000, '\0')));
  EXPECT_FALSE(all.error);
  EXPECT_THAT(all.lines, ElementsAre("a", "bc", "d"));
}

TEST(LineSource, WhatComesBeforeTheDamageOfAGzipFileIsDelivered) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  const std::string packed = gzipped(text);
  const TempDir directory;

  const auto cut = contents_of(directory.write("cut.gz", packed.substr(0, packed.size() / 2)));
  ASSERT_TRUE(cut.error);
  EXPECT_EQ(cut.error->code, ErrorCode::kInvalid);
  EXPECT_GT(cut.lines.size(), 10'000u);
  EXPECT_EQ(cut.lines[9'999], "line " + std::to_string(9'999 * 7919));
  EXPECT_EQ(cut.error->message, (directory.path() / "cut.gz").string() + ": after line " +
                                    std::to_string(cut.lines.size()) +
                                    ": the gzip data is cut off");

  std::string broken = packed;
  broken.replace(broken.size() / 2, 16, 16, '\xA5');
  const auto damaged = contents_of(directory.write("broken.gz", broken));
  ASSERT_TRUE(damaged.error);
  EXPECT_GT(damaged.lines.size(), 10'000u);
  EXPECT_THAT(damaged.error->message, HasSubstr("damaged gzip data ("));

  const auto followed = contents_of(directory.write("followed.gz", gzipped("a\n") + "{}"));
  ASSERT_TRUE(followed.error);
  EXPECT_THAT(followed.lines, ElementsAre("a"));
  EXPECT_THAT(followed.error->message, HasSubstr("something follows the gzip data"));

  EXPECT_TRUE(contents_of(directory.write("two_bytes.gz", "\x1f\x8b")).error);
}

TEST(LineSource, OtherKindsOfFileAreNamed) {
  const TempDir directory;
  const std::vector<std::pair<std::string, std::string>> kinds{
      {std::string("\xFD\x37zXZ\0abc", 9), "is xz-compressed"},
      {"\x28\xB5\x2F\xFD....", "is zstd-compressed"},
      {"BZh91AY", "is bzip2-compressed"},
      {"PK\x03\x04....", "is a zip archive"},
      {std::string("\xFF\xFE{\0}\0", 6), "is UTF-16 text"}};
  for (const auto& [content, what] : kinds) {
    const auto path = directory.write("log", content);
    const auto all = contents_of(path);
    ASSERT_TRUE(all.error) << what;
    EXPECT_EQ(all.error->code, ErrorCode::kInvalid);
    EXPECT_THAT(all.error->message, StartsWith(path.string() + ": " + what));
  }
}

TEST(LineSource, WhatCannotBeOpenedIsNamedInOneLine) {
  const TempDir directory;
  const auto absent = open_lines((directory.path() / "no\nfile").string());
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(absent.error().message, HasSubstr("no\\nfile: No such file or directory"));

  const auto folder = open_lines(directory.path().string());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().message, directory.path().string() + ": is a directory");
}

TEST(LineSource, AFileThatMayNotBeReadIsNamedInOneLine) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TempDir directory;
  const auto closed = directory.write("closed", "x");
  chmod(closed.c_str(), 0);
  const auto refused = open_lines(closed.string());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("Permission denied"));
}

TEST(LineSource, CountsTheBytesOfTheFileAsItLies) {
  const std::string packed = gzipped("some lines\nof text\n");
  const TempDir directory;
  auto source = open_lines(directory.write("log.gz", packed).string());
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->bytes_total(), packed.size());
  drain(**source);
  EXPECT_EQ((*source)->bytes_read(), packed.size());
}

// A pipe that stands where standard input is.
class PipedInput {
 public:
  PipedInput() : saved_(dup(STDIN_FILENO)) {
    int ends[2];
    if (pipe(ends) != 0 || dup2(ends[0], STDIN_FILENO) < 0) std::abort();
    close(ends[0]);
    writer_ = ends[1];
  }
  PipedInput(const PipedInput&) = delete;
  PipedInput& operator=(const PipedInput&) = delete;
  ~PipedInput() {
    finish();
    dup2(saved_, STDIN_FILENO);
    close(saved_);
  }
  void write(std::string_view text) const {
    ASSERT_EQ(::write(writer_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void finish() {
    if (writer_ >= 0) close(writer_);
    writer_ = -1;
  }

 private:
  int saved_;
  int writer_;
};

TEST(LineSource, ASilentPipeIsIdleUntilItEnds) {
  PipedInput input;
  auto source = open_lines("-", kNoPatience);
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->name(), "-");
  EXPECT_EQ((*source)->bytes_total(), 0u);
  std::string_view line;
  EXPECT_EQ((*source)->next(line).value(), Got::kIdle);
  input.write("first\nsec");
  EXPECT_EQ((*source)->next(line).value(), Got::kLine);
  EXPECT_EQ(line, "first");
  EXPECT_EQ((*source)->next(line).value(), Got::kIdle);
  EXPECT_EQ(line, "");
  input.write("ond\n");
  EXPECT_EQ((*source)->next(line).value(), Got::kLine);
  EXPECT_EQ(line, "second");
  input.finish();
  EXPECT_EQ((*source)->next(line).value(), Got::kEnd);
}

TEST(LineSource, AGzipStreamMayComeByteByByte) {
  PipedInput input;
  auto source = open_lines("-", kNoPatience);
  ASSERT_TRUE(source);
  std::string_view line;
  std::vector<std::string> lines;
  for (const char byte : gzipped("\xEF\xBB\xBFone\ntwo\n")) {
    input.write({&byte, 1});
    while ((*source)->next(line).value() == Got::kLine) lines.emplace_back(line);
  }
  EXPECT_THAT(lines, ElementsAre("one", "two"));
}

// Bytes that come piece by piece, with nothing in between.
class Pieces final : public ByteSource {
 public:
  explicit Pieces(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  Result<Read> read(std::span<char> buffer) override {
    if (idle_ = !idle_; idle_) return Read{0, true};
    if (next_ == pieces_.size()) return Read{0, false};
    const std::string& piece = pieces_[next_++];
    std::copy(piece.begin(), piece.end(), buffer.begin());
    return Read{piece.size(), false};
  }
  [[nodiscard]] std::uint64_t bytes_read() const override { return 0; }
  [[nodiscard]] std::uint64_t bytes_total() const override { return 0; }

 private:
  std::vector<std::string> pieces_;
  std::size_t next_ = 0;
  bool idle_ = false;
};

// The lines, and after each its position as "<offset>:<line>".
std::vector<std::string> with_positions(const std::vector<std::string>& pieces,
                                        const LinePosition& start = {}) {
  const auto source = lines_of("log", std::make_unique<Pieces>(pieces), start);
  std::vector<std::string> all;
  for (std::string_view line;;) {
    const auto got = source->next(line);
    if (!got) {
      all.push_back(got.error().message);
      return all;
    }
    if (*got == Got::kEnd) return all;
    if (*got == Got::kIdle) continue;
    const LinePosition at = source->position();
    all.push_back(std::string(*got == Got::kLine ? line : "<cut>") + " " +
                  std::to_string(at.offset) + ":" + std::to_string(at.line_number) +
                  (at.skipping ? ":skipping" : ""));
  }
}

TEST(LinesOf, SayWhereTheyAre) {
  EXPECT_THAT(with_positions({"one\nt", "wo\r", "\nthree"}),
              ElementsAre("one 4:1", "two 9:2", "three 14:3"));
  EXPECT_THAT(with_positions({"two\nthree\n"}, {4, 1, false}),
              ElementsAre("two 8:2", "three 14:3"));
  EXPECT_THAT(with_positions({"\xEF\xBB\xBF", "one\ntwo"}), ElementsAre("one 7:1", "two 10:2"));
}

TEST(LinesOf, GoOnInsideALineThatIsTooLong) {
  const std::string half(LineSource::kMaxLineBytes / 2 + 2, 'x');
  std::vector<std::string> pieces(64, half.substr(0, 1 << 16));
  pieces.insert(pieces.end(), {"xxx", "yyy", "yyy\nnext\n"});
  EXPECT_THAT(with_positions(pieces), ElementsAre("<cut> 4194307:1:skipping", "next 4194319:2"));
  EXPECT_THAT(with_positions({"yyy", "yyy\nnext\n"}, {4194307, 1, true}),
              ElementsAre("next 4194319:2"));
}

TEST(LinesOf, PassOverTheHoleBeforeALine) {
  const std::string hole(1 << 16, '\0');
  std::vector<std::string> pieces(100, hole);  // longer than a line may be
  pieces.push_back(std::string("\0\0", 2) + "one\nt");
  pieces.push_back(std::string("w\0o\n", 5));
  EXPECT_THAT(with_positions(pieces),
              ElementsAre("one 6553606:1", std::string("tw\0o 6553611:2", 14)));
}

TEST(LinesOf, RefuseWhatIsNoText) {
  EXPECT_THAT(with_positions({gzipped("one\n")}),
              ElementsAre(HasSubstr("log: is gzip-compressed")));
  EXPECT_THAT(with_positions({std::string("\xFD\x37zXZ\0", 6)}), ElementsAre(HasSubstr("xz")));
  // In the middle of a text they are bytes like others.
  EXPECT_THAT(with_positions({"BZh91\n"}, {1, 1, false}), ElementsAre("BZh91 7:2"));
}

TEST(LineSource, AnyTextSplitsAsItWasJoined) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& drawn, bool packed) {
    std::string content;
    std::vector<std::string> lines;
    for (std::string line : drawn) {
      std::erase(line, '\n');
      while (line.ends_with('\r')) line.pop_back();
      content += line + "\n";
      lines.push_back(std::move(line));
    }
    // Not about the marks by which other kinds of files are known.
    const std::string first = lines.empty() ? "" : lines[0];
    RC_PRE(first.empty() || static_cast<unsigned char>(first[0]) < 0x80);
    RC_PRE(!first.starts_with("BZh") && !first.starts_with("PK") && !first.starts_with("\x1f"));
    const TempDir directory;
    const auto all = contents_of(directory.write("log", packed ? gzipped(content) : content));
    RC_ASSERT(!all.error);
    RC_ASSERT(all.lines == lines);
  }));
}

}  // namespace
}  // namespace decnet::importers
