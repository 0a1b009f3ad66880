// Rulebook: the rules of a store, compiled, and the states laid over them, as they were when the
// store was last looked at.
//
// Threads:   one.
// Ownership: what it gives out is immutable and stays with whoever holds it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "decnet/attack/catalogue.h"
#include "decnet/base/error.h"
#include "decnet/rules/rule_set.h"
#include "decnet/rules/state.h"
#include "decnet/rulestore/changes.h"
#include "decnet/rulestore/rule_store.h"

namespace decnet::rulebook {

using CataloguePtr = std::shared_ptr<const attack::Catalogue>;

class Rulebook {
 public:
  // Loads and compiles everything; what changes in the store afterwards is not missed.
  // `attack_release`: as rules::CompileOptions. Errors: as RuleStore::load().
  static Result<std::unique_ptr<Rulebook>> open(std::unique_ptr<rulestore::RuleStore> store,
                                                CataloguePtr catalogue, std::string attack_release);

  // Looks at the store again, and compiles what is new. Returns what changed, one change a rule;
  // with the first call come the states whose time was over when the book was opened. Errors: as
  // RuleStore::load(); everything stays as it was then.
  Result<std::vector<rulestore::Change>> refresh();
  // The next refresh() compiles everything under this one.
  void set_catalogue(CataloguePtr catalogue) { catalogue_ = std::move(catalogue); }

  [[nodiscard]] const std::shared_ptr<const rules::RuleSet>& rules() const { return rules_; }
  [[nodiscard]] const rules::States& states() const { return contents_.states; }
  // What is wrong with documents and states now.
  [[nodiscard]] const std::vector<rules::Problem>& problems() const { return contents_.problems; }
  // What the catalogue has against rules that are in force: ids it does not know, or no longer.
  [[nodiscard]] const std::vector<rules::Problem>& id_problems() const { return id_problems_; }

  // For waiting, and for what is done to it.
  [[nodiscard]] rulestore::RuleStore& store() { return *store_; }
  [[nodiscard]] const CataloguePtr& catalogue() const { return catalogue_; }

 private:
  Rulebook(std::unique_ptr<rulestore::RuleStore> store, CataloguePtr catalogue,
           std::string attack_release);
  void compile();

  const std::unique_ptr<rulestore::RuleStore> store_;
  CataloguePtr catalogue_;
  CataloguePtr compiled_under_;
  const std::string attack_release_;
  rulestore::Contents contents_;
  std::shared_ptr<const rules::RuleSet> rules_;
  std::vector<rules::Problem> id_problems_;
  std::vector<rulestore::Change> untold_;  // from opening
};

}  // namespace decnet::rulebook
