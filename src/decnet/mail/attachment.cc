#include "decnet/mail/attachment.h"

#include <string>

#include "decnet/mail/html.h"

namespace decnet::mail {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kOle = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv;
constexpr std::string_view kZip = "PK\x03\x04"sv;
constexpr std::string_view kSevenZip = "7z\xBC\xAF\x27\x1C"sv;
constexpr std::string_view kRar4 = "Rar!\x1A\x07\x00"sv;
constexpr std::string_view kRar5 = "Rar!\x1A\x07\x01\x00"sv;
// Names of storages in the old Office format are UTF-16.
constexpr std::string_view kVbaProject = "_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0"sv;
constexpr std::string_view kEncryptedPackage = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"sv;
constexpr std::string_view kAes256Sha256 = "\x06\xF1\x07\x01"sv;  // a method's id in 7z

bool has(std::string_view bytes, std::string_view part) {
  return bytes.find(part) != std::string_view::npos;
}

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
}

bool is_encrypted_rar4(std::string_view bytes) {
  // After the mark, the archive's header: CRC (2), type, flags (2), size (2); then the first
  // file's.
  const std::size_t archive = kRar4.size();
  const unsigned archive_flags = byte_at(bytes, archive + 3);
  const std::size_t size = byte_at(bytes, archive + 5) | (byte_at(bytes, archive + 6) << 8U);
  const unsigned file_flags = byte_at(bytes, archive + size + 3);
  return (archive_flags & 0x80U) != 0 || (file_flags & 0x04U) != 0;
}

bool is_encrypted_rar5(std::string_view bytes) {
  // After the mark: CRC (4), size (a number of 7-bit bytes), type; type 4 is an encryption header.
  std::size_t at = kRar5.size() + 4;
  while ((byte_at(bytes, at) & 0x80U) != 0 && at < kRar5.size() + 8) ++at;
  return byte_at(bytes, at + 1) == 4;
}

}  // namespace

bool has_macros(std::string_view bytes) {
  if (bytes.starts_with(kOle)) return has(bytes, kVbaProject);
  return bytes.starts_with(kZip) && has(bytes, "vbaProject.bin");
}

bool needs_password(std::string_view bytes) {
  if (bytes.starts_with(kZip)) return (byte_at(bytes, 6) & 1U) != 0;
  if (bytes.starts_with(kOle)) return has(bytes, kEncryptedPackage);
  if (bytes.starts_with(kSevenZip)) return has(bytes, kAes256Sha256);
  if (bytes.starts_with(kRar4)) return is_encrypted_rar4(bytes);
  if (bytes.starts_with(kRar5)) return is_encrypted_rar5(bytes);
  return bytes.starts_with("%PDF-") && has(bytes, "/Encrypt");
}

bool smuggles_file(std::string_view html) {
  const std::string script = read_html(html).script;
  const bool hands_over = has(script, "createObjectURL") || has(script, "msSaveOrOpenBlob") ||
                          has(script, "msSaveBlob") || has(script, "data:application/");
  const bool puts_together =
      has(script, "atob(") || has(script, "fromCharCode") || has(script, "Uint8Array");
  return hands_over && puts_together;
}

}  // namespace decnet::mail
