// What single characters mean to a shell, and which ones attackers and loggers put in their place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace decnet::shell {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_name_start(char c) { return is_letter(c) || c == '_'; }
constexpr bool is_name(char c) { return is_name_start(c) || is_digit(c); }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7F;
}
// Special parameters: $@, $*, $#, $?, $-, $$, $!
constexpr bool is_special_parameter(char c) {
  return c == '@' || c == '*' || c == '#' || c == '?' || c == '-' || c == '$' || c == '!';
}

// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The length of the variable name that `text` begins with; 0 when it begins with none.
std::size_t name_length(std::string_view text);

// A character beyond ASCII that looks like one of ASCII, or like nothing.
struct LookAlike {
  std::size_t length = 0;  // in bytes; 0: it is none
  char ascii = 0;          // what it stands for; a blank for every kind of space; 0: nothing
};
LookAlike look_alike(std::string_view text);

// The length of the terminal control sequence (arrow keys, colours, bracketed paste) that `text`
// begins with; 0 when it begins with none.
std::size_t control_sequence_length(std::string_view text);

// The length of the shell prompt, with the blanks behind it, that a pasted line begins with; 0 when
// it begins with none. Only what no script would begin with counts: "root@host:~# ", "[a@b ~]$ ",
// "bash-5.2$ ", "$ ", "/ # ", "Router# ".
std::size_t prompt_length(std::string_view line);

}  // namespace decnet::shell
