// credential.cc: guessing, reuse and default logins. A password is compared here and goes no
// further.
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "decnet/lifters/fields.h"
#include "decnet/lifters/lifter.h"

namespace decnet::lifters {
namespace {

constexpr std::array kKinds = {SourceKind::kCredential, SourceKind::kAuthAttempt};

using Answer = std::optional<Json::Object>;

void add_text(Json::Object& extras, const Json& payload, std::string_view key) {
  if (const std::string* value = some_text(payload, key)) extras.emplace_back(key, *value);
}

Answer auth_brute_generic(const Json& parameters, const Json& payload) {
  const std::int64_t* failures = integer(payload, "fail_count");
  const auto least = integer_parameter(parameters, "fail_threshold", 5);
  if (failures == nullptr || !least || *failures < *least) return std::nullopt;
  Json::Object extras{{"fail_count", *failures}};
  add_text(extras, payload, "service");
  return extras;
}

Answer password_guessing(const Json& parameters, const Json& payload) {
  const std::int64_t* passwords = integer(payload, "password_count");
  const std::string* username = some_text(payload, "username");
  const auto least = integer_parameter(parameters, "pw_threshold", 5);
  if (passwords == nullptr || username == nullptr || !least || *passwords < *least) {
    return std::nullopt;
  }
  return Json::Object{{"username", *username}, {"password_count", *passwords}};
}

Answer reuse(const Json&, const Json& payload) {
  const std::string* hash = some_text(payload, "credential_hash");
  const std::int64_t* count = integer(payload, "reuse_count");
  if (hash == nullptr || count == nullptr || *count < 1) return std::nullopt;
  return Json::Object{{"credential_hash", *hash}, {"reuse_count", *count}};
}

Answer valid_account_use(const Json& parameters, const Json& payload) {
  const std::string* result = text(payload, "result");
  if (result == nullptr || *result != "success") return std::nullopt;
  if (is_truthy(parameters, "require_prior_brute") && !is_true(payload, "prior_brute")) {
    return std::nullopt;
  }
  Json::Object extras;
  add_text(extras, payload, "username");
  add_text(extras, payload, "service");
  return extras;
}

// An entry of `pairs`: a name and a password, both texts.
bool is_pair(const Json& entry, const std::string& username, const std::string& password) {
  const Json::Array* pair = entry.array();
  if (pair == nullptr || pair->size() != 2) return false;
  const std::string* name = (*pair)[0].string();
  const std::string* secret = (*pair)[1].string();
  return name != nullptr && secret != nullptr && *name == username && *secret == password;
}

Answer default_credentials(const Json& parameters, const Json& payload) {
  const std::string* username = text(payload, "username");
  const std::string* password = text(payload, "password");
  const Json* pairs = parameters.find("pairs");
  if (username == nullptr || password == nullptr || pairs == nullptr || pairs->array() == nullptr) {
    return std::nullopt;
  }
  for (const Json& entry : *pairs->array()) {
    if (!is_pair(entry, *username, *password)) continue;
    Json::Object extras{{"username", *username}};
    add_text(extras, payload, "service");
    return extras;
  }
  return std::nullopt;
}

struct Predicate {
  std::string_view match_kind;
  Answer (*judge)(const Json& parameters, const Json& payload);
};
constexpr std::array kPredicates = {
    Predicate{"lifter:credential_auth_brute_generic", auth_brute_generic},
    Predicate{"lifter:credential_default_credentials", default_credentials},
    Predicate{"lifter:credential_password_guessing", password_guessing},
    Predicate{"lifter:credential_reuse", reuse},
    Predicate{"lifter:credential_valid_account_use", valid_account_use},
};

void lift(const Lifting& lifting) {
  const Event& event = lifting.event;
  for (const rules::Rule* rule : lifting.rules.lifter_rules(event.source_kind)) {
    for (const Predicate& predicate : kPredicates) {
      if (rule->definition.match_kind != predicate.match_kind) continue;
      if (auto extras = predicate.judge(rule->definition.parameters, event.payload)) {
        lifting.fire(*rule, evidence_of(event, *rule, *std::move(extras)));
      }
    }
  }
}

}  // namespace

Lifter credential() { return {"credential", kKinds, lift}; }

}  // namespace decnet::lifters
