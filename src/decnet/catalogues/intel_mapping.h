// IntelMapping: which techniques a provider's words about an address stand for, one built-in file
// data/<provider>.json each (abuseipdb, greynoise, feodo, threatfox).
//
// Threads: immutable.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"

namespace decnet::catalogues {

struct IntelSignal {
  struct Technique {
    std::string technique_id;                     // parent
    std::optional<std::int64_t> score_threshold;  // only when a score is known and not below
  };
  std::string id;  // "cat_18", "tor_exit_node", "feodo_listed", "botnet_cc"
  std::string label;
  std::string url;  // of the provider's description
  std::vector<Technique> techniques;
  double multiplier = 1.0;  // of the confidence; never above 1
};

class IntelMapping {
 public:
  // Of one of the four providers.
  static const IntelMapping& of(std::string_view provider);

  // Reads such a file. Errors: kInvalid for what is no JSON, lacks a key, names another provider
  // than `provider` or one signal twice.
  static Result<IntelMapping> read(std::string_view provider, std::string_view json);

  // The signal of that id, or null: unknown ones select nothing.
  [[nodiscard]] const IntelSignal* find(std::string_view id) const;
  [[nodiscard]] const std::vector<IntelSignal>& signals() const { return signals_; }
  [[nodiscard]] const std::string& version() const { return version_; }

 private:
  std::vector<IntelSignal> signals_;
  std::string version_;
};

}  // namespace decnet::catalogues
