// Workload: numbered events, what other programs write about them into the database, and what must
// become of them: what the tagger, run offline, makes of the same.
//
// Threads: next() from one; compare() from any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/bus/envelope.h"
#include "decnet/tagging/tagger.h"
#include "tests/invented_history.h"
#include "tests/torture/source_rows.h"

namespace decnet::torture {

enum class Kind {
  kSession,      // of an attacker whose row is there; the database has no copy of the commands
  kNewAttacker,  // a session whose attacker's row, with the commands, is written a little later
  kTrigger,      // of a canary token; its row is written at the same time
};

struct NumberedEvent {
  std::size_t number = 0;
  bus::Envelope envelope;
  std::vector<SourceRow> rows;
  std::chrono::milliseconds rows_after{0};
};

// How often each tag is there, by what tells it from others of the same event: its uuid, or, where
// the database has a copy of the event, which may be tagged under other ids, what it says.
using TagCounts = std::map<std::string, std::size_t>;

struct TagRow {
  std::string uuid;
  std::string attacker_uuid;
  std::string session_id;
  std::string said;  // rule and techniques
};
// The event a stored tag is about; nothing when it is about none of ours.
std::optional<std::size_t> event_of(const TagRow& tag);
std::string signature_of(const TagRow& tag);

enum class Fate {
  kWhole,    // every tag once
  kAbsent,   // none
  kTorn,     // some of them
  kDoubled,  // one more often than it should be, or one that should not be
};

struct Comparison {
  std::vector<Fate> fates;        // by number
  std::vector<bool> in_database;  // by number: the database has a copy of it
  std::size_t expected_tags = 0;  // when all are whole
  [[nodiscard]] std::size_t count(Fate fate) const;
};

class Workload {
 public:
  explicit Workload(std::uint64_t seed);

  NumberedEvent next();  // of any kind
  NumberedEvent next(Kind kind);

  // The rows of the attackers that are known from the beginning.
  static std::vector<SourceRow> known_attackers();

  [[nodiscard]] Comparison compare(const std::map<std::size_t, TagCounts>& stored) const;

 private:
  struct Expected {
    TagCounts from_bus;
    TagCounts from_database;  // empty: the database has no copy
  };

  NumberedEvent session(bool of_new_attacker);
  NumberedEvent trigger();
  void expect(const NumberedEvent& event, const std::vector<Event>& copy);
  void count(const Event& event, TagCounts& counts) const;

  test::Random random_;
  tagging::Tagger tagger_;
  std::size_t number_ = 0;
  mutable std::mutex mutex_;
  std::vector<Expected> expected_;  // by number
};

}  // namespace decnet::torture
