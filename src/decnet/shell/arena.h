// Arena: keeps texts where they are until it is cleared, and its memory for the next ones.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace decnet::shell {

class Arena {
 public:
  // A copy that lives until clear().
  std::string_view keep(std::string_view text);
  // Forgets all texts. Of its memory it keeps what usual texts need.
  void clear();

 private:
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  static constexpr std::size_t kChunkBytes = std::size_t{16} << 10;

  std::vector<Chunk> chunks_;
  std::size_t used_ = 0;  // of the last one
};

}  // namespace decnet::shell
