// The canonical spelling of a word: bare where a shell reads it as that word, else in single
// quotes.
#pragma once

#include <string>
#include <string_view>

namespace decnet::shell {

// Whether a shell would read more, less or something else than the word in `text`.
bool needs_quotes(std::string_view text);

// The same for the first word of a command, where some words are reserved and NAME= assigns.
bool needs_quotes_as_name(std::string_view text);

// 'text', a quote inside as '\''.
void append_quoted(std::string& out, std::string_view text);

// A path without what changes nothing: "//", "/./", "/x/../". Only of words that begin with one
// slash and hold nothing but path characters; false when `path` is none or has nothing to take out.
bool shorten_path(std::string_view path, std::string& out);

// The program of a path in a system directory, "/usr/bin/cat": "cat"; else the path.
std::string_view program_name(std::string_view path);

}  // namespace decnet::shell
