#include <cstdio>
#include <cstdlib>

#include "decnet/attack/catalogue.h"
#include "decnet/attack/compact.h"

namespace decnet::attack {
namespace {

// More than the 65536 characters that the standard asks of every compiler; all we use take more.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
constexpr std::string_view kV19 =
#include "decnet/attack/data/v19.inc"
    ;
#pragma GCC diagnostic pop

// In this file, so that no linker takes the data without it.
constexpr std::string_view kTerms =
#include "mitre_terms.inc"
    ;

}  // namespace

std::shared_ptr<const Catalogue> Catalogue::built_in() {
  static const std::shared_ptr<const Catalogue> catalogue = [] {
    auto read = read_compact(kV19);
    if (!read) {  // the program was built from a damaged file
      (void)std::fprintf(stderr, "decnet: built-in ATT&CK catalogue: %s\n",
                         read.error().message.c_str());
      std::abort();
    }
    return *std::move(read);
  }();
  return catalogue;
}

std::string_view Catalogue::terms() { return kTerms; }

}  // namespace decnet::attack
