#include "decnet/bus/disabled/disabled_bus.h"

#include <utility>

#include "decnet/bus/mailbox.h"

namespace decnet::bus {
namespace {

class DisabledBus final : public Bus {
 public:
  explicit DisabledBus(std::string why) : why_(std::move(why)) {}

  Result<std::unique_ptr<Subscription>> subscribe(std::span<const std::string> patterns,
                                                  std::string_view) override {
    // A mailbox that nobody fills: next() waits as long as it is asked to.
    return subscription_of(mailboxes_.open({patterns.begin(), patterns.end()}));
  }
  Result<void> publish(const Envelope&) override { return {}; }
  [[nodiscard]] State state() const override { return {Link::kDisabled, 0, 0, 0, why_}; }
  [[nodiscard]] bool durable() const override { return false; }
  [[nodiscard]] bool hears_itself() const override { return false; }
  void close() override { mailboxes_.close_all(); }

 private:
  const std::string why_;
  Mailboxes mailboxes_;
};

}  // namespace

std::unique_ptr<Bus> make_disabled_bus(std::string why) {
  return std::make_unique<DisabledBus>(std::move(why));
}

}  // namespace decnet::bus
