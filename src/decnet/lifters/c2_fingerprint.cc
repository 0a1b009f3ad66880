// c2_fingerprint.cc: sessions whose TLS or SSH fingerprint is that of a command-and-control
// framework.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/lifters/fields.h"
#include "decnet/lifters/lifter.h"

namespace decnet::lifters {
namespace {

constexpr std::array kKinds = {SourceKind::kSession};
constexpr std::string_view kMatchKind = "lifter:c2_fingerprint";
constexpr std::array<std::string_view, 4> kMethods = {"jarm", "ja3", "hassh", "hassh_server"};

// The methods that the rule names, in its order; without a list all of them.
std::vector<std::string_view> methods_of(const Json& parameters) {
  if (parameters.find("catalogues") == nullptr) return {kMethods.begin(), kMethods.end()};
  return texts(parameters, "catalogues");
}

// The framework that a fingerprint of the session is known of, or null.
const std::string* framework_of(const Lifting& lifting, const Json& parameters) {
  for (const std::string_view method : methods_of(parameters)) {
    const std::string* fingerprint = some_text(lifting.event.payload, method);
    if (fingerprint == nullptr) continue;
    if (const auto* found = lifting.known.catalogues->framework(method, *fingerprint)) return found;
  }
  return nullptr;
}

void lift(const Lifting& lifting) {
  for (const rules::Rule* rule : lifting.rules.lifter_rules(lifting.event.source_kind)) {
    if (rule->definition.match_kind != kMatchKind) continue;
    if (const std::string* framework = framework_of(lifting, rule->definition.parameters)) {
      lifting.fire(*rule, evidence_of(lifting.event, *rule, {{"matched_framework", *framework}}));
    }
  }
}

}  // namespace

Lifter c2_fingerprint() { return {"c2_fingerprint", kKinds, lift}; }

}  // namespace decnet::lifters
