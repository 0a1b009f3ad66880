// Re2Set: the linear-time engine. One automaton for all patterns says which match; one of its own
// for each says where, made when it is first asked.
//
// Threads: immutable once compiled but for caches that RE2 and this class guard.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/matching/span.h"

namespace decnet::matching {

class Re2Set {
 public:
  // Instructions that one pattern may compile to. Work per byte of a hostile text grows with them:
  // bounded repeats (`.{0,500}`) are what makes them many.
  static constexpr int kMaxProgramSize = 6000;

  // For programs and states of one shared automaton; a set that needs more is split. States are
  // built as texts need them and thrown away when the memory is full, so this bounds what hostile
  // texts can make us keep.
  static constexpr std::int64_t kSetMemory = std::int64_t{64} << 20;

  Re2Set();
  ~Re2Set();

  // Why RE2 cannot take the pattern, or nothing.
  static std::optional<std::string> problem(const std::string& pattern);

  // `patterns` have passed problem().
  static std::unique_ptr<Re2Set> compile(std::vector<std::string> patterns,
                                         std::int64_t set_memory = kSetMemory);

  // Appends the indexes of the patterns that match, each once, in no order.
  void scan(std::string_view text, std::vector<std::size_t>& matched) const;

  // The leftmost match of one pattern.
  [[nodiscard]] std::optional<Span> find(std::size_t index, std::string_view text) const;

  [[nodiscard]] std::uint64_t fallbacks() const { return fallbacks_.load(); }

 private:
  struct Shard;
  struct Finder;

  void add_shards(std::size_t begin, std::size_t end, std::int64_t set_memory);

  std::vector<std::string> patterns_;
  std::vector<Shard> shards_;
  std::unique_ptr<Finder[]> finders_;
  mutable std::atomic<std::uint64_t> fallbacks_ = 0;
};

}  // namespace decnet::matching
