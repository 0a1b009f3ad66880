// Admission: which tags may be stored, the same on every backend. Checked before the database sees
// a row, so that a row it would refuse costs only itself; and because one backend (MySQL with its
// forgiving insert) would store it wrongly instead of refusing it.
#pragma once

#include <cstddef>
#include <string>

#include "decnet/model/tag.h"

namespace decnet::storage {

// All texts of one row together, evidence included: the smallest column that may hold one
// (MEDIUMTEXT) bounds them.
inline constexpr std::size_t kMaxRowBytes = (std::size_t{16} << 20) - 1;

enum class Verdict {
  kStore,
  kBelowFloor,  // legal, but too weak to keep
  kRefused,     // may not be stored; the reason says why
};

struct Admission {
  Verdict verdict = Verdict::kStore;
  std::string reason;  // of kRefused
};

// `evidence_bytes`: the size of the evidence as it will be written.
Admission admit(const Tag& tag, std::size_t evidence_bytes);

}  // namespace decnet::storage
