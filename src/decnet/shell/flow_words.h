// What words of a command say about files, for flow.h.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace decnet::shell {

using Words = std::span<const std::string_view>;  // the program's name first

inline bool is_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

// "/a/b/": "b/"
std::string_view base_name(std::string_view path);

// The name under which a URL is saved.
std::string_view url_name(std::string_view url);

// The value of an option, attached or in the next word; nothing when the option is not there.
std::optional<std::string_view> option_value(Words words, char letter, std::string_view name);

// Whether one of the short options is that letter.
bool has_letter(Words words, char letter);

// Whether a mode of chmod, octal or symbolic, lets somebody run the file; whether as its owner.
bool mode_runs(std::string_view mode);
bool mode_sets_user(std::string_view mode);

// "persisted-cron", "-systemd", … for a place from which files are started; else empty.
std::string_view persistence_of(std::string_view path);

}  // namespace decnet::shell
