#include "decnet/geo/countries.h"

#include <fmt/format.h>
#include <maxminddb.h>

#include <utility>

namespace decnet::geo {

struct Countries::Database {
  MMDB_s handle{};
  bool is_open = false;
  ~Database() {
    if (is_open) MMDB_close(&handle);
  }
};

Countries::Countries(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Countries::~Countries() = default;

Result<std::shared_ptr<const Countries>> Countries::open(const std::filesystem::path& path) {
  auto database = std::make_unique<Database>();
  const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &database->handle);
  if (status != MMDB_SUCCESS) {
    std::error_code ignored;
    const auto code = !std::filesystem::exists(path, ignored) ? ErrorCode::kNotFound
                      : status == MMDB_IO_ERROR               ? ErrorCode::kUnavailable
                                                              : ErrorCode::kInvalid;
    return fail(code, fmt::format("{}: {}", path.string(), MMDB_strerror(status)));
  }
  database->is_open = true;
  return std::shared_ptr<const Countries>(new Countries(std::move(database)));
}

std::string Countries::of(std::string_view address) const {
  constexpr std::size_t kLongestAddress = 64;
  if (address.empty() || address.size() > kLongestAddress) return {};
  int resolved = 0;
  int status = MMDB_SUCCESS;
  MMDB_lookup_result_s found =
      MMDB_lookup_string(&database_->handle, std::string(address).c_str(), &resolved, &status);
  if (resolved != 0 || status != MMDB_SUCCESS || !found.found_entry) return {};
  MMDB_entry_data_s code{};
  status = MMDB_get_value(&found.entry, &code, "country", "iso_code", nullptr);
  const bool usable = status == MMDB_SUCCESS && code.has_data &&
                      code.type == MMDB_DATA_TYPE_UTF8_STRING && code.data_size == 2;
  return usable ? std::string(code.utf8_string, code.data_size) : std::string();
}

}  // namespace decnet::geo
