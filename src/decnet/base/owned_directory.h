// OwnedDirectory: a directory of small files that several processes write, locked while one does.
// Its files are for the directory's owner alone.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "decnet/base/error.h"

namespace decnet {

class OwnedDirectory {
 public:
  enum class Missing { kCreate, kFail };
  enum class Locked { kWait, kGiveUp };

  // Opens and locks the directory until the object goes.
  // Errors: kNotFound; kConflict when another process holds it, with kWait for seconds;
  //         kUnavailable.
  static Result<OwnedDirectory> open(const std::filesystem::path& directory, Missing missing,
                                     Locked locked);
  OwnedDirectory(OwnedDirectory&& other) noexcept
      : path_(std::move(other.path_)),
        directory_(std::exchange(other.directory_, -1)),
        lock_(std::exchange(other.lock_, -1)) {}
  OwnedDirectory(const OwnedDirectory&) = delete;
  OwnedDirectory& operator=(const OwnedDirectory&) = delete;
  OwnedDirectory& operator=(OwnedDirectory&&) = delete;
  ~OwnedDirectory();

  // All of it or nothing, also when the machine loses power.
  Result<void> replace(const std::string& name, std::string_view content);
  Result<bool> remove(const std::string& name);  // false: there is none

 private:
  explicit OwnedDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  Result<void> lock(Locked locked);
  Result<void> write_aside(std::string_view content);
  [[nodiscard]] int create(const char* name, int flags) const;

  std::filesystem::path path_;
  int directory_ = -1;
  int lock_ = -1;
};

}  // namespace decnet
