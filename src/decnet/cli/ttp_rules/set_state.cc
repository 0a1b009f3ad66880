// decnet ttp-rules enable, disable, clip: gives rules a state, for a while or for good.
#include <chrono>
#include <utility>

#include "decnet/cli/commands.h"
#include "decnet/cli/duration.h"
#include "decnet/cli/open_rule_store.h"
#include "decnet/cli/operator_name.h"
#include "decnet/cli/ttp_rules/state_change.h"

namespace decnet::cli {
namespace {

using Kind = rules::State::Kind;

constexpr std::string_view kStored = "the state is stored";
constexpr std::string_view kNotStored = "the state cannot be stored, or is none that makes sense";

class SetState : public StateChange {
 public:
  explicit SetState(Kind kind) : kind_(kind) {}

 protected:
  void declare_more(Options& options) override {
    options.text("--for", "TIME", for_,
                 "How long, as 30m, 4h, 2d or 1h30m; then the rule is enabled again. Without it: "
                 "until somebody changes it.");
    options.text("--reason", "TEXT", reason_, "Why, for whoever reads it later.");
  }

  Result<void> prepare() override {
    if (!for_) return {};
    auto parsed = parse_duration(*for_);
    if (!parsed) return fail(parsed.error().in("--for"));
    duration_ = *parsed;
    return {};
  }

  Result<bool> change(rulestore::RuleStore& store, const RuleId& rule) override {
    rules::State state{.kind = kind_, .reason = reason_.value_or(""), .set_by = operator_name()};
    if (duration_) state.expires_at = system_clock().now() + *duration_;
    state.confidence_max = maximum_;
    DECNET_CHECK(store.set_state(rule, std::move(state)));
    return true;
  }

  [[nodiscard]] std::string if_unknown() const override {
    return "; the state is stored for the day it is there";
  }

  std::optional<double> maximum_;

 private:
  Kind kind_;
  std::optional<std::string> for_;
  std::optional<std::string> reason_;
  std::optional<std::chrono::seconds> duration_;
};

class Disable final : public SetState {
 public:
  Disable() : SetState(Kind::kDisabled) {}
  [[nodiscard]] Manual manual() const override {
    return {.description =
                "Keeps rules from firing, in every process that uses the same rules, within two "
                "seconds. Tags that are stored stay. The file of the rule is not touched.\n\n"
                "An id that is no rule is a warning: its state waits for the rule.",
            .environment = {kStoreSettings.begin(), kStoreSettings.end()},
            .examples = {{"decnet ttp-rules disable R0016 --for 4h --reason 'backup runs find'",
                          "for an evening"},
                         {"decnet ttp-rules disable R0016 R0017", "until somebody enables them"}},
            .success = kStored,
            .failure = kNotStored};
  }
};

class Enable final : public SetState {
 public:
  Enable() : SetState(Kind::kEnabled) {}
  [[nodiscard]] Manual manual() const override {
    return {.description =
                "Lets rules fire as their files say, in every process that uses the same rules, "
                "within two seconds, and keeps who decided it and why. `decnet ttp-rules reset` "
                "does the same and keeps nothing.",
            .environment = {kStoreSettings.begin(), kStoreSettings.end()},
            .examples = {{"decnet ttp-rules enable R0016 --reason 'backup moved'", ""}},
            .success = kStored,
            .failure = kNotStored};
  }
};

class Clip final : public SetState {
 public:
  Clip() : SetState(Kind::kClipped) {}
  [[nodiscard]] Manual manual() const override {
    return {.description =
                "Holds the confidence of rules down to a ceiling, in every process that uses the "
                "same rules, within two seconds. What lies below it stays as it is. A tag below "
                "0.3 is not stored.\n\n"
                "An id that is no rule is a warning: its state waits for the rule.",
            .environment = {kStoreSettings.begin(), kStoreSettings.end()},
            .examples = {{"decnet ttp-rules clip R0033 --max 0.5 --for 2d --reason 'new template'",
                          "for two days"}},
            .success = kStored,
            .failure = kNotStored};
  }

 protected:
  void declare_more(Options& options) override {
    options.number("--max", "X", maximum_, 0, 1, "The ceiling. Must be given.");
    SetState::declare_more(options);
  }
  Result<void> prepare() override {
    if (!maximum_) return fail(ErrorCode::kInvalid, "--max is missing: the ceiling, from 0 to 1");
    return SetState::prepare();
  }
};

}  // namespace

std::unique_ptr<Command> ttp_rules_enable() { return std::make_unique<Enable>(); }
std::unique_ptr<Command> ttp_rules_disable() { return std::make_unique<Disable>(); }
std::unique_ptr<Command> ttp_rules_clip() { return std::make_unique<Clip>(); }

}  // namespace decnet::cli
