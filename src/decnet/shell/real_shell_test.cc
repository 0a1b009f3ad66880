#include "decnet/shell/real_shell_test.h"

#include <unistd.h>

#include <stdexcept>

#include "tests/process.h"
#include "tests/test_main.h"

namespace decnet::shell {

std::optional<std::string> real_shell(const std::string& name) {
  for (const std::string directory : {"/bin/", "/usr/bin/"}) {
    if (access((directory + name).c_str(), X_OK) == 0) return directory + name;
  }
  return std::nullopt;
}

std::vector<bool> accepted_by(const std::string& shell, const std::vector<std::string>& scripts) {
  const test::TempDir folder(true);
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    folder.write(std::to_string(i), scripts[i]);
  }
  // The exit status alone does not tell: bash -n ends with 0 after some errors.
  const std::string ask =
      "i=0; while [ $i -lt " + std::to_string(scripts.size()) + " ]; do if e=$(" + shell +
      " -n ./$i 2>&1 </dev/null) && case $e in (*rror*|*expected*|*looking*) false;; "
      "esac; then echo y; else echo n; fi; i=$((i+1)); done";
  const auto finished =
      test::run({.arguments = {*real_shell("dash"), "-c", ask}, .directory = folder.path()});
  std::vector<bool> accepted;
  for (const char c : finished.out) {
    if (c != '\n') accepted.push_back(c == 'y');
  }
  if (accepted.size() != scripts.size()) throw std::runtime_error(finished.err);
  return accepted;
}

std::vector<std::vector<std::string>> words_read_by(const std::string& shell,
                                                    const std::vector<std::string>& lines) {
  std::string script;
  for (const std::string& line : lines) {
    script += "printf '%s\\0' " + line + "\nprintf '\\001\\0'\n";
  }
  const test::TempDir folder(true);  // empty, for patterns to find nothing
  const auto finished =
      test::run({.arguments = {shell}, .directory = folder.path(), .input = script});
  std::vector<std::vector<std::string>> read;
  std::vector<std::string> words;
  std::string word;
  for (const char c : finished.out) {
    if (c != '\0') {
      word += c;
    } else if (word == "\001") {
      read.push_back(std::move(words));
      words.clear();
      word.clear();
    } else {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (read.size() != lines.size()) throw std::runtime_error(finished.err);
  return read;
}

}  // namespace decnet::shell
