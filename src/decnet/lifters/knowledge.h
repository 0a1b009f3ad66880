// Knowledge: what lifters know of the world beside the event and the rules. Set once, before events
// are tagged, and shared by all threads.
#pragma once

#include <memory>
#include <string_view>

#include "decnet/catalogues/catalogues.h"
#include "decnet/geo/countries.h"
#include "decnet/rules/definition.h"

namespace decnet::lifters {

struct Knowledge {
  std::shared_ptr<const catalogues::Catalogues> catalogues =  // never null
      catalogues::Catalogues::built_in();
  std::shared_ptr<const geo::Countries> countries;  // null: addresses are in no known country

  // What this program knows without being told anything.
  static const Knowledge& built_in();
};

// What an operator has to supply before the rule can judge what it is given, "no country database
// (DECNET_GEOIP_DATABASE)"; until then it fires only where a producer has judged by itself. Empty:
// nothing is lacking.
std::string_view lacking(const rules::Definition& rule, const Knowledge& known);

}  // namespace decnet::lifters
