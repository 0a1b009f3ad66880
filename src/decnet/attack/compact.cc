#include "decnet/attack/compact.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "decnet/attack/builder.h"

namespace decnet::attack {
namespace {

constexpr std::string_view kSite = "https://attack.mitre.org";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return parts;
}

// Cuts the fields of a row off one by one.
class Fields {
 public:
  explicit Fields(std::string_view row) : rest_(row) {}

  std::string_view next() {
    if (done_) {
      missing_ = true;
      return {};
    }
    const std::size_t end = rest_.find('\t');
    const std::string_view field = rest_.substr(0, end);
    done_ = end == rest_.npos;
    if (!done_) rest_.remove_prefix(end + 1);
    return field;
  }

  // Every field was taken, and none that was not there.
  [[nodiscard]] bool exact() const { return done_ && !missing_; }

 private:
  std::string_view rest_;
  bool done_ = false;
  bool missing_ = false;
};

Tactic tactic_of(Fields& fields) {
  Tactic tactic;
  tactic.id = fields.next();
  tactic.domain = fields.next();
  tactic.short_name = fields.next();
  tactic.name = fields.next();
  return tactic;
}

Technique technique_of(Fields& fields) {
  Technique technique;
  technique.id = fields.next();
  technique.domain = fields.next();
  const std::string_view state = fields.next();
  technique.deprecated = state == "deprecated";
  technique.revoked = state != "current" && !technique.deprecated;
  if (technique.revoked && state != "revoked") technique.successor = state;
  technique.tactics = split(fields.next(), ',');
  technique.stix_id = fmt::format("attack-pattern--{}", fields.next());
  technique.name = fields.next();
  std::string path = technique.id;
  std::ranges::replace(path, '.', '/');
  technique.url = fmt::format("{}/techniques/{}", kSite, path);
  return technique;
}

}  // namespace

Result<std::shared_ptr<const Catalogue>> read_compact(std::string_view text) {
  std::size_t number = 0;
  std::string release;
  std::optional<CatalogueBuilder> builder;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view row = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (row.empty()) continue;

    Fields fields(row);
    const std::string_view kind = fields.next();
    bool sound = true;
    if (kind == "release") {
      release = fields.next();
      builder.emplace(release);
    } else if (!builder) {
      return fail(ErrorCode::kInvalid, fmt::format("line {}: no release before it", number));
    } else if (kind == "tactic") {
      Tactic tactic = tactic_of(fields);
      sound = is_tactic_id(tactic.id);
      builder->add(std::move(tactic));
    } else if (kind == "technique") {
      Technique technique = technique_of(fields);
      sound = is_technique_id(technique.id) &&
              (technique.successor.empty() || is_technique_id(technique.successor));
      builder->add(std::move(technique));
    } else if (kind == "group") {
      Group group;
      group.id = fields.next();
      for (std::string& used : split(fields.next(), ',')) {
        builder->add_use(group.id, std::move(used));
      }
      group.name = fields.next();
      group.aliases = split(fields.next(), '|');
      group.url = fmt::format("{}/groups/{}", kSite, group.id);
      sound = is_group_id(group.id);
      builder->add(std::move(group));
    } else {
      sound = false;
    }
    if (!sound || !fields.exact()) {
      return fail(ErrorCode::kInvalid, fmt::format("line {}: is no row of a catalogue", number));
    }
  }
  if (!builder) return fail(ErrorCode::kInvalid, "line 1: no release");
  return std::move(*builder).build();
}

}  // namespace decnet::attack
