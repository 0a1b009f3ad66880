// FrameReader, decode() and encode(): any bytes from a peer are frames or an error for good, the
// same however they are cut into pieces; and what is read as an envelope is written so that it
// reads the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/utf8.h"
#include "decnet/bus/envelope.h"
#include "decnet/bus/unix/frame.h"
#include "fuzz/check.h"

namespace {

using decnet::bus::Envelope;
using decnet::bus::Frame;
using decnet::bus::FrameReader;

struct Reading {
  std::vector<Frame> frames;
  std::string error;
  bool whole = false;  // the stream ends between two frames
  friend bool operator==(const Reading&, const Reading&) = default;
};

Reading read(std::string_view bytes, std::size_t piece) {
  Reading reading;
  FrameReader reader;
  while (!bytes.empty() && reading.error.empty()) {
    reader.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      auto frame = reader.next();
      if (!frame) {
        reading.error = frame.error().message;
        DECNET_FUZZ_CHECK(!reading.error.empty());
        reader.feed("BYE\n\0\0\0\0");
        DECNET_FUZZ_CHECK(!reader.next());  // never resynchronises
        break;
      }
      if (!*frame) break;
      reading.frames.push_back(std::move(**frame));
    }
  }
  reading.whole = reading.error.empty() && reader.at_boundary();
  return reading;
}

void check_envelope(const Frame& frame) {
  const decnet::UtcTime now{std::chrono::seconds{1'772'617'200}};
  const auto envelope = decnet::bus::decode(frame.args, frame.body, now);
  if (!envelope) return;
  DECNET_FUZZ_CHECK(envelope->topic == frame.args);
  DECNET_FUZZ_CHECK(envelope->payload.object() != nullptr);
  DECNET_FUZZ_CHECK(!envelope->id.empty());
  const std::string written = decnet::bus::encode(*envelope);
  DECNET_FUZZ_CHECK(decnet::is_valid_utf8(written));
  DECNET_FUZZ_CHECK(written.find('\n') == std::string::npos);
  const auto again = decnet::bus::decode(frame.args, written, now);
  DECNET_FUZZ_CHECK(again.has_value());
  DECNET_FUZZ_CHECK(decnet::bus::encode(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = 1 + data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Reading reading = read(bytes, piece);
  DECNET_FUZZ_CHECK(reading == read(bytes, std::string_view::npos));
  for (const Frame& frame : reading.frames) {
    DECNET_FUZZ_CHECK(frame.args.size() < decnet::bus::kMaxHeaderBytes);
    DECNET_FUZZ_CHECK(frame.body.size() <= decnet::bus::kMaxBodyBytes);
    check_envelope(frame);
    // What may be said at all is said so that it is read the same.
    const auto encoded = decnet::bus::encode_frame(frame.verb, frame.args, frame.body);
    if (!encoded) continue;
    const Reading again = read(*encoded, piece);
    DECNET_FUZZ_CHECK(again.whole && again.frames.size() == 1 && again.frames.front() == frame);
  }
  return 0;
}
