#include "decnet/shell/arena.h"

#include <algorithm>
#include <cstring>

namespace decnet::shell {

std::string_view Arena::keep(std::string_view text) {
  if (text.empty()) return {};
  if (chunks_.empty() || chunks_.back().size - used_ < text.size()) {
    const std::size_t size = std::max(kChunkBytes, text.size());
    // Not make_unique, which would write zeros first.
    chunks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
    used_ = 0;
  }
  char* const place = chunks_.back().bytes.get() + used_;
  std::memcpy(place, text.data(), text.size());
  used_ += text.size();
  return {place, text.size()};
}

void Arena::clear() {
  if (!chunks_.empty()) chunks_.resize(chunks_.front().size == kChunkBytes ? 1 : 0);
  used_ = 0;
}

}  // namespace decnet::shell
