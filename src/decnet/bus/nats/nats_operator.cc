#include "decnet/bus/nats/nats_operator.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace decnet::bus::test {
namespace {

using Bytes = std::basic_string<unsigned char>;

// The first character of a key tells what it is: its prefix in five bits.
enum class Role : unsigned char {
  kSeed = 18 << 3,
  kOperator = 14 << 3,
  kAccount = 0,
  kUser = 20 << 3
};

std::string in_base(unsigned bits, std::string_view digits, const Bytes& bytes) {
  std::string text;
  unsigned held = 0;
  unsigned count = 0;
  for (const unsigned char byte : bytes) {
    held = held << 8 | byte;
    for (count += 8; count >= bits; count -= bits) {
      text += digits[held >> (count - bits) & ((1U << bits) - 1)];
    }
    held &= (1U << count) - 1;
  }
  if (count > 0) text += digits[held << (bits - count) & ((1U << bits) - 1)];
  return text;
}

std::string base32(const Bytes& bytes) {
  return in_base(5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", bytes);
}

std::string base64url(const Bytes& bytes) {
  return in_base(6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", bytes);
}

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

// CRC-16/XMODEM, low byte first.
Bytes with_checksum(Bytes bytes) {
  unsigned crc = 0;
  for (const unsigned char byte : bytes) {
    crc ^= static_cast<unsigned>(byte) << 8;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000U) != 0 ? (crc << 1 ^ 0x1021U) & 0xFFFFU : crc << 1 & 0xFFFFU;
    }
  }
  bytes += static_cast<unsigned char>(crc & 0xFFU);
  bytes += static_cast<unsigned char>(crc >> 8);
  return bytes;
}

class Key {
 public:
  explicit Key(Role role)
      : role_(role), key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free) {}

  // As others know it.
  [[nodiscard]] std::string name() const {
    return base32(with_checksum(Bytes(1, static_cast<unsigned char>(role_)) +
                                raw(&EVP_PKEY_get_raw_public_key)));
  }
  [[nodiscard]] std::string seed() const {
    // The role's five bits follow those that say "seed".
    const auto seed = static_cast<unsigned>(Role::kSeed);
    const auto role = static_cast<unsigned>(role_);
    const Bytes prefix{static_cast<unsigned char>(seed | role >> 5),
                       static_cast<unsigned char>((role & 31U) << 3)};
    return base32(with_checksum(prefix + raw(&EVP_PKEY_get_raw_private_key)));
  }
  // A token in which this one says `claims` of `subject`.
  [[nodiscard]] std::string token(const std::string& subject, std::string_view claims) const {
    const std::string text =
        base64url(bytes_of(R"({"typ":"JWT","alg":"ed25519-nkey"})")) + "." +
        base64url(bytes_of(fmt::format(
            R"({{"jti":"{0}","iat":1772617200,"iss":"{1}","name":"test","sub":"{0}","nats":{2}}})",
            subject, name(), claims)));
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    std::array<unsigned char, 64> signature{};
    std::size_t size = signature.size();
    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get());
    EVP_DigestSign(context.get(), signature.data(), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return text + "." + base64url({signature.data(), size});
  }

 private:
  [[nodiscard]] Bytes raw(int (*get)(const EVP_PKEY*, unsigned char*, std::size_t*)) const {
    Bytes bytes(32, 0);
    std::size_t size = bytes.size();
    get(key_.get(), bytes.data(), &size);
    return bytes;
  }

  Role role_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

constexpr std::string_view kOperatorClaims = R"({"type":"operator","version":2})";
constexpr std::string_view kUserClaims =
    R"({"pub":{},"sub":{},"subs":-1,"data":-1,"payload":-1,"type":"user","version":2})";

std::string account_claims(int storage) {
  return fmt::format(R"({{"limits":{{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,)"
                     R"("wildcards":true,"conn":-1,"leaf":-1,"mem_storage":{0},"disk_storage":{0},)"
                     R"("streams":{0},"consumer":{0}}},"type":"account","version":2}})",
                     storage);
}

std::string credentials_of(const Key& account) {
  const Key user(Role::kUser);
  return fmt::format(
      "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n"
      "-----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
      account.token(user.name(), kUserClaims), user.seed());
}

}  // namespace

NatsOperator make_nats_operator() {
  const Key operator_key(Role::kOperator);
  const Key system(Role::kAccount);
  const Key account(Role::kAccount);
  return {.server_settings = fmt::format(
              "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{\n"
              "  {}: {}\n  {}: {}\n}}\n",
              operator_key.token(operator_key.name(), kOperatorClaims), system.name(),
              system.name(), operator_key.token(system.name(), account_claims(0)), account.name(),
              operator_key.token(account.name(), account_claims(-1))),
          .credentials = credentials_of(account),
          .stranger = credentials_of(Key(Role::kAccount))};
}

}  // namespace decnet::bus::test
