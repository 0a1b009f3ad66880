// Frames of the UNIX socket protocol: an ASCII header line "VERB" or "VERB ARGS", a 4-byte
// big-endian length, a body.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "decnet/base/error.h"
#include "decnet/bus/envelope.h"

namespace decnet::bus {

enum class Verb { kHello, kSub, kUnsub, kPub, kEvt, kBye };
std::string_view to_string(Verb verb);

struct Frame {
  Verb verb = Verb::kBye;
  std::string args;  // client name, pattern or topic
  std::string body;
  friend bool operator==(const Frame&, const Frame&) = default;
};

inline constexpr std::size_t kMaxHeaderBytes = 4096;  // the line feed included

// Errors: kInvalid for args that are no printable ASCII, and for frames over a limit.
Result<std::string> encode_frame(Verb verb, std::string_view args, std::string_view body);

// The args in a frame that encode_frame() made.
std::string_view args_of(std::string_view frame);

// Takes frames out of a stream of bytes as they arrive. A malformed frame is hostile: after an
// error the reader stays in error, and the connection is to be dropped.
// Memory: at most one header and one body beyond what feed() was given, and as much again for
// growing. Between two frames it holds nothing; behind a large one, no more than it was fed since
// and twice kKeptBytes.
class FrameReader {
 public:
  static constexpr std::size_t kKeptBytes = std::size_t{128} << 10;

  void feed(std::string_view bytes) { buffer_ += bytes; }
  // The next complete frame, nothing when more bytes are needed.
  // Errors: kInvalid, with the reason, for good.
  Result<std::optional<Frame>> next();
  // Whether the stream may end here without cutting a frame in two.
  [[nodiscard]] bool at_boundary() const { return begin_ == buffer_.size(); }
  // Bytes of memory taken for what is no frame yet.
  [[nodiscard]] std::size_t held() const;
  // Gives them back: the stream is not read any further.
  void forget();

 private:
  Error broken(std::string reason);
  bool give_back();
  std::optional<Frame> not_yet();

  std::string buffer_;
  std::size_t begin_ = 0;  // bytes before it are consumed
  std::optional<Error> error_;
};

}  // namespace decnet::bus
