// Where something stands in a text: byte offsets, `end` one past the last.
#pragma once

#include <cstddef>

namespace decnet::shell {

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
  friend bool operator==(const Span&, const Span&) = default;
};

}  // namespace decnet::shell
