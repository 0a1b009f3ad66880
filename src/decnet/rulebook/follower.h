// Follower: keeps a tagger on what a rule store has. On a thread of its own it waits for the store,
// compiles aside, and swaps rules and states in one step; who tags never waits for it.
//
// A store that does not answer, or a catalogue that cannot be read, leaves in force what is. A
// broken document keeps its last good version. Both are logged once, and told by status().
//
// Threads:   run() on one; the rest from any.
// Ownership: the book is the follower's while run() runs; book and tagger outlive it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>

#include "decnet/rulebook/rulebook.h"
#include "decnet/rulestore/broken.h"
#include "decnet/rulestore/changes.h"
#include "decnet/rulestore/problem_log.h"
#include "decnet/tagging/tagger.h"

namespace decnet::rulebook {

// What the outside may know of it.
struct Status {
  std::uint64_t reloads = 0;  // times something else was put in force
  std::size_t disabled = 0;   // rules that are there and may not fire
  std::size_t clipped = 0;    // rules whose confidence is held down
  rulestore::Broken broken;   // of documents and states
  std::string failure;        // why the rules cannot be looked at now; what was in force stays
};

class Follower {
 public:
  struct Parts {
    Rulebook& book;
    tagging::Tagger& tagger;
    std::string component;  // who logs: "ttp.store.filesystem"
    // Asked at every look_again(): the catalogue may have been replaced. Null: it never is.
    std::function<Result<CataloguePtr>()> catalogue = {};
  };

  // Puts in force what the book has, and logs what is wrong with it.
  explicit Follower(Parts parts);
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  using Told = std::function<void(std::span<const rulestore::Change>)>;
  // Follows until stop(). Gives each change to `told`, once and after it is in force.
  void run(const Told& told);
  void stop();

  // Has everything looked at again, whatever the store's watch says, and returns when the outcome
  // is in force, or after that time. Returns what went wrong, or "".
  std::string look_again(std::chrono::milliseconds time);

  [[nodiscard]] Status status() const;

 private:
  bool wait();
  void turn(const Told& told);
  void look_at_everything();
  void put_in_force();
  void tell_failure(const std::string& failure);
  [[nodiscard]] Status status_of_book() const;

  const Parts parts_;
  rulestore::ProblemLog problem_log_;
  rulestore::ProblemLog id_problem_log_;
  std::atomic<bool> stopping_{false};

  mutable std::mutex mutex_;
  std::condition_variable answered_;
  std::uint64_t looks_asked_ = 0;  // by look_again()
  std::uint64_t looks_done_ = 0;   // of them
  std::string catalogue_failure_;  // of the last one
  bool has_ended_ = false;
  Status status_;
};

}  // namespace decnet::rulebook
