// Countries: in which country an address is, by a database in MaxMind's format (GeoLite2-Country,
// -City or one like them) that the operator has.
//
// Threads: any number may ask one instance.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "decnet/base/error.h"

namespace decnet::geo {

class Countries {
 public:
  // Maps the file. Errors: kNotFound, kUnavailable, kInvalid for a file of another format.
  static Result<std::shared_ptr<const Countries>> open(const std::filesystem::path& path);

  Countries(const Countries&) = delete;
  Countries& operator=(const Countries&) = delete;
  ~Countries();

  // The ISO 3166 code, "DE"; empty for an address that is private, unknown or none.
  [[nodiscard]] std::string of(std::string_view address) const;

 private:
  struct Database;
  explicit Countries(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace decnet::geo
