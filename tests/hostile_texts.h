// Texts written by someone who knows the rules: long, and as near to a match as can be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace decnet::test {

// Pieces to build long texts of, from texts that a pattern matches: every beginning of a sample
// that ends with a word, alone and with a blank, a separator or an open quote; the sample without
// its first or last character; its words; and its characters that are no letters. Sorted, without
// repeats.
std::vector<std::string> near_misses(std::span<const std::string> samples);

// `piece` again and again, `bytes` long.
std::string repeated(std::string_view piece, std::size_t bytes);

// The pieces, at least one, in an order that `seed` gives, `bytes` long: makes an automaton that
// remembers what it has begun visit many of its states.
std::string shuffled(std::span<const std::string> pieces, std::size_t bytes, std::uint64_t seed);

}  // namespace decnet::test
