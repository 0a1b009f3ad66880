// Repository keeps tags. A tag's id follows from what it says, so saving it again changes nothing,
// and replaying history is safe.
//
// Threads:   one instance per thread; instances may share a database.
// Errors:    kUnavailable when the database does not answer, is locked beyond its time-out, or the
//            disk is full (retrying is safe); kInternal for any other refusal of the database.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/model/tag.h"

namespace decnet::storage {

// Tags below it are not stored (contract: exactly 0.3 is kept; the double is compared).
inline constexpr double kConfidenceFloor = 0.3;

struct Refused {
  std::size_t index = 0;  // into the span given
  std::string reason;     // "neither attacker_uuid nor identity_uuid is set", …
};

struct InsertOutcome {
  std::vector<std::size_t> inserted;  // indexes of the tags that were really new, ascending
  std::vector<Refused> refused;       // rows that may not be stored; they cost only themselves
};

class Repository {
 public:
  virtual ~Repository() = default;

  // Stores, in one transaction and however many there are, the tags at or above the floor; or, on
  // an error, none. A tag already stored, or met twice in `tags`, is left as it was. A tag without
  // anchor, with a confidence outside [0, 1] or with evidence that is no object is refused.
  virtual Result<InsertOutcome> insert_tags(std::span<const Tag> tags) = 0;
};

}  // namespace decnet::storage
