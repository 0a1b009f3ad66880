// gunzip(): the one file that knows zlib.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <utility>

#include "decnet/importers/byte_source.h"

namespace decnet::importers {
namespace {

constexpr std::size_t kInputBytes = std::size_t{64} << 10;
constexpr int kGzipOnly = 15 + 16;  // window bits; 16 asks for the gzip wrapper, nothing else

class Gunzip final : public ByteSource {
 public:
  Gunzip(std::string head, std::unique_ptr<ByteSource> rest)
      : rest_(std::move(rest)), input_(std::move(head)), input_size_(input_.size()) {
    input_.resize(std::max(input_.size(), kInputBytes));
    ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  ~Gunzip() override {
    if (ready_) inflateEnd(&stream_);
  }

  Result<Read> read(std::span<char> buffer) override {
    if (!ready_) return fail(ErrorCode::kInternal, "no memory to read gzip data");
    buffer = buffer.first(std::min(buffer.size(), std::size_t{1} << 30));  // zlib counts in 32 bits
    for (;;) {
      if (used_ == input_size_) {
        DECNET_TRY(const Read more, rest_->read(input_));
        if (more.idle) return more;
        if (more.size == 0) return end_of_input();
        input_size_ = more.size;
        used_ = 0;
      }
      if (between_members_ && !begin_member()) {
        if (used_ == input_size_) continue;
        return fail(ErrorCode::kInvalid, "something follows the gzip data");
      }
      DECNET_TRY(const std::size_t produced, inflate_into(buffer));
      if (produced != 0) return Read{produced, false};
    }
  }

  [[nodiscard]] std::uint64_t bytes_read() const override { return rest_->bytes_read(); }
  [[nodiscard]] std::uint64_t bytes_total() const override { return rest_->bytes_total(); }

 private:
  Result<Read> end_of_input() const {
    if (between_members_) return Read{};
    return fail(ErrorCode::kInvalid, "the gzip data is cut off");
  }

  // Whether a member begins here. Zeros between members and at the end are padding (tapes, block
  // devices) and are passed over, as gzip does.
  bool begin_member() {
    while (used_ < input_size_ && input_[used_] == '\0') ++used_;
    if (used_ == input_size_ || input_[used_] != '\x1f') return false;
    inflateReset(&stream_);
    between_members_ = false;
    return true;
  }

  Result<std::size_t> inflate_into(std::span<char> buffer) {
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data() + used_);
    stream_.avail_in = static_cast<uInt>(input_size_ - used_);
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = static_cast<uInt>(buffer.size());
    const int state = inflate(&stream_, Z_NO_FLUSH);
    used_ = input_size_ - stream_.avail_in;
    if (state == Z_STREAM_END) {
      between_members_ = true;
    } else if (state != Z_OK && state != Z_BUF_ERROR) {
      return fail(ErrorCode::kInvalid, fmt::format("damaged gzip data ({})",
                                                   stream_.msg != nullptr ? stream_.msg : "zlib"));
    }
    return buffer.size() - stream_.avail_out;
  }

  std::unique_ptr<ByteSource> rest_;
  std::string input_;
  std::size_t input_size_;  // of input_, what holds data
  std::size_t used_ = 0;    // of that, what inflate() took
  z_stream stream_{};
  bool ready_ = false;
  bool between_members_ = true;
};

}  // namespace

std::unique_ptr<ByteSource> gunzip(std::string head, std::unique_ptr<ByteSource> rest) {
  return std::make_unique<Gunzip>(std::move(head), std::move(rest));
}

}  // namespace decnet::importers
