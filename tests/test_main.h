// Where tests find things. Nothing here knows what is tested.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace decnet::test {

// The root of this repository (DECNET_SOURCE_DIR in the environment wins).
std::filesystem::path source_dir();

// The built program (DECNET_PROGRAM in the environment wins).
std::filesystem::path program();

// A file of other people's data below DECNET_CORPORA_DIR (default: ../shared beside the
// repository), for instance "corpora/raw/x.json"; nothing when it is absent.
std::optional<std::filesystem::path> corpus(const std::string& name);

// A new empty directory, removed with everything in it when the object goes.
class TempDir {
 public:
  // `in_memory`: on a file system in memory where there is one, for what syncs much and keeps
  // little.
  explicit TempDir(bool in_memory = false);
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // Writes a file below it, making directories on the way, and returns its path.
  std::filesystem::path write(const std::string& name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

}  // namespace decnet::test

// `const auto log = DECNET_CORPUS_OR_SKIP("corpora/raw/x.json");` skips the test, saying why.
#define DECNET_CORPUS_OR_SKIP(variable, name)                                               \
  const auto variable##_found = ::decnet::test::corpus(name);                               \
  if (!variable##_found) GTEST_SKIP() << "not here: " << (name) << " (DECNET_CORPORA_DIR)"; \
  const std::filesystem::path& variable = *variable##_found
