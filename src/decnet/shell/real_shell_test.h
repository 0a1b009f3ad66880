// Real shells, asked what they make of texts that cannot do anything.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace decnet::shell {

// The path of that shell; nothing when it is not installed.
std::optional<std::string> real_shell(const std::string& name);

// Which of the scripts `shell -n` accepts; nothing of them is executed.
std::vector<bool> accepted_by(const std::string& shell, const std::vector<std::string>& scripts);

// What the shell passes to a command, for each of the lines: its arguments, in order. Lines must be
// words without anything that executes, names a file or reads a variable.
std::vector<std::vector<std::string>> words_read_by(const std::string& shell,
                                                    const std::vector<std::string>& lines);

}  // namespace decnet::shell
