// Mailbox: one subscriber's patterns and queue, shared by the transport that fills it and the
// subscription that empties it; either may go first.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/bus/bus.h"
#include "decnet/bus/delivery_queue.h"

namespace decnet::bus {

struct Mailbox {
  Mailbox(std::vector<std::string> wanted, std::unique_ptr<Spool> spool,
          DeliveryQueue::Limits limits)
      : patterns(std::move(wanted)), queue(limits, std::move(spool)) {}
  [[nodiscard]] bool wants(std::string_view topic) const;

  const std::vector<std::string> patterns;
  DeliveryQueue queue;
};

// The Subscription over a mailbox.
std::unique_ptr<Subscription> subscription_of(std::shared_ptr<Mailbox> mailbox);

// The mailboxes of a transport. Threads: any.
class Mailboxes {
 public:
  std::shared_ptr<Mailbox> open(std::vector<std::string> patterns,
                                std::unique_ptr<Spool> spool = nullptr,
                                DeliveryQueue::Limits limits = {});
  // Those that want the topic.
  [[nodiscard]] std::vector<std::shared_ptr<Mailbox>> for_topic(std::string_view topic);
  // Those whose subscription lives.
  std::vector<std::shared_ptr<Mailbox>> all();
  // Every pattern somebody wants, once.
  [[nodiscard]] std::vector<std::string> patterns();
  void close_all();

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Mailbox>> boxes_;
};

}  // namespace decnet::bus
