// The stores that the contract suite of this folder runs on, and rules for them to hold.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/rulestore/rule_store.h"

namespace decnet::rulestore::test {

// A clock that stands still until it is set. Threads: any.
class SetClock final : public Clock {
 public:
  explicit SetClock(UtcTime now) : now_(now) {}
  [[nodiscard]] UtcTime now() const override { return now_.load(); }
  void advance(std::chrono::microseconds by) { now_ = now_.load() + by; }

 private:
  std::atomic<UtcTime> now_;
};

// Where documents and states are kept for one test, and a way around the interface under test.
class TestPlace {
 public:
  virtual ~TestPlace() = default;
  virtual std::unique_ptr<RuleStore> open(const Clock& clock) = 0;  // a process more

  virtual void put(const std::string& rule_id, std::string_view document) = 0;
  virtual void remove(const std::string& rule_id) = 0;
  // What a problem of that document begins with.
  virtual std::string place_of(const std::string& rule_id) = 0;

  virtual void break_state(const std::string& rule_id) = 0;
  virtual std::string place_of_state(const std::string& rule_id) = 0;
  virtual std::size_t stored_states() = 0;
};

struct Kind {
  std::string name;
  std::unique_ptr<TestPlace> (*make)();

  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};
const std::vector<Kind>& kinds();

// A rule document: line 1 is rule_id, `note` its description.
std::string document(std::string_view rule_id, int version = 1, std::string_view note = "plain");

// Loads until what is there is as it should be, waiting for changes in between; for at most ten
// seconds.
testing::AssertionResult becomes(RuleStore& store, Contents& contents,
                                 const std::function<bool(const Contents&)>& as_it_should_be);

// "R1.2" for each definition, in order.
std::vector<std::string> rules_of(const Contents& contents);
std::vector<std::string> texts_of(const std::vector<rules::Problem>& problems);
std::vector<std::string> texts_of(const std::vector<RuleId>& rules);

}  // namespace decnet::rulestore::test
