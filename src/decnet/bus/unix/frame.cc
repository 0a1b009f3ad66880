#include "decnet/bus/unix/frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "decnet/base/utf8.h"

namespace decnet::bus {
namespace {

constexpr std::array<std::pair<Verb, std::string_view>, 6> kVerbs = {{{Verb::kHello, "HELLO"},
                                                                      {Verb::kSub, "SUB"},
                                                                      {Verb::kUnsub, "UNSUB"},
                                                                      {Verb::kPub, "PUB"},
                                                                      {Verb::kEvt, "EVT"},
                                                                      {Verb::kBye, "BYE"}}};

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\v\f\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::size_t length_of(std::string_view four_bytes) {
  std::size_t length = 0;
  for (const char byte : four_bytes) length = length << 8 | static_cast<unsigned char>(byte);
  return length;
}

}  // namespace

std::string_view to_string(Verb verb) {
  return std::find_if(kVerbs.begin(), kVerbs.end(),
                      [verb](const auto& row) { return row.first == verb; })
      ->second;
}

Result<std::string> encode_frame(Verb verb, std::string_view args, std::string_view body) {
  if (!is_ascii(args) || args.find_first_of("\r\n") != std::string_view::npos) {
    return fail(ErrorCode::kInvalid,
                fmt::format("\"{}\" cannot stand in a frame's header", printable(args)));
  }
  std::string frame(to_string(verb));
  if (!args.empty()) frame.append(" ").append(args);
  frame += '\n';
  if (frame.size() > kMaxHeaderBytes) {
    return fail(ErrorCode::kInvalid, fmt::format("header of {} bytes is over the limit of {}",
                                                 frame.size(), kMaxHeaderBytes));
  }
  if (body.size() > kMaxBodyBytes) {
    return fail(ErrorCode::kInvalid, fmt::format("body of {} bytes is over the limit of {}",
                                                 body.size(), kMaxBodyBytes));
  }
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame += static_cast<char>(static_cast<unsigned char>(body.size() >> shift));
  }
  frame += body;
  return frame;
}

std::string_view args_of(std::string_view frame) {
  const std::string_view header = frame.substr(0, frame.find('\n'));
  const auto blank = header.find(' ');
  return blank == std::string_view::npos ? std::string_view() : header.substr(blank + 1);
}

Error FrameReader::broken(std::string reason) {
  error_ = Error{ErrorCode::kInvalid, std::move(reason)};
  forget();
  return *error_;
}

// Assigning an empty string would keep the room.
void FrameReader::forget() {
  std::string().swap(buffer_);
  begin_ = 0;
}

std::size_t FrameReader::held() const {
  return buffer_.capacity() > std::string().capacity() ? buffer_.capacity() : 0;
}

// Room that a large frame needed, when little is left to hold.
bool FrameReader::give_back() {
  const std::size_t left = buffer_.size() - begin_;
  if (left > kKeptBytes || buffer_.capacity() <= 2 * kKeptBytes) return false;
  std::string rest = buffer_.substr(begin_);
  buffer_.swap(rest);
  begin_ = 0;
  return true;
}

// What is left goes to the front: once after the frames of a read, as moving it for every small
// frame would be quadratic.
std::optional<Frame> FrameReader::not_yet() {
  if (at_boundary()) {
    forget();
  } else if (!give_back()) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  return std::nullopt;
}

Result<std::optional<Frame>> FrameReader::next() {
  if (error_) return fail(*error_);
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  const auto line_feed = rest.substr(0, kMaxHeaderBytes).find('\n');
  if (line_feed == std::string_view::npos) {
    if (rest.size() >= kMaxHeaderBytes) return fail(broken("header without end"));
    return not_yet();
  }
  std::string_view header = rest.substr(0, line_feed);
  while (!header.empty() && header.back() == '\r') header.remove_suffix(1);
  if (!is_ascii(header)) return fail(broken("header is not ASCII"));
  const auto blank = header.find(' ');
  const std::string_view word = header.substr(0, blank);
  const auto row = std::find_if(kVerbs.begin(), kVerbs.end(),
                                [word](const auto& known) { return known.second == word; });
  if (row == kVerbs.end()) {
    return fail(broken(fmt::format("unknown verb \"{}\"", printable(word.substr(0, 32)))));
  }
  const std::size_t body_at = line_feed + 1 + 4;
  if (rest.size() < body_at) return not_yet();
  const std::size_t length = length_of(rest.substr(line_feed + 1, 4));
  if (length > kMaxBodyBytes) {
    return fail(broken(fmt::format("declared body of {} bytes is over the limit", length)));
  }
  if (rest.size() < body_at + length) return not_yet();

  Frame frame;
  frame.verb = row->first;
  if (blank != std::string_view::npos) frame.args = std::string(trimmed(header.substr(blank)));
  frame.body = std::string(rest.substr(body_at, length));
  begin_ += body_at + length;
  give_back();
  return std::optional<Frame>(std::move(frame));
}

}  // namespace decnet::bus
