// Journal: what a live import may not forget, written together with the observations it speaks of:
// how far each log was read, which sessions are open, and the messages for the bus (outbox). Its
// outbox is not the ledger's: the worker would publish from that one on its own connection, and on
// a bus that gives nobody his own events it would not hear them.
//
// On a framework database without our own tables nothing of it is kept (kept() is false).
//
// Threads: as the Database it belongs to: one thread.
// Errors:  kUnavailable: locked, full, not answering; nothing of the call was written.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/base/json.h"
#include "decnet/storage/outbox.h"

namespace decnet::storage {

// A session of a honeypot that has not ended yet.
struct OpenSession {
  std::string log;  // where it is read from
  std::string key;  // its name within the log
  UtcTime touched;  // when something of it was last read, by this machine's clock
  Json state;       // whatever its owner wants back
};

struct JournalEntry {
  // Where reading goes on, for each log.
  std::vector<std::pair<std::string, Json>> positions;
  std::vector<OpenSession> open;                           // new ones, and those that changed
  std::vector<std::pair<std::string, std::string>> ended;  // log and key of those to forget
  std::vector<OutboxMessage> messages;                     // one whose id waits already is left out

  [[nodiscard]] bool empty() const {
    return positions.empty() && open.empty() && ended.empty() && messages.empty();
  }
};

class Journal : public Outbox {
 public:
  // All of it or nothing, inside the transaction that is open, if one is.
  virtual Result<void> write(const JournalEntry& entry) = 0;

  virtual Result<std::optional<Json>> position(std::string_view log) = 0;
  // Those read from that log, by key.
  virtual Result<std::vector<OpenSession>> open_sessions(std::string_view log) = 0;

  // Several imports may share a database, and a message is to be published once: outbox() gives
  // messages to the first that asks, for as long as it lives, and nothing to the others. This tells
  // whether it is this one.
  virtual Result<bool> claim_outbox() = 0;
};

}  // namespace decnet::storage
