// What programs decode: base64, hexadecimal, gzip, and what rev, tr and uudecode make of a text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace decnet::shell {

// Each gives nothing when `text` is not of that encoding. What follows a good beginning and is none
// is left out, as the programs do.

// With the standard or the URL alphabet; line feeds count for nothing.
std::optional<std::string> decode_base64(std::string_view text);
std::optional<std::string> decode_base32(std::string_view text);
// Pairs of digits; blanks, line feeds, "\x" and "0x" between them count for nothing.
std::optional<std::string> decode_hex(std::string_view text);
// gzip, zlib or bare deflate data, cut off or not. At most `limit` bytes are made of it.
std::optional<std::string> inflate_bytes(std::string_view data, std::size_t limit);

// Each line backwards.
std::string reverse_lines(std::string_view text);
// Each letter 13 on.
std::string rot13(std::string_view text);

// What tr does with the sets `from` and `to`, ranges, classes and escapes among them; with
// `deletes` it takes the characters of `from` out, with `complement` all others.
std::string translate(std::string_view text, std::string_view from, std::string_view to,
                      bool deletes, bool complement);

// Whether somebody could have typed this: text, rather than a program's bytes.
bool is_text(std::string_view bytes);

}  // namespace decnet::shell
