#include "decnet/base/uuid.h"

#include <gtest/gtest.h>

namespace decnet {
namespace {

const UuidBytes kDns = uuid_bytes("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
const UuidBytes kUrl = uuid_bytes("6ba7b811-9dad-11d1-80b4-00c04fd430c8");

TEST(UuidV5, AgreesWithKnownValues) {
  // The example of RFC 9562, appendix A.4.
  EXPECT_EQ(uuid_v5(kDns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  EXPECT_EQ(uuid_v5(kUrl, "decnet:ttp_tag:v1"), "1ca31f08-5522-5aae-8371-fe81f0e39de3");
}

TEST(Sha256, AgreesWithKnownValues) {
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace decnet
