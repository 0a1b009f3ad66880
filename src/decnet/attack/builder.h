// CatalogueBuilder: takes what a reader found, in any order and with any damage, and makes a sound
// Catalogue of it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "decnet/attack/catalogue.h"

namespace decnet::attack {

// The shapes of MITRE's ids: "T1110" or "T1110.003", "TA0006", "G0016". Everything else is no id.
bool is_technique_id(std::string_view text);
bool is_tactic_id(std::string_view text);
bool is_group_id(std::string_view text);

class CatalogueBuilder {
 public:
  explicit CatalogueBuilder(std::string release) : release_(std::move(release)) {}

  void add(Tactic tactic) { tactics_.push_back(std::move(tactic)); }  // in matrix order
  void add(Technique technique) { techniques_.push_back(std::move(technique)); }
  void add(Group group) { groups_.push_back(std::move(group)); }
  void add_use(std::string group_id, std::string technique_id) {
    uses_.emplace_back(std::move(technique_id), std::move(group_id));
  }

  // Of two things with one id the first added counts, but for a technique that is neither revoked
  // nor deprecated, which comes before one that is. Parents follow from the ids: MITRE numbers a
  // sub-technique after its technique. Tactics are put Enterprise first; a use of or by something
  // unknown is left out, and a ring of successors is cut.
  [[nodiscard]] std::shared_ptr<const Catalogue> build() &&;

 private:
  std::string release_;
  std::vector<Tactic> tactics_;
  std::vector<Technique> techniques_;
  std::vector<Group> groups_;
  std::vector<std::pair<std::string, std::string>> uses_;  // technique id, group id
};

}  // namespace decnet::attack
