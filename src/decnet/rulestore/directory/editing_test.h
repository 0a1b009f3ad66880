// What tests do to a directory of rule files: all that people and deployments do, at random.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "decnet/rules/loader.h"
#include "decnet/rulestore/test_store.h"

namespace decnet::rulestore::test {

// What somebody does to a directory of rule files, a few of them, with ids that collide.
class Editor {
 public:
  Editor(std::filesystem::path directory, std::uint64_t seed)
      : directory_(std::move(directory)), random_(seed) {
    std::filesystem::create_directories(directory_);
  }

  // One edit; what it was, for a test that fails.
  std::string edit() {
    const std::filesystem::path path = any_path();
    const std::string name = path.filename().string();
    switch (below(12)) {
      case 0:
      case 1:
      case 2:
        write(path, any_rule());
        return "write " + name;
      case 3:
        write(path, any_rule());
        write(path, any_rule());
        return "write twice " + name;
      case 4:
        write(directory_ / "aside", any_rule());
        std::filesystem::rename(directory_ / "aside", path);
        return "rename over " + name;
      case 5:
        std::filesystem::remove(path);
        return "delete " + name;
      case 6: {
        const std::filesystem::path other = any_path();
        if (std::filesystem::exists(path)) std::filesystem::rename(path, other);
        return "rename " + name + " to " + other.filename().string();
      }
      case 7:
        if (std::filesystem::exists(path)) std::filesystem::rename(path, path.string() + "~");
        return "move away " + name;
      case 8:
        write(path, "rule_id: [\n");
        return "break " + name;
      case 9:
        write(path, std::string(below(2), '\n'));
        return "empty " + name;
      case 10:
        write(directory_ / "not-a-rule.yaml", "rule_id: [\n");
        std::filesystem::remove(directory_ / "not-a-rule.yaml");
        return "noise";
      default:
        replace_directory();
        return "replace the directory";
    }
  }

  // What only a store that watched could know of is written anew or deleted.
  void repair() {
    for (const std::filesystem::path& path : rule_paths()) {
      if (is_whole(path)) continue;
      if (below(2) == 0) {
        write(path, any_rule());
      } else {
        std::filesystem::remove(path);
      }
    }
  }

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

 private:
  static void write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path) << text;
  }

  std::filesystem::path any_path() {
    return directory_ / fmt::format("{}.yaml", char('a' + below(5)));
  }
  std::string any_rule() {
    return document(fmt::format("R{}", below(4)), static_cast<int>(below(3) + 1));
  }
  [[nodiscard]] std::vector<std::filesystem::path> rule_paths() const {
    std::vector<rules::Problem> ignored;
    return rules::rule_files(directory_, ignored);
  }
  static bool is_whole(const std::filesystem::path& path) {
    std::ifstream in(path);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return text.starts_with("rule_id: R");
  }

  // What was whole goes along, or not; the rest does not.
  void replace_directory() {
    const std::filesystem::path next = directory_.string() + ".next";
    std::filesystem::create_directory(next);
    for (const std::filesystem::path& path : rule_paths()) {
      if (is_whole(path) && below(3) > 0) std::filesystem::copy_file(path, next / path.filename());
    }
    write(next / any_path().filename(), any_rule());
    const std::filesystem::path old = directory_.string() + ".old";
    if (below(2) == 0) {
      std::filesystem::remove_all(directory_);
      std::filesystem::rename(next, directory_);
    } else {
      std::filesystem::rename(directory_, old);
      std::filesystem::rename(next, directory_);
      std::filesystem::remove_all(old);
    }
  }

  const std::filesystem::path directory_;
  std::mt19937_64 random_;
};

}  // namespace decnet::rulestore::test
