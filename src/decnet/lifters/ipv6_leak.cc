// ipv6_leak.cc: attackers known by IPv4 who reveal a link-local IPv6 address of their own.
#include <array>
#include <string>
#include <string_view>

#include "decnet/lifters/fields.h"
#include "decnet/lifters/lifter.h"

namespace decnet::lifters {
namespace {

constexpr std::array kKinds = {SourceKind::kIpv6Leak};
constexpr std::string_view kLinkLocalLeak = "lifter:ipv6_link_local_leak";

void lift(const Lifting& lifting) {
  const Json& payload = lifting.event.payload;
  const std::string* address = first_text(payload, {"addr", "src_ip"});
  if (address == nullptr || !lower_case(address->substr(0, 5)).starts_with("fe80:")) return;

  const auto said = [&payload](std::string_view key, std::string_view otherwise) {
    const std::string* value = text(payload, key);
    return Json(value == nullptr ? std::string(otherwise) : *value);
  };
  const std::string* v4 = first_text(payload, {"attacker_v4", "attacker_ip"});
  Evidence evidence;
  evidence.set("addr", *address);
  evidence.set("mac_oui", said("mac_oui", ""));
  evidence.set("iid_kind", said("iid_kind", "unknown"));
  evidence.set("vector", said("vector", ""));
  evidence.set("on_iface", said("on_iface", ""));
  evidence.set("attacker_v4", v4 == nullptr ? Json("") : Json(*v4));
  evidence.set("observed_at", said("observed_at", ""));
  const Json kept = evidence.take();
  for (const rules::Rule* rule : lifting.rules.lifter_rules(lifting.event.source_kind)) {
    if (rule->definition.match_kind == kLinkLocalLeak) lifting.fire(*rule, kept);
  }
}

}  // namespace

Lifter ipv6_leak() { return {"ipv6_leak", kKinds, lift}; }

}  // namespace decnet::lifters
