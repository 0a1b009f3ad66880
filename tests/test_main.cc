#include "tests/test_main.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace decnet::test {
namespace {

std::string environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

}  // namespace

std::filesystem::path source_dir() { return environment("DECNET_SOURCE_DIR", DECNET_BUILT_FROM); }

std::filesystem::path program() { return environment("DECNET_PROGRAM", DECNET_BUILT_PROGRAM); }

std::optional<std::filesystem::path> corpus(const std::string& name) {
  const auto beside = (source_dir().parent_path() / "shared").string();
  auto path = std::filesystem::path(environment("DECNET_CORPORA_DIR", beside.c_str())) / name;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path;
}

TempDir::TempDir(bool in_memory) {
  const std::filesystem::path memory = "/dev/shm";
  const bool usable = in_memory && access(memory.c_str(), W_OK) == 0;
  const auto parent = usable ? memory : std::filesystem::temp_directory_path();
  std::string pattern = (parent / "decnet-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;  // a test may have taken write permission away from it
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TempDir::write(const std::string& name, std::string_view content) const {
  const auto path = path_ / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

}  // namespace decnet::test
