#include "decnet/follow/place.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "decnet/base/uuid.h"
#include "decnet/importers/byte_source.h"

namespace decnet::follow {
namespace {

constexpr std::string_view kGzip = "\x1f\x8b";

// A number from 0 on; nothing for anything else.
std::optional<std::uint64_t> count(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  const std::int64_t* number = value == nullptr ? nullptr : value->integer();
  if (number == nullptr || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

Json number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

// Reads a file's text from its beginning.
class Text {
 public:
  explicit Text(const std::string& path) {
    auto opened = importers::open_bytes(path, std::chrono::milliseconds{0});
    if (!opened) return;
    bytes_ = *std::move(opened);
    size_ = bytes_->bytes_total();
    std::string head = take(kGzip.size());
    if (head == kGzip) {
      bytes_ = importers::gunzip(std::move(head), std::move(bytes_));
      size_.reset();
    } else {
      pushed_back_ = std::move(head);
    }
  }

  // The next `size` bytes; fewer at the end or where it cannot be read.
  std::string take(std::size_t size) {
    std::string text = std::exchange(pushed_back_, {});
    const std::size_t had = text.size();
    text.resize(std::max(size, had));
    std::size_t filled = had;
    while (bytes_ != nullptr && filled < size) {
      const auto got = bytes_->read({text.data() + filled, size - filled});
      if (!got || got->size == 0) break;
      filled += got->size;
    }
    text.resize(filled);
    return text;
  }

  // Whether the text can be as long; of a compressed one only reading would tell.
  [[nodiscard]] bool may_have(std::uint64_t size) const {
    return bytes_ != nullptr && (!size_ || *size_ >= size);
  }

  // Whether there are that many bytes more, which are passed over.
  bool pass(std::uint64_t size) {
    constexpr std::size_t kChunk = std::size_t{256} << 10;
    while (size > 0) {
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(size, kChunk));
      const std::size_t got = take(part).size();
      if (got < part) return false;
      size -= got;
    }
    return true;
  }

 private:
  std::unique_ptr<importers::ByteSource> bytes_;
  std::optional<std::uint64_t> size_;
  std::string pushed_back_;
};

}  // namespace

Json to_json(const Place& place) {
  return Json::object({{"offset", number(place.position.offset)},
                       {"line", number(place.position.line_number)},
                       {"skipping", place.position.skipping},
                       {"head_at", number(place.head.at)},
                       {"head_size", number(place.head.size)},
                       {"head_sha256", place.head.sha256},
                       {"modified", place.modified_ns},
                       {"done", place.done}});
}

std::optional<Place> place_of(const Json& json) {
  const auto offset = count(json, "offset");
  const auto line = count(json, "line");
  const auto at = count(json, "head_at");
  const auto size = count(json, "head_size");
  const auto modified = count(json, "modified");
  const Json* skipping = json.find("skipping");
  const Json* done = json.find("done");
  const Json* digest = json.find("head_sha256");
  if (!offset || !line || !at || !size || !modified || *size > HeadMark::kMaxBytes ||
      skipping == nullptr || skipping->boolean() == nullptr || done == nullptr ||
      done->boolean() == nullptr || digest == nullptr || digest->string() == nullptr) {
    return std::nullopt;
  }
  return Place{{*offset, *line, *skipping->boolean()},
               {*at, *size, *digest->string()},
               static_cast<std::int64_t>(*modified),
               *done->boolean()};
}

bool is_file_of(const Place& place, const std::string& path) {
  if (place.head.size == 0) return false;
  Text text(path);
  return text.may_have(place.position.offset) && text.pass(place.head.at) &&
         sha256_hex(text.take(static_cast<std::size_t>(place.head.size))) == place.head.sha256;
}

std::optional<HeadMark> head_of(const std::string& path) {
  const std::string head = Text(path).take(HeadMark::kMaxBytes);
  if (head.empty() || head.find('\0') != std::string::npos) return std::nullopt;
  return HeadMark{0, head.size(), sha256_hex(head)};
}

}  // namespace decnet::follow
