#include "decnet/bus/unix/frame.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace decnet::bus {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += kDigits[static_cast<unsigned char>(byte) >> 4];
    out += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return out;
}

TEST(Frames, HaveArgs) {
  EXPECT_EQ(args_of(*encode_frame(Verb::kEvt, "a.topic", "{\"b\": 1}\n")), "a.topic");
  EXPECT_EQ(args_of(*encode_frame(Verb::kHello, "two words", "")), "two words");
  EXPECT_EQ(args_of(*encode_frame(Verb::kBye, "", "a b\nc")), "");
}

TEST(Frames, AreTheProtocolsBytes) {
  EXPECT_EQ(hex(*encode_frame(Verb::kHello, "ttp", "")), "48454c4c4f207474700a00000000");
  EXPECT_EQ(hex(*encode_frame(Verb::kSub, "canary.>", "")), "5355422063616e6172792e3e0a00000000");
  EXPECT_EQ(hex(*encode_frame(Verb::kBye, "", "")), "4259450a00000000");
  EXPECT_EQ(hex(*encode_frame(Verb::kPub, "t.x", std::string(99, 'b'))).substr(0, 24),
            "50554220742e780a00000063");
}

TEST(Frames, ToleratesCarriageReturnsAndBlanks) {
  FrameReader reader;
  reader.feed(std::string("PUB   a b \r\r\n\0\0\0\2{}", 19));
  const auto frame = reader.next();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->args, "a b");
  EXPECT_EQ((*frame)->body, "{}");
  EXPECT_TRUE(reader.at_boundary());
}

TEST(Frames, HoldNothingOnceTheyAreRead) {
  FrameReader reader;
  EXPECT_EQ(reader.held(), 0U);
  const std::string large = *encode_frame(Verb::kPub, "a", std::string(kMaxBodyBytes, 'x'));
  for (int i = 0; i < 3; ++i) {
    reader.feed(std::string_view(large).substr(0, large.size() - 1));
    EXPECT_FALSE(reader.next()->has_value());
    EXPECT_GE(reader.held(), kMaxBodyBytes);
    EXPECT_LE(reader.held(), 3 * kMaxBodyBytes);
    // The next frame has begun: what is held is its size, not that of the one before.
    reader.feed(large.substr(large.size() - 1) + "PUB another.large.and.unfinished");
    EXPECT_TRUE(reader.next()->has_value());
    EXPECT_FALSE(reader.next()->has_value());
    EXPECT_GT(reader.held(), 0U);
    EXPECT_LT(reader.held(), 1000U);
    reader.feed(std::string("\n\0\0\0\0", 5));
    EXPECT_TRUE(reader.next()->has_value());
    EXPECT_FALSE(reader.next()->has_value());
    EXPECT_EQ(reader.held(), 0U);
    EXPECT_TRUE(reader.at_boundary());
  }
}

// They may wait long for their turn.
TEST(Frames, BehindALargeOneHoldNoMoreThanTheyAre) {
  FrameReader reader;
  const std::string small = *encode_frame(Verb::kPub, "a", "{}");
  std::string bytes = *encode_frame(Verb::kPub, "a", std::string(kMaxBodyBytes, 'x'));
  for (int i = 0; i < 3; ++i) bytes += small;
  reader.feed(bytes);
  EXPECT_TRUE(reader.next()->has_value());
  EXPECT_LT(reader.held(), 1000U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ((*reader.next())->body, "{}");
  EXPECT_FALSE(reader.next()->has_value());
}

TEST(Frames, WritersRefuseWhatReadersWould) {
  EXPECT_FALSE(encode_frame(Verb::kPub, "a\nb", ""));
  EXPECT_FALSE(encode_frame(Verb::kPub, "caf\xC3\xA9", ""));
  EXPECT_FALSE(encode_frame(Verb::kPub, std::string(kMaxHeaderBytes, 'a'), ""));
  EXPECT_FALSE(encode_frame(Verb::kPub, "a", std::string(kMaxBodyBytes + 1, 'x')));
  EXPECT_TRUE(encode_frame(Verb::kPub, std::string(kMaxHeaderBytes - 5, 'a'), ""));
  EXPECT_TRUE(encode_frame(Verb::kPub, "a", std::string(kMaxBodyBytes, 'x')));
}

struct Hostile {
  const char* name;
  std::string bytes;
};
void PrintTo(const Hostile& h, std::ostream* out) { *out << h.name; }

class HostileFrames : public testing::TestWithParam<Hostile> {};

TEST_P(HostileFrames, EndTheStreamForGood) {
  FrameReader reader;
  reader.feed(GetParam().bytes);
  EXPECT_FALSE(reader.next());
  reader.feed(*encode_frame(Verb::kBye, "", ""));
  EXPECT_FALSE(reader.next());
}

INSTANTIATE_TEST_SUITE_P(
    Protocol, HostileFrames,
    testing::Values(Hostile{"EmptyHeader", std::string("\n\0\0\0\0", 5)},
                    Hostile{"LowerCaseVerb", std::string("pub a\n\0\0\0\0", 10)},
                    Hostile{"UnknownVerb", std::string("GET /\n\0\0\0\0", 10)},
                    Hostile{"NotAscii", std::string("PUB \xC3\xA9\n\0\0\0\0", 11)},
                    Hostile{"EndlessHeader", std::string(kMaxHeaderBytes, 'A')},
                    Hostile{"HeaderOverTheLimit", std::string(kMaxHeaderBytes, 'A') + "\n"},
                    Hostile{"BodyOverTheLimit", std::string("PUB a\n\0\x10\0\1", 10)}),
    [](const auto& hostile_info) { return hostile_info.param.name; });

TEST(FrameProperty, AnyCutOfTheStreamGivesTheSameFrames) {
  EXPECT_TRUE(rc::check([] {
    const auto text = rc::gen::container<std::string>(rc::gen::inRange<char>('!', '~'));
    std::vector<Frame> frames;
    std::string stream;
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
      frames.push_back({*rc::gen::element(Verb::kSub, Verb::kPub, Verb::kEvt), *text,
                        *rc::gen::arbitrary<std::string>()});
      stream += *encode_frame(frames.back().verb, frames.back().args, frames.back().body);
    }
    FrameReader reader;
    std::vector<Frame> read;
    for (std::size_t at = 0; at < stream.size();) {
      const auto size = *rc::gen::inRange<std::size_t>(1, 20);
      reader.feed(std::string_view(stream).substr(at, size));
      at += size;
      for (auto frame = reader.next(); frame && *frame; frame = reader.next()) {
        read.push_back(**frame);
      }
    }
    RC_ASSERT(read == frames);
    RC_ASSERT(reader.at_boundary());
  }));
}

TEST(FrameProperty, AnyBytesAreSafe) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    FrameReader reader;
    reader.feed(bytes);
    for (auto frame = reader.next(); frame && *frame; frame = reader.next()) {
    }
  }));
}

}  // namespace
}  // namespace decnet::bus
