// What a newly stored IPv6 leak changes beside its tag: the attacker's leak columns and, where the
// tag names an identity, its list of link-local addresses.
#pragma once

#include <span>

#include "decnet/base/clock.h"
#include "decnet/model/tag.h"
#include "decnet/storage/sqlite/connection.h"

namespace decnet::storage::sqlite {

// Counts the first tag of kind ipv6_leak of each attacker in `fresh`, the new tags of one upstream
// message. Rows that are not there are passed over.
Result<void> count_ipv6_leaks(Connection& connection, std::span<const Tag* const> fresh,
                              UtcTime now);

}  // namespace decnet::storage::sqlite
