#include "decnet/importers/line_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "decnet/base/utf8.h"
#include "decnet/importers/byte_source.h"

namespace decnet::importers {
namespace {

constexpr std::size_t kReadBytes = std::size_t{128} << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Files that are no lines of text, however they are named.
struct Foreign {
  std::string_view magic;
  std::string_view what;
};
constexpr std::array kForeign{
    Foreign{std::string_view("\xFD\x37zXZ\0", 6),
            "xz-compressed: unpack it first (xz -dc … | … -)"},
    Foreign{"\x28\xB5\x2F\xFD", "zstd-compressed: unpack it first (zstd -dc … | … -)"},
    Foreign{"BZh", "bzip2-compressed: unpack it first (bzip2 -dc … | … -)"},
    Foreign{"PK\x03\x04", "a zip archive: unpack it first"},
    Foreign{"\xFF\xFE", "UTF-16 text: convert it to UTF-8 first"},
    Foreign{"\xFE\xFF", "UTF-16 text: convert it to UTF-8 first"},
};
constexpr std::string_view kGzip = "\x1f\x8b";
constexpr std::size_t kLongestMagic = 6;

class Lines final : public LineSource {
 public:
  Lines(std::string name, std::unique_ptr<ByteSource> bytes)
      : name_(std::move(name)), bytes_(std::move(bytes)), buffer_(2 * kReadBytes, '\0') {}

  Lines(std::string name, std::unique_ptr<ByteSource> bytes, const LinePosition& start)
      : Lines(std::move(name), std::move(bytes)) {
    plain_ = true;
    recognised_ = start.offset != 0;
    offset_ = start.offset;
    line_number_ = start.line_number;
    skipping_ = start.skipping;
  }

  Result<Got> next(std::string_view& line) override {
    line = {};
    if (!recognised_) {
      DECNET_TRY(const bool done, recognise());
      if (!done) return Got::kIdle;
    }
    for (;;) {
      if (plain_ && scanned_ == 0) pass_padding();
      const char* from = buffer_.data() + begin_ + scanned_;
      const std::size_t unscanned = end_ - begin_ - scanned_;
      if (const void* found = std::memchr(from, '\n', unscanned); found != nullptr) {
        const auto size =
            static_cast<std::size_t>(static_cast<const char*>(found) - (buffer_.data() + begin_));
        if (auto got = take(size, 1, line)) return *got;
        continue;
      }
      scanned_ = end_ - begin_;
      // One byte more than a line may have: it can be the "\r" of its end.
      if (scanned_ > kMaxLineBytes + 1) {
        if (auto got = cut(line)) return *got;
        continue;
      }
      if (failure_) return fail(failure_->in(where()));
      if (ended_) {
        if (begin_ == end_) return Got::kEnd;
        if (auto got = take(end_ - begin_, 0, line)) return *got;
        continue;
      }
      if (!fill()) return Got::kIdle;
    }
  }

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::uint64_t line_number() const override { return line_number_; }
  [[nodiscard]] LinePosition position() const override {
    return {offset_, line_number_, skipping_};
  }
  [[nodiscard]] std::uint64_t bytes_read() const override { return bytes_->bytes_read(); }
  [[nodiscard]] std::uint64_t bytes_total() const override { return bytes_->bytes_total(); }

 private:
  // Delivers the `size` bytes at begin_ and passes over their `ending` bytes; nothing when they
  // are the rest of a line that was cut.
  std::optional<Got> take(std::size_t size, std::size_t ending, std::string_view& line) {
    const std::string_view found = std::string_view(buffer_).substr(begin_, size);
    pass(size + ending);
    if (std::exchange(skipping_, false)) return std::nullopt;
    ++line_number_;
    line = found;
    if (ending != 0 && line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() <= kMaxLineBytes) return Got::kLine;
    line = line.substr(0, kMaxLineBytes);
    return Got::kOverlong;
  }

  // The line at begin_ is too long and its end is not in sight: delivers its head, once.
  std::optional<Got> cut(std::string_view& line) {
    const std::string_view head = std::string_view(buffer_).substr(begin_, kMaxLineBytes);
    pass(end_ - begin_);
    if (std::exchange(skipping_, true)) return std::nullopt;
    ++line_number_;
    line = head;
    return Got::kOverlong;
  }

  // A writer that goes on at its old place in a file that was cut to nothing leaves a hole of NUL
  // bytes before its next line, as long as the file was.
  void pass_padding() {
    const char* const begin = buffer_.data() + begin_;
    const char* const end = buffer_.data() + end_;
    if (begin != end && *begin == '\0' && !skipping_) {
      const auto* text = std::find_if(begin, end, [](char byte) { return byte != '\0'; });
      pass(static_cast<std::size_t>(text - begin));
    }
  }

  void pass(std::size_t size) {
    begin_ += size;
    offset_ += size;
    scanned_ = 0;
  }

  [[nodiscard]] std::string where() const {
    return line_number_ == 0 ? name_ : fmt::format("{}: after line {}", name_, line_number_);
  }

  // Reads more behind end_; false when the source is idle.
  bool fill() {
    if (begin_ != 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (buffer_.size() - end_ < kReadBytes) buffer_.resize(2 * buffer_.size());
    auto got = bytes_->read({buffer_.data() + end_, kReadBytes});
    if (!got) {  // the lines before it come first
      failure_ = got.error();
      ended_ = true;
      return true;
    }
    ended_ = !got->idle && got->size == 0;
    end_ += got->size;
    return !got->idle;
  }

  // No magic has a line's end in it; a log that grows may have no more than one short line yet.
  [[nodiscard]] bool is_short_line() const {
    return plain_ && std::string_view(buffer_.data(), end_).find('\n') != std::string_view::npos;
  }

  // Looks at the first bytes, and again at those that gunzip makes of them; false when they have
  // not come yet.
  Result<bool> recognise() {
    while (!ended_ && end_ < kLongestMagic && !is_short_line()) {
      if (!fill()) return false;
    }
    const std::string_view head(buffer_.data(), end_);
    if (plain_ && head.starts_with(kGzip)) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}: is gzip-compressed: a log that grows is plain text", name_));
    }
    if (!unpacked_ && head.starts_with(kGzip)) {
      bytes_ = gunzip(std::string(head), std::move(bytes_));
      unpacked_ = true;
      ended_ = false;
      end_ = 0;
      return recognise();
    }
    for (const auto& [magic, what] : kForeign) {
      if (head.starts_with(magic)) {
        return fail(ErrorCode::kInvalid, fmt::format("{}: is {}", name_, what));
      }
    }
    if (head.starts_with(kByteOrderMark)) pass(kByteOrderMark.size());
    recognised_ = true;
    return true;
  }

  std::string name_;
  std::unique_ptr<ByteSource> bytes_;
  std::string buffer_;
  std::size_t begin_ = 0;     // of the line being looked for
  std::size_t end_ = 0;       // of what was read
  std::size_t scanned_ = 0;   // from begin_, known to hold no "\n"
  std::uint64_t offset_ = 0;  // of begin_ in the text
  std::uint64_t line_number_ = 0;
  bool recognised_ = false;       // what kind of data it is
  bool plain_ = false;            // gzip is refused, not unpacked
  bool unpacked_ = false;         // bytes_ is a gunzip()
  bool ended_ = false;            // nothing more comes from bytes_
  std::optional<Error> failure_;  // why it ended
  bool skipping_ = false;
};

}  // namespace

std::unique_ptr<LineSource> lines_of(std::string name, std::unique_ptr<ByteSource> bytes,
                                     const LinePosition& start) {
  return std::make_unique<Lines>(std::move(name), std::move(bytes), start);
}

Result<std::unique_ptr<LineSource>> open_lines(const std::string& path_or_dash,
                                               std::chrono::milliseconds patience) {
  DECNET_TRY(auto bytes, open_bytes(path_or_dash, patience));
  return std::make_unique<Lines>(printable(path_or_dash), std::move(bytes));
}

}  // namespace decnet::importers
