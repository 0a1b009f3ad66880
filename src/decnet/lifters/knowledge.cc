#include "decnet/lifters/knowledge.h"

namespace decnet::lifters {

const Knowledge& Knowledge::built_in() {
  static const Knowledge known;
  return known;
}

}  // namespace decnet::lifters
