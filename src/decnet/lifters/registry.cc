#include <array>

#include "decnet/lifters/lifter.h"

namespace decnet::lifters {

// Every lifter, in the order its tags are reported. The order is part of what subscribers see: a
// new lifter takes a place that changes nobody's.
#define DECNET_LIFTERS(X) \
  X(rule_engine)          \
  X(behavioral)           \
  X(intel)                \
  X(canary_fingerprint)   \
  X(email)                \
  X(identity)             \
  X(credential)           \
  X(http_fingerprint)     \
  X(ipv6_leak)            \
  X(c2_fingerprint)       \
  X(sequence)

#define DECNET_DECLARE(name) Lifter name();
DECNET_LIFTERS(DECNET_DECLARE)
#undef DECNET_DECLARE

std::span<const Lifter> registry() {
#define DECNET_ROW(name) name(),
  static const std::array kLifters = {DECNET_LIFTERS(DECNET_ROW)};
#undef DECNET_ROW
  return kLifters;
}

}  // namespace decnet::lifters
