// Where a pattern was found: byte offsets into the text.
#pragma once

#include <cstddef>

namespace decnet::matching {

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

}  // namespace decnet::matching
