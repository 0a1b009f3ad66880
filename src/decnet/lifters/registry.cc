#include <array>

#include "decnet/lifters/lifter.h"

namespace decnet::lifters {

// Every lifter, in the order its tags are reported: behavioral and intel come after rule_engine;
// email, identity, credential, http_fingerprint and ipv6_leak after canary_fingerprint, before
// sequence. The order is part of what subscribers see; a new lifter takes its place, not the end.
#define DECNET_LIFTERS(X) \
  X(rule_engine)          \
  X(canary_fingerprint)   \
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
