// Outbox: messages that were committed together with the rows they speak of, and wait there until
// the bus took them: at least once, recognisable by their id.
//
// Threads: as the Database it belongs to: one thread.
// Errors:  kUnavailable: locked, full, not answering.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/base/json.h"

namespace decnet::storage {

// A message to publish. `id` is the message id that transports de-duplicate by.
struct OutboxMessage {
  std::int64_t sequence = 0;  // order of publication; given by the outbox
  std::string id;
  std::string topic;
  std::string type;
  Json payload;
  UtcTime created_at;
};

class Outbox {
 public:
  virtual ~Outbox() = default;

  // Whether its tables are there. Without them there is nothing in it, and nothing can be put in.
  [[nodiscard]] virtual bool kept() const = 0;

  // Puts messages in, all of them or none; one whose id waits already is left out.
  virtual Result<void> put(std::span<const OutboxMessage> messages) = 0;

  // The oldest messages: at most `max`, and no more than fill some 16 MiB, but one if there is one.
  // And forgetting those that were published.
  virtual Result<std::vector<OutboxMessage>> outbox(std::size_t max) = 0;
  virtual Result<void> outbox_done(std::span<const std::int64_t> sequences) = 0;
  virtual Result<std::uint64_t> outbox_depth() = 0;
};

}  // namespace decnet::storage
