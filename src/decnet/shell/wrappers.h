// Commands that run the command in their arguments: sudo, env, timeout, xargs, busybox …
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace decnet::shell {

// Where in `words`, a command with its arguments, the command begins that it runs; 0 when it runs
// none that stands there.
std::size_t wrapped_command(std::span<const std::string_view> words);

// Programs that read commands: sh, bash, ash …
std::span<const std::string_view> shell_names();
bool is_shell(std::string_view name);

// Whether it reads a program in another language: python3, perl, php …
bool is_script_language(std::string_view name);

}  // namespace decnet::shell
