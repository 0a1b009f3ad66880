// decnet ttp-rules reset: takes from rules the state that somebody gave them.
#include "decnet/cli/commands.h"
#include "decnet/cli/open_rule_store.h"
#include "decnet/cli/ttp_rules/state_change.h"

namespace decnet::cli {
namespace {

class Reset final : public StateChange {
 public:
  [[nodiscard]] Manual manual() const override {
    return {.description =
                "Forgets the state of rules: they fire as their files say, in every process that "
                "uses the same rules, within two seconds. Also for a state that cannot be read.",
            .environment = {kStoreSettings.begin(), kStoreSettings.end()},
            .examples = {{"decnet ttp-rules reset R0016", ""}},
            .success = "there is no state any more, or there was none",
            .failure = "the state cannot be removed"};
  }

 protected:
  void declare_more(Options&) override {}
  Result<void> prepare() override { return {}; }
  Result<bool> change(rulestore::RuleStore& store, const RuleId& rule) override {
    return store.reset_state(rule);
  }
  [[nodiscard]] std::string if_unknown() const override { return "; its state is forgotten"; }
};

}  // namespace

std::unique_ptr<Command> ttp_rules_reset() { return std::make_unique<Reset>(); }

}  // namespace decnet::cli
