// Rules from the database, compared every second.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <utility>

#include "decnet/base/parallel.h"
#include "decnet/rulestore/document.h"
#include "decnet/rulestore/expiry.h"
#include "decnet/rulestore/open.h"
#include "decnet/rulestore/state_check.h"
#include "decnet/rulestore/wake_up.h"

namespace decnet::rulestore {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Steady = std::chrono::steady_clock;

constexpr milliseconds kPollEvery{1000};
constexpr milliseconds kExpiryAtMost{500};
// A lock of somebody else's may not keep the rules from being looked at for long.
constexpr milliseconds kPatience{5000};

storage::RuleStateRow row_of(const RuleId& rule, const rules::State& state) {
  storage::RuleStateRow row;
  row.rule_id = rule.text();
  row.state = std::string(to_string(state.kind));
  row.confidence_max = state.confidence_max;
  row.expires_at = state.expires_at;
  row.reason = state.reason;
  row.set_by = state.set_by;
  row.set_at = state.set_at.value_or(UtcTime());
  return row;
}

std::vector<std::string> texts_of(const std::vector<rules::Problem>& problems) {
  std::vector<std::string> texts;
  for (const rules::Problem& problem : problems) texts.push_back(problem.text());
  return texts;
}

class DatabaseStore final : public RuleStore {
 public:
  DatabaseStore(std::unique_ptr<storage::Database> database, const Clock& clock)
      : clock_(clock), database_(std::move(database)), rows_(database_->rule_rows()) {
    database_->set_patience(kPatience);
  }

  Result<Contents> load() override {
    DECNET_CHECK(look());
    phase_ = Phase::kRunning;
    is_touched_ = false;
    Contents contents;
    for (const auto& [rule_id, document] : documents_) {
      contents.problems.insert(contents.problems.end(), document.problems().begin(),
                               document.problems().end());
      if (document.definition()) {
        contents.definitions.push_back(document.definition());
        contents.documents.push_back(document.text());
      } else {
        contents.complete = false;
      }
    }
    put_states_into(contents);
    return contents;
  }

  void doubt() override { mark_.clear(); }

  bool wait(milliseconds time) override {
    const auto end = Steady::now() + time;
    for (;;) {
      // What keeps the database from answering is load()'s to say, once a poll.
      if (Steady::now() >= next_poll_ && !look()) return true;
      if (is_touched_ && !is_failing_) return true;
      const UtcTime now = clock_.now();
      const auto expiry = expiry_.next();
      if (expiry && *expiry <= now) return true;
      if (Steady::now() >= end) return false;
      auto next = std::min(end, next_poll_);
      if (expiry)
        next = std::min(next, Steady::now() + std::min<nanoseconds>(*expiry - now, kExpiryAtMost));
      if (wake_up_.sleep(next - Steady::now()) == WakeUp::Reason::kSignal) {
        return is_touched_ && !is_failing_;
      }
    }
  }

  void wake() override { wake_up_.signal(); }

  Result<void> set_state(const RuleId& rule, rules::State state) override {
    DECNET_TRY(const rules::State stored, stamped(rule, std::move(state), clock_.now()));
    DECNET_CHECK(rows_.put_state(row_of(rule, stored)));
    is_touched_ = true;
    return {};
  }

  Result<bool> reset_state(const RuleId& rule) override {
    DECNET_TRY(const bool removed, rows_.remove_state(rule.text()));
    is_touched_ = is_touched_ || removed;
    return removed;
  }

 private:
  // "decnet.db ttp_rule/R1"
  [[nodiscard]] std::filesystem::path place(std::string_view table,
                                            std::string_view rule_id) const {
    return fmt::format("{} {}/{}", database_->name(), table, rule_id);
  }

  // Brings everything up to what the database holds. Whoever wrote since, and whatever, the whole
  // tables are compared: nothing depends on anybody's updated_at.
  Result<void> look() {
    next_poll_ = Steady::now() + kPollEvery;
    is_failing_ = true;
    DECNET_CHECK(read_tables());
    is_failing_ = false;
    return {};
  }

  Result<void> read_tables() {
    DECNET_TRY(std::string mark, rows_.mark());
    if (mark == mark_) return {};
    DECNET_TRY(auto rules, rows_.rules());
    DECNET_TRY(auto states, rows_.states());
    take_rules(std::move(rules));
    take_states(states);
    mark_ = std::move(mark);
    return {};
  }

  void take_rules(storage::RuleTable<storage::RuleRow> table) {
    std::map<std::string, Document> now;
    const auto known = [&](const std::string& rule_id) -> Document& {
      const auto found = documents_.find(rule_id);
      if (found == documents_.end()) is_touched_ = true;
      return now.emplace(rule_id, found == documents_.end() ? Document() : std::move(found->second))
          .first->second;
    };
    std::vector<Document*> documents;  // of the rows; no two have one rule
    documents.reserve(table.rows.size());
    for (const storage::RuleRow& row : table.rows) documents.push_back(&known(row.rule_id));
    std::atomic<bool> any_is_new = false;
    for_each_index(documents.size(), processors(), [&](std::size_t i) {
      storage::RuleRow& row = table.rows[i];
      const auto place_of_row = place("ttp_rule", row.rule_id);
      if (documents[i]->set(std::move(row.yaml_content), place_of_row, phase_,
                            RuleId(row.rule_id))) {
        any_is_new = true;
      }
    });
    if (any_is_new) is_touched_ = true;
    for (const storage::UnreadableRow& row : table.unreadable) {
      const auto place_of_row = place("ttp_rule", row.rule_id);
      if (known(row.rule_id).set_unreadable({ErrorCode::kInvalid, row.cause}, place_of_row)) {
        is_touched_ = true;
      }
    }
    if (now.size() != documents_.size()) is_touched_ = true;
    documents_ = std::move(now);
  }

  void take_states(const storage::RuleTable<storage::RuleStateRow>& table) {
    rules::States states;
    std::vector<rules::Problem> problems;
    const auto complain = [&](const std::string& rule_id, std::string cause) {
      problems.push_back({rules::Problem::Severity::kError, place("ttp_rule_state", rule_id), 0,
                          std::move(cause)});
    };
    for (const storage::RuleStateRow& row : table.rows) {
      const auto kind = rules::state_kind(row.state);
      if (!kind) {
        complain(row.rule_id,
                 fmt::format("state: expected enabled, disabled or clipped, found '{}'",
                             row.state.substr(0, 100)));
        continue;
      }
      rules::State state{.kind = *kind,
                         .confidence_max = row.confidence_max,
                         .expires_at = row.expires_at,
                         .reason = row.reason,
                         .set_by = row.set_by,
                         .set_at = row.set_at};
      if (std::string flaw = flaw_of(state); !flaw.empty()) {
        complain(row.rule_id, std::move(flaw));
        continue;
      }
      states.emplace(RuleId(row.rule_id), std::move(state));
    }
    for (const storage::UnreadableRow& row : table.unreadable) complain(row.rule_id, row.cause);
    if (states != states_ || texts_of(problems) != texts_of(state_problems_)) is_touched_ = true;
    states_ = std::move(states);
    state_problems_ = std::move(problems);
  }

  void put_states_into(Contents& contents) {
    const UtcTime now = clock_.now();
    auto sorted = expiry_.sort(states_, now);
    for (const RuleId& rule : sorted.over) {
      const auto removed = rows_.remove_expired_state(rule.text(), now);
      if (!removed) {
        contents.problems.push_back({rules::Problem::Severity::kWarning,
                                     {},
                                     0,
                                     "an expired state stays: " + removed.error().message});
      } else {
        states_.erase(rule);
      }
    }
    contents.states = std::move(sorted.in_force);
    contents.reverted = std::move(sorted.reverted);
    contents.problems.insert(contents.problems.end(), state_problems_.begin(),
                             state_problems_.end());
  }

  const Clock& clock_;
  const std::unique_ptr<storage::Database> database_;
  storage::RuleRows& rows_;
  Phase phase_ = Phase::kStart;
  std::string mark_;                           // of what is here
  std::map<std::string, Document> documents_;  // by rule id
  rules::States states_;                       // as stored
  std::vector<rules::Problem> state_problems_;
  Expiry expiry_;
  WakeUp wake_up_;
  bool is_touched_ = true;  // something is here that load() did not give yet
  bool is_failing_ = false;
  Steady::time_point next_poll_ = Steady::now();
};

}  // namespace

std::unique_ptr<RuleStore> open_database(std::unique_ptr<storage::Database> database,
                                         const Clock& clock) {
  return std::make_unique<DatabaseStore>(std::move(database), clock);
}

}  // namespace decnet::rulestore
