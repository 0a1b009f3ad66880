// Name-based UUIDs (RFC 4122 §4.3, version 5: SHA-1), and the digests behind ids and pins.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace decnet {

using UuidBytes = std::array<std::uint8_t, 16>;

// The lower-case 8-4-4-4-12 text of the UUIDv5 of `name` in `name_space`.
// Threads: any; each thread keeps one digest context of its own.
std::string uuid_v5(const UuidBytes& name_space, std::string_view name);

// The 16 bytes of a UUID in its 8-4-4-4-12 form. The text must be one: it is a constant of ours.
UuidBytes uuid_bytes(std::string_view text);

// Lower-case hexadecimal SHA-256.
std::string sha256_hex(std::string_view bytes);

}  // namespace decnet
