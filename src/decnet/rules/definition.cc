#include "decnet/rules/definition.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "decnet/base/utf8.h"
#include "decnet/model/event.h"
#include "decnet/rules/derived_fields.h"
#include "decnet/shell/analysis.h"

namespace decnet::rules {

std::string_view default_field(std::string_view source_kind) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kFields = {{
      {"command", "command_text"},
      {"http_request", "raw_url"},
      {"email", "subject"},
      {"intel", "verdict"},
      {"canary_fingerprint", "ua_signature"},
      {"auth_attempt", "username"},
      {"payload", "payload_text"},
  }};
  for (const auto& [kind, field] : kFields) {
    if (kind == source_kind) return field;
  }
  return {};
}

std::string_view payload_key(std::string_view source_kind, std::string_view field) {
  if (is_derived_field(source_kind, field)) return default_field(source_kind);
  const auto kind = shell::text_kind(field);
  if (!kind) return field;
  if (source_kind == to_string(SourceKind::kCommand)) return default_field(source_kind);
  const bool session = source_kind == to_string(SourceKind::kSession);
  return session && *kind == shell::TextKind::kFlow ? kSessionCommands : field;
}

std::string_view default_step_field(SourceKind kind) {
  return kind == SourceKind::kAuthAttempt ? "outcome" : default_field(to_string(kind));
}

std::string_view lifter_owner(std::string_view match_kind) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kOwners = {{
      {"lifter:behavioral_", "behavioral"},
      {"lifter:intel_", "intel"},
      {"lifter:canary_", "canary_fingerprint"},
      {"lifter:email_", "email"},
      {"lifter:identity_", "identity"},
      {"lifter:credential_", "credential"},
      {"lifter:http_fingerprint_", "http_fingerprint"},
      {"lifter:ipv6_link_local_leak", "ipv6_leak"},
      {"lifter:c2_fingerprint", "c2_fingerprint"},
  }};
  if (is_inert(match_kind)) return {};
  for (const auto& [kind, owner] : kOwners) {
    const bool is_prefix = kind.ends_with('_');
    if (is_prefix ? match_kind.starts_with(kind) : match_kind == kind) return owner;
  }
  if (match_kind == kSequence) return kSequence;
  return {};
}

bool is_inert(std::string_view match_kind) { return match_kind == "lifter:intel_aggregate_bump"; }

Result<std::shared_ptr<const matching::Pattern>> ReadyPattern::of(const std::string& text) const {
  if (pattern != nullptr && pattern->written() == text) return pattern;
  return matching::Pattern::compile(text);
}

int Definition::line_of(const std::string& key) const {
  const auto found = lines.find(key);
  return found == lines.end() ? line : found->second;
}

std::string Problem::text() const {
  std::string where = path.string();
  if (line > 0) where += fmt::format("{}{}", where.empty() ? "line " : ":", line);
  return printable(where.empty() ? message : fmt::format("{}: {}", where, message));
}

}  // namespace decnet::rules
