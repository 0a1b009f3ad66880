#include "decnet/mail/stored_mail.h"

#include <algorithm>
#include <string_view>

#include "decnet/base/file.h"
#include "decnet/mail/message.h"
#include "decnet/mail/payload.h"

namespace decnet::mail {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

bool is_decoy_name(std::string_view name) {
  constexpr std::size_t kMaxBytes = 63;
  return !name.empty() && name.size() <= kMaxBytes && name.front() != '-' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

// YYYY-MM-DDTHH:MM:SSZ_<12 hexadecimal digits>_<1 to 255 of letters, digits, . _ ->
bool is_file_name(std::string_view name) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00Z_xxxxxxxxxxxx_";
  constexpr std::size_t kMaxRestBytes = 255;
  if (name.size() <= kForm.size() || name.size() > kForm.size() + kMaxRestBytes) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const char c = name[i];
    const bool fits = kForm[i] == '0'   ? is_digit(c)
                      : kForm[i] == 'x' ? is_digit(c) || (c >= 'a' && c <= 'f')
                                        : c == kForm[i];
    if (!fits) return false;
  }
  return std::all_of(name.begin() + kForm.size(), name.end(), [](char c) {
    return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

const std::string* text(const Json& payload, std::string_view key) {
  const Json* value = payload.find(key);
  return value == nullptr ? nullptr : value->string();
}

bool is_inside(const std::filesystem::path& path, const std::filesystem::path& root) {
  return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
}

}  // namespace

std::optional<std::filesystem::path> stored_path(const std::filesystem::path& root,
                                                 const Json& payload) {
  const std::string* decoy = text(payload, "decky_id");
  const std::string* file = text(payload, "stored_as");
  if (decoy == nullptr || file == nullptr || !is_decoy_name(*decoy) || !is_file_name(*file)) {
    return std::nullopt;
  }
  std::error_code error;
  const auto real_root = std::filesystem::canonical(root, error);
  if (error) return std::nullopt;
  const auto real = std::filesystem::canonical(real_root / *decoy / "smtp" / *file, error);
  if (error || !is_inside(real, real_root)) return std::nullopt;
  return real;
}

bool add_stored_message(const std::filesystem::path& root, Json& payload) {
  const auto path = stored_path(root, payload);
  if (!path) return false;
  const auto bytes = read_file(*path, kMaxMessageBytes);
  return bytes && add_message(payload, *bytes);
}

}  // namespace decnet::mail
