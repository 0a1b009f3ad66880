#include "decnet/bus/memory/memory_bus.h"

#include <fmt/format.h>

#include <mutex>

#include "decnet/base/utf8.h"
#include "decnet/bus/mailbox.h"
#include "decnet/bus/topic.h"

namespace decnet::bus {
namespace {

class MemoryBus final : public Bus {
 public:
  Result<std::unique_ptr<Subscription>> subscribe(std::span<const std::string> patterns,
                                                  std::string_view) override {
    return subscription_of(mailboxes_.open({patterns.begin(), patterns.end()}));
  }

  Result<void> publish(const Envelope& envelope) override {
    if (!is_topic(envelope.topic)) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("\"{}\" is no topic", printable(envelope.topic)));
    }
    {
      const std::lock_guard lock(mutex_);
      if (state_.link == Link::kClosed) return fail(ErrorCode::kUnavailable, "the bus is closed");
      ++state_.published;
    }
    const std::size_t bytes = encode(envelope).size();
    for (const auto& box : mailboxes_.for_topic(envelope.topic)) box->queue.push(envelope, bytes);
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
