// Catalogue: what one release of MITRE ATT&CK says. Names, tactics, parents, successors of revoked
// ids, URLs, STIX ids and which groups use what. Tactics are data: v19 split Defense Evasion into
// Stealth (TA0005) and Defense Impairment (TA0112), and the next release may do the like again.
//
// Threads:   immutable once built; share it freely.
// Ownership: what a function hands out lives as long as the catalogue.
// Network:   never used.
// Source:    MITRE ATT&CK (https://attack.mitre.org); terms in attack/data/LICENSE-MITRE.txt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/model/ids.h"

namespace decnet::attack {

struct Tactic {
  std::string id;          // "TA0006"
  std::string name;        // "Credential Access"
  std::string short_name;  // kill-chain phase, "credential-access"
  std::string domain;      // "enterprise" or "ics"
};

struct Technique {
  std::string id;                    // "T1110.003"
  std::string name;                  // its own name, "Password Spraying"
  std::string parent;                // "T1110"; empty for a technique that is none's sub-technique
  std::string domain;                // "enterprise" or "ics"
  std::vector<std::string> tactics;  // ids, in the order of the release
  std::string stix_id;               // "attack-pattern--…"; empty when the source has none
  std::string url;                   // "https://attack.mitre.org/techniques/T1110/003"
  bool revoked = false;              // replaced by another id
  bool deprecated = false;           // given up without a successor
  std::string successor;             // the id that replaced it; empty unless revoked
};

struct Group {
  std::string id;    // "G0016"
  std::string name;  // "APT29"
  std::vector<std::string> aliases;
  std::string url;
};

class Catalogue {
 public:
  // The release compiled into the program: v19, Enterprise and ICS. Read on first use (a
  // millisecond or two), then shared.
  static std::shared_ptr<const Catalogue> built_in();

  // Reads a STIX 2.0 or 2.1 bundle of MITRE's, Enterprise or ICS. It replaces the built-in
  // catalogue and adds nothing to it: with an Enterprise bundle alone, ICS ids are unknown. Who
  // wants both joins the `objects` of both files in one bundle. When `sha256` is not empty, the
  // file must have that digest (hexadecimal, any case), or nothing of it is parsed.
  //
  // Release: what the bundle's x-mitre-collection says; without one (some of MITRE's files have
  // none) the number in the file name, "enterprise-attack-18.1.json"; without that, the newest
  // change of an object, "as-of-2025-11-12".
  // Damage:  an object without what it needs (id, name) costs itself; a reference to nowhere is
  // left out.
  // Errors, each one line that begins with the path: kNotFound; kUnavailable (permission, I/O);
  // kInvalid (no file, no JSON, cut short, no bundle, no techniques in it, wrong digest).
  static Result<std::shared_ptr<const Catalogue>> open(const std::filesystem::path& bundle,
                                                       std::string_view sha256 = {});

  // MITRE's copyright designation and licence, which go with every copy of the built-in data and of
  // extracts from a bundle.
  static std::string_view terms();

  // "v19", "v18.1": what is written to attack_release.
  [[nodiscard]] const std::string& release() const { return release_; }

  // The technique or sub-technique of that id, revoked and deprecated ones included; null if
  // unknown.
  [[nodiscard]] const Technique* technique(std::string_view id) const;
  // The same, but a revoked id gives its successor, through chains: the last one that the catalogue
  // has. (A ring of successors, which only damaged data has, ends at one of its members.) Null if
  // unknown.
  [[nodiscard]] const Technique* current(std::string_view id) const;
  // By id ("TA0006") or kill-chain short name ("credential-access", Enterprise first).
  [[nodiscard]] const Tactic* tactic(std::string_view id_or_short_name) const;

  // "Brute Force: Password Spraying"; a technique without parent just has its name. Empty if
  // unknown.
  [[nodiscard]] std::string name(std::string_view technique_id) const;

  // Groups documented to use exactly this id (a sub-technique is not merged with its parent), in
  // ascending order of their ids. Reference information, never an attribution.
  [[nodiscard]] std::vector<const Group*> groups_using(std::string_view technique_id) const;

  [[nodiscard]] std::span<const Technique> techniques() const { return techniques_; }  // by id
  [[nodiscard]] std::span<const Tactic> tactics() const { return tactics_; }  // matrix order

 private:
  friend class CatalogueBuilder;
  Catalogue() = default;

  struct Use {
    std::uint32_t technique = 0;  // index into techniques_
    std::uint32_t group = 0;      // index into groups_
    auto operator<=>(const Use&) const = default;
  };

  std::string release_;
  std::vector<Technique> techniques_;  // sorted by id
  std::vector<Tactic> tactics_;
  std::vector<Group> groups_;  // sorted by id
  std::vector<Use> uses_;      // sorted
};

// What a rule's emit is stored as under a catalogue (the rule keeps its own ids in the tag uuid).
struct Placement {
  TechniqueId technique_id;                     // never a sub-technique, unless unknown
  std::optional<TechniqueId> sub_technique_id;  // full id
  TacticId tactic;
  std::optional<std::string> mitre_url;  // of the most specific id; nothing when unknown
  bool known = false;          // the catalogue has the most specific id (or its successor)
  bool succeeded = false;      // a revoked id was replaced by its successor
  bool tactic_known = false;   // the catalogue has the tactic stored
  bool tactic_listed = false;  // the technique stored lists that tactic
};

// The most specific id of the two decides. Known: stored as it is, a sub-technique under its own
// parent. Revoked: stored as its successor, be that a technique (then without sub-technique) or a
// sub-technique (then under its parent); with the rule's tactic if the successor has it, else with
// the successor's first. Unknown: stored as written.
Placement place(const Catalogue& catalogue, const TechniqueId& technique,
                const std::optional<TechniqueId>& sub_technique, const TacticId& tactic);

}  // namespace decnet::attack
