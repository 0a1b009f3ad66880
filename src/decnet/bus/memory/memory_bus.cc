#include "decnet/bus/memory/memory_bus.h"

#include <mutex>

#include "decnet/bus/mailbox.h"
#include "decnet/bus/refusals.h"

namespace decnet::bus {
namespace {

class MemoryBus final : public Bus {
 public:
  Result<std::unique_ptr<Subscription>> subscribe(std::span<const std::string> patterns,
                                                  std::string_view durable_name) override {
    DECNET_CHECK(check_subscription(patterns, durable_name));
    const std::lock_guard lock(mutex_);
    if (state_.link == Link::kClosed) return fail(ErrorCode::kUnavailable, "the bus is closed");
    return subscription_of(mailboxes_.open({patterns.begin(), patterns.end()}));
  }

  Result<void> publish(const Envelope& envelope) override {
    const std::string body = encode(envelope);
    auto allowed = check_publication(envelope.topic, body);
    // Held until it is delivered: all subscribers see one order.
    const std::lock_guard lock(mutex_);
    if (allowed && state_.link == Link::kClosed) {
      allowed = fail(ErrorCode::kUnavailable, "the bus is closed");
    }
    ++(allowed ? state_.published : state_.unpublished);
    if (!allowed) return allowed;
    for (const auto& box : mailboxes_.for_topic(envelope.topic)) {
      box->queue.push(envelope, body.size());
    }
    return {};
  }

  [[nodiscard]] State state() const override {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  [[nodiscard]] bool durable() const override { return false; }
  [[nodiscard]] bool hears_itself() const override { return true; }

  void close() override {
    {
      const std::lock_guard lock(mutex_);
      state_.link = Link::kClosed;
    }
    mailboxes_.close_all();
  }

 private:
  mutable std::mutex mutex_;
  State state_{Link::kConnected, 0, 0, 0, ""};
  Mailboxes mailboxes_;
};

}  // namespace

std::unique_ptr<Bus> make_memory_bus() { return std::make_unique<MemoryBus>(); }

}  // namespace decnet::bus
