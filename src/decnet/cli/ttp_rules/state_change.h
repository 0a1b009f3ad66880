// StateChange: what the commands share that give rules a state or take it from them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/cli/command.h"
#include "decnet/rulestore/rule_store.h"

namespace decnet::cli {

class StateChange : public Command {
 public:
  void declare(Options& options) override;
  int run(Context& context) final;

 protected:
  // Options of the command's own; RULE, --json and --db are declared already.
  virtual void declare_more(Options& options) = 0;
  // Checks them before anything is opened. Errors: kInvalid, for a wrong command line.
  virtual Result<void> prepare() = 0;
  // Changes the state of one rule; false when there was nothing to change.
  virtual Result<bool> change(rulestore::RuleStore& store, const RuleId& rule) = 0;
  // A warning for an id that is no rule.
  [[nodiscard]] virtual std::string if_unknown() const = 0;

 private:
  std::vector<std::string> ids_;
  bool json_ = false;
};

}  // namespace decnet::cli
