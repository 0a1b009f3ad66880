#include "decnet/attack/stix_bundle.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "decnet/attack/builder.h"
#include "decnet/base/utf8.h"

namespace decnet::attack {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

// --- What an object says -------------------------------------------------------------------------
// Each answers with nothing (empty, false) when the member is absent or of another type.

std::string_view text(const object& thing, std::string_view key) {
  std::string_view value;
  return thing[key].get(value) == simdjson::SUCCESS ? value : std::string_view();
}

bool flag(const object& thing, std::string_view key) {
  bool value = false;
  return thing[key].get(value) == simdjson::SUCCESS && value;
}

std::vector<std::string_view> texts(const object& thing, std::string_view key) {
  std::vector<std::string_view> values;
  array elements;
  if (thing[key].get(elements) != simdjson::SUCCESS) return values;
  for (const element& each : elements) {
    std::string_view value;
    if (each.get(value) == simdjson::SUCCESS) values.push_back(value);
  }
  return values;
}

std::vector<object> objects(const object& thing, std::string_view key) {
  std::vector<object> values;
  array elements;
  if (thing[key].get(elements) != simdjson::SUCCESS) return values;
  for (const element& each : elements) {
    object value;
    if (each.get(value) == simdjson::SUCCESS) values.push_back(value);
  }
  return values;
}

// "enterprise" for what MITRE calls enterprise-attack (a domain) or mitre-attack (a kill chain, a
// source of references); empty for what is none of ATT&CK's.
std::string_view domain_named(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames{{
      {"enterprise-attack", "enterprise"},
      {"mitre-attack", "enterprise"},
      {"ics-attack", "ics"},
      {"mitre-ics-attack", "ics"},
      {"mobile-attack", "mobile"},
      {"mitre-mobile-attack", "mobile"},
  }};
  for (const auto& [theirs, ours] : kNames) {
    if (theirs == name) return ours;
  }
  return {};
}

struct Reference {  // the external reference that carries an object's ATT&CK id
  std::string_view id, url, domain;
};

Reference reference(const object& thing) {
  for (const object& each : objects(thing, "external_references")) {
    const std::string_view domain = domain_named(text(each, "source_name"));
    const std::string_view id = text(each, "external_id");
    if (domain.empty() || id.empty()) continue;
    std::string_view url = text(each, "url");
    const bool usable = url.starts_with("https://") && std::ranges::all_of(url, [](char c) {
                          return c > ' ' && c < '\x7f';  // it ends up in reports and pages
                        });
    return {id, usable ? url : std::string_view(), domain};
  }
  return {};
}

std::string_view domain_of(const object& thing, const Reference& reference) {
  for (const std::string_view name : texts(thing, "x_mitre_domains")) {
    if (const auto domain = domain_named(name); !domain.empty()) return domain;
  }
  for (const object& phase : objects(thing, "kill_chain_phases")) {
    if (const auto domain = domain_named(text(phase, "kill_chain_name")); !domain.empty()) {
      return domain;
    }
  }
  return reference.domain;
}

// --- The bundle ----------------------------------------------------------------------------------

// "18.1" → "v18.1", "19.0" → "v19", as MITRE calls its releases; empty when it is no version.
std::string release_of_version(std::string_view version) {
  if (version.starts_with('v')) version.remove_prefix(1);
  constexpr std::size_t kMaxLength = 12;
  if (version.empty() || version.size() > kMaxLength || version.front() == '.' ||
      version.back() == '.' || version.find_first_not_of("0123456789.") != version.npos) {
    return {};
  }
  if (version.ends_with(".0")) version.remove_suffix(2);
  return fmt::format("v{}", version);
}

// From "enterprise-attack-18.1.json".
std::string release_of_file(std::string_view name) {
  if (name.ends_with(".json")) name.remove_suffix(5);
  const std::size_t mark = name.find_last_of("-_");
  return mark == name.npos ? std::string() : release_of_version(name.substr(mark + 1));
}

// The objects of interest, sorted by kind in one walk. The views live as long as the parser.
class Bundle {
 public:
  void add(const object& thing) {
    const std::string_view type = text(thing, "type");
    if (type == "attack-pattern") {
      keep(patterns_, thing);
    } else if (type == "intrusion-set") {
      keep(groups_, thing);
    } else if (type == "x-mitre-tactic") {
      keep(tactics_, thing);
    } else if (type == "x-mitre-matrix") {
      for (const auto ref : texts(thing, "tactic_refs")) {
        matrix_order_.emplace(ref, matrix_order_.size());
      }
    } else if (type == "relationship") {
      if (!flag(thing, "revoked") && !flag(thing, "x_mitre_deprecated")) {
        relationships_.push_back(thing);
      }
    } else if (type == "x-mitre-collection" && release_.empty()) {
      release_ = release_of_version(text(thing, "x_mitre_version"));
    }
    newest_ = std::max(newest_, text(thing, "modified"));
  }

  Result<std::shared_ptr<const Catalogue>> catalogue(std::string_view file_name) {
    CatalogueBuilder builder(release(file_name));
    add_tactics(builder);
    if (add_techniques(builder) == 0) {
      return fail(ErrorCode::kInvalid, "is a STIX bundle without ATT&CK techniques");
    }
    add_groups(builder);
    return std::move(builder).build();
  }

 private:
  struct Entry {
    object thing;
    Reference reference;
  };

  void keep(std::vector<Entry>& kind, const object& thing) {
    const Entry entry{thing, reference(thing)};
    if (entry.reference.id.empty()) return;
    kind.push_back(entry);
    if (const auto id = text(thing, "id"); !id.empty()) attack_ids_.emplace(id, entry.reference.id);
  }

  [[nodiscard]] std::string release(std::string_view file_name) const {
    if (!release_.empty()) return release_;
    if (auto named = release_of_file(file_name); !named.empty()) return named;
    const std::string_view day = newest_.substr(0, newest_.find('T'));
    const bool is_day = day.size() == 10 && day.find_first_not_of("0123456789-") == day.npos;
    return is_day ? fmt::format("as-of-{}", day) : "unknown";
  }

  [[nodiscard]] std::string_view attack_id(std::string_view stix_id) const {
    const auto found = attack_ids_.find(stix_id);
    return found == attack_ids_.end() ? std::string_view() : found->second;
  }

  void add_tactics(CatalogueBuilder& builder) {
    const auto position = [this](const Entry& entry) {
      const auto found = matrix_order_.find(text(entry.thing, "id"));
      return std::pair(found == matrix_order_.end() ? matrix_order_.size() : found->second,
                       entry.reference.id);
    };
    std::ranges::sort(tactics_, {}, position);
    for (const auto& [thing, reference] : tactics_) {
      const std::string_view short_name = text(thing, "x_mitre_shortname");
      const std::string_view name = text(thing, "name");
      if (!is_tactic_id(reference.id) || short_name.empty() || name.empty()) continue;
      const std::string_view domain = domain_of(thing, reference);
      phases_.emplace(phase_key(domain, short_name), reference.id);
      builder.add(Tactic{.id = std::string(reference.id),
                         .name = printable(name),
                         .short_name = printable(short_name),
                         .domain = std::string(domain)});
    }
  }

  std::size_t add_techniques(CatalogueBuilder& builder) {
    std::unordered_map<std::string_view, std::string_view> successors;  // STIX id → ATT&CK id
    for (const object& each : relationships_) {
      const std::string_view successor = attack_id(text(each, "target_ref"));
      if (text(each, "relationship_type") == "revoked-by" && is_technique_id(successor)) {
        successors.emplace(text(each, "source_ref"), successor);
      }
    }
    std::size_t added = 0;
    for (const auto& [thing, reference] : patterns_) {
      const std::string_view name = text(thing, "name");
      if (!is_technique_id(reference.id) || name.empty()) continue;
      Technique technique{.id = std::string(reference.id),
                          .name = printable(name),
                          .parent = {},  // follows from the id
                          .domain = std::string(domain_of(thing, reference)),
                          .tactics = tactics_of(thing),
                          .stix_id = printable(text(thing, "id")),
                          .url = std::string(reference.url),
                          .revoked = flag(thing, "revoked"),
                          .deprecated = flag(thing, "x_mitre_deprecated"),
                          .successor = {}};
      const auto successor = successors.find(text(thing, "id"));
      if (technique.revoked && successor != successors.end()) {
        technique.successor = successor->second;
      }
      builder.add(std::move(technique));
      ++added;
    }
    return added;
  }

  // "discovery" is TA0007 in the Enterprise kill chain and TA0102 in that of ICS.
  static std::string phase_key(std::string_view domain, std::string_view phase) {
    return fmt::format("{}:{}", domain, phase);
  }

  [[nodiscard]] std::vector<std::string> tactics_of(const object& pattern) const {
    std::vector<std::string> tactics;
    for (const object& phase : objects(pattern, "kill_chain_phases")) {
      const auto found = phases_.find(
          phase_key(domain_named(text(phase, "kill_chain_name")), text(phase, "phase_name")));
      if (found != phases_.end() && std::ranges::find(tactics, found->second) == tactics.end()) {
        tactics.emplace_back(found->second);
      }
    }
    return tactics;
  }

  // A group that MITRE revoked or gave up is none that it tracks.
  void add_groups(CatalogueBuilder& builder) {
    for (const auto& [thing, reference] : groups_) {
      const std::string_view name = text(thing, "name");
      if (!is_group_id(reference.id) || name.empty() || flag(thing, "revoked") ||
          flag(thing, "x_mitre_deprecated")) {
        continue;
      }
      Group group{.id = std::string(reference.id),
                  .name = printable(name),
                  .aliases = {},
                  .url = std::string(reference.url)};
      for (const auto alias : texts(thing, "aliases")) group.aliases.push_back(printable(alias));
      builder.add(std::move(group));
    }
    for (const object& each : relationships_) {
      if (text(each, "relationship_type") != "uses") continue;
      builder.add_use(std::string(attack_id(text(each, "source_ref"))),
                      std::string(attack_id(text(each, "target_ref"))));
    }
  }

  std::vector<Entry> patterns_, groups_, tactics_;
  std::vector<object> relationships_;
  std::unordered_map<std::string_view, std::size_t> matrix_order_;     // STIX id → column
  std::unordered_map<std::string_view, std::string_view> attack_ids_;  // STIX id → ATT&CK id
  std::unordered_map<std::string, std::string_view> phases_;           // phase_key → tactic id
  std::string release_;
  std::string_view newest_;
};

Error unreadable(simdjson::error_code problem, std::string_view json) {
  if (problem == simdjson::MEMALLOC) {
    return {ErrorCode::kUnavailable, fmt::format("no memory to parse its {} bytes", json.size())};
  }
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = json.find_first_not_of(kBlank);
  if (first == json.npos) return {ErrorCode::kInvalid, "is empty"};
  if (json[first] != '{' && json[first] != '[') return {ErrorCode::kInvalid, "is no JSON"};
  // simdjson does not say where it stopped, but a download that broke off shows at its end.
  if (json[first] == '{' && json[json.find_last_not_of(kBlank)] != '}') {
    return {ErrorCode::kInvalid, fmt::format("is cut short after {} bytes", json.size())};
  }
  return {ErrorCode::kInvalid,
          fmt::format("is damaged or cut short ({})", simdjson::error_message(problem))};
}

}  // namespace

Result<std::shared_ptr<const Catalogue>> read_stix_bundle(std::string json,
                                                          std::string_view file_name) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  const std::size_t start = json.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const std::size_t size = json.size() - start;
  json.append(simdjson::SIMDJSON_PADDING, '\0');  // it reads beyond the end, or copies 50 MB

  simdjson::dom::parser parser;
  element root;
  if (const auto problem = parser.parse(json.data() + start, size, false).get(root)) {
    return fail(unreadable(problem, std::string_view(json).substr(start, size)));
  }
  object document;
  array things;
  if (root.get(document) != simdjson::SUCCESS || text(document, "type") != "bundle" ||
      document["objects"].get(things) != simdjson::SUCCESS) {
    return fail(
        ErrorCode::kInvalid,
        "is JSON, but no STIX bundle (an object with \"type\": \"bundle\" and \"objects\")");
  }
  Bundle bundle;
  for (const element& each : things) {
    object thing;
    if (each.get(thing) == simdjson::SUCCESS) bundle.add(thing);
  }
  return bundle.catalogue(file_name);
}

}  // namespace decnet::attack
