// inflate_bytes(): the one file of the folder that knows zlib.
#include <zlib.h>

#include <algorithm>

#include "decnet/shell/encodings.h"

namespace decnet::shell {
namespace {

std::string inflated(std::string_view data, std::size_t limit, int window_bits) {
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK) return {};
  std::string out;
  out.resize(limit);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  inflate(&stream, Z_SYNC_FLUSH);  // what came out before an error is good
  out.resize(limit - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

}  // namespace

std::optional<std::string> inflate_bytes(std::string_view data, std::size_t limit) {
  constexpr std::size_t kMaxInput = std::size_t{1} << 20;
  data = data.substr(0, kMaxInput);
  for (const int window_bits : {15 + 32, -15}) {  // with a wrapper of either kind, then without
    std::string out = inflated(data, limit, window_bits);
    if (!out.empty()) return out;
  }
  return std::nullopt;
}

}  // namespace decnet::shell
