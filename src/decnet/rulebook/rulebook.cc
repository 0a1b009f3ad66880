#include "decnet/rulebook/rulebook.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace decnet::rulebook {

using rulestore::Change;
using rulestore::Contents;

Rulebook::Rulebook(std::unique_ptr<rulestore::RuleStore> store, CataloguePtr catalogue,
                   std::string attack_release)
    : store_(std::move(store)),
      catalogue_(std::move(catalogue)),
      attack_release_(std::move(attack_release)) {}

Result<std::unique_ptr<Rulebook>> Rulebook::open(std::unique_ptr<rulestore::RuleStore> store,
                                                 CataloguePtr catalogue,
                                                 std::string attack_release) {
  std::unique_ptr<Rulebook> book(
      new Rulebook(std::move(store), std::move(catalogue), std::move(attack_release)));
  DECNET_TRY(book->untold_, book->refresh());
  // That rules are there is no news; that a state ended while nobody was there to see it is.
  std::erase_if(book->untold_,
                [](const Change& change) { return change.kind != Change::Kind::kAutoRevert; });
  return book;
}

Result<std::vector<Change>> Rulebook::refresh() {
  DECNET_TRY(Contents now, store_->load());
  std::vector<Change> changes = std::exchange(untold_, {});
  auto found = rulestore::changes(contents_, now);
  std::move(found.begin(), found.end(), std::back_inserter(changes));

  // Without another definition, not even one that says the same, there is nothing to compile.
  const bool is_same = rules_ != nullptr && now.definitions == contents_.definitions &&
                       catalogue_ == compiled_under_;
  contents_ = std::move(now);
  if (!is_same) compile();
  return changes;
}

void Rulebook::compile() {
  auto compiled =
      rules::RuleSet::compile(contents_.definitions, *catalogue_,
                              {.attack_release = attack_release_, .previous = rules_.get()});
  rules_ = std::move(compiled.rules);
  id_problems_ = std::move(compiled.problems);
  compiled_under_ = catalogue_;
}

}  // namespace decnet::rulebook
