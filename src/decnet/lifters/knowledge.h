// Knowledge: what lifters know of the world beside the event and the rules. Set once, before events
// are tagged, and shared by all threads.
#pragma once

#include <memory>

#include "decnet/catalogues/catalogues.h"
#include "decnet/geo/countries.h"

namespace decnet::lifters {

struct Knowledge {
  std::shared_ptr<const catalogues::Catalogues> catalogues =  // never null
      catalogues::Catalogues::built_in();
  std::shared_ptr<const geo::Countries> countries;  // null: addresses are in no known country

  // What this program knows without being told anything.
  static const Knowledge& built_in();
};

}  // namespace decnet::lifters
