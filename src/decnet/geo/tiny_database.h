// A database in MaxMind's format with a few IPv4 networks, for tests: written by the format's
// description (version 2.0), since no tool of the distribution writes one.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace decnet::geo::test {

// (address, bits of its network, ISO code of the country)
struct Network {
  std::array<std::uint8_t, 4> address;
  int bits;
  std::string_view country;
};

class TinyDatabase {
 public:
  explicit TinyDatabase(const std::vector<Network>& networks) {
    std::string data;
    for (const Network& network : networks) {
      const auto at = static_cast<std::uint32_t>(data.size());
      data += map(1) + text("country") + map(1) + text("iso_code") + text(network.country);
      add(network, at);
    }
    const auto count = static_cast<std::uint32_t>(nodes_.size());
    for (const auto& node : nodes_) {
      for (const Record& record : node) {
        // A number of a node, "not there" (the count), or beyond it a place in the data.
        const std::uint32_t value = record.kind == Kind::kNode   ? record.value
                                    : record.kind == Kind::kNone ? count
                                                                 : count + 16 + record.value;
        bytes_ += {static_cast<char>(value >> 16U), static_cast<char>(value >> 8U),
                   static_cast<char>(value)};
      }
    }
    bytes_ += std::string(16, '\0') + data + "\xAB\xCD\xEFMaxMind.com";
    bytes_ += map(9) + text("node_count") + number32(count) + text("record_size") + number16(24) +
              text("ip_version") + number16(4) + text("database_type") + text("Test") +
              text("languages") + std::string("\x00\x04", 2) + text("binary_format_major_version") +
              number16(2) + text("binary_format_minor_version") + number16(0) +
              text("build_epoch") + std::string("\x01\x02\x01", 3) + text("description") + map(0);
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  enum class Kind { kNone, kNode, kData };
  struct Record {
    Kind kind = Kind::kNone;
    std::uint32_t value = 0;
  };

  void add(const Network& network, std::uint32_t data_at) {
    std::size_t node = 0;
    for (int bit = 0; bit < network.bits; ++bit) {
      const auto byte = network.address[static_cast<std::size_t>(bit / 8)];
      const std::size_t side = (byte >> (7 - bit % 8)) & 1;
      if (bit + 1 == network.bits) {
        nodes_[node][side] = {Kind::kData, data_at};
      } else if (nodes_[node][side].kind == Kind::kNode) {
        node = nodes_[node][side].value;
      } else {
        nodes_[node][side] = {Kind::kNode, static_cast<std::uint32_t>(nodes_.size())};
        node = nodes_.size();
        nodes_.emplace_back();
      }
    }
  }

  // Control bytes: the type in the upper three bits, the size in the lower five.
  static std::string text(std::string_view value) {
    return static_cast<char>(0x40U | value.size()) + std::string(value);
  }
  static std::string map(std::size_t pairs) {
    return std::string(1, static_cast<char>(0xE0U | pairs));
  }
  static std::string number16(std::uint32_t value) {
    return {static_cast<char>(0xA2), static_cast<char>(value >> 8U), static_cast<char>(value)};
  }
  static std::string number32(std::uint32_t value) {
    return {static_cast<char>(0xC4), static_cast<char>(value >> 24U),
            static_cast<char>(value >> 16U), static_cast<char>(value >> 8U),
            static_cast<char>(value)};
  }

  std::vector<std::array<Record, 2>> nodes_ = std::vector<std::array<Record, 2>>(1);
  std::string bytes_;
};

}  // namespace decnet::geo::test
