// gunzip(): any bytes end in text, in an error or at the end; never in a loop, and never in more
// than gzip can make of them.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "decnet/importers/byte_source.h"
#include "fuzz/check.h"

namespace {

using decnet::Result;
using decnet::importers::ByteSource;

// The bytes of the input in pieces, so that every boundary can fall anywhere.
class Pieces final : public ByteSource {
 public:
  Pieces(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  Result<Read> read(std::span<char> buffer) override {
    const std::size_t size = std::min({piece_, buffer.size(), bytes_.size() - used_});
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(used_), size, buffer.begin());
    used_ += size;
    return Read{size, false};
  }
  [[nodiscard]] std::uint64_t bytes_read() const override { return used_; }
  [[nodiscard]] std::uint64_t bytes_total() const override { return bytes_.size(); }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::size_t used_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = 1 + data[0];
  const std::string input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t head = std::min<std::size_t>(input.size(), 6);
  const auto source = decnet::importers::gunzip(
      input.substr(0, head), std::make_unique<Pieces>(input.substr(head), piece));
  std::array<char, 4096> buffer{};
  std::size_t made = 0;
  for (;;) {
    const auto got = source->read(buffer);
    if (!got || got->size == 0) break;
    made += got->size;
    DECNET_FUZZ_CHECK(made <= 1100 * size);  // deflate makes at most 1032 bytes of one
  }
  DECNET_FUZZ_CHECK(source->bytes_read() <= input.size());
  return 0;
}
