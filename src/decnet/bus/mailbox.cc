#include "decnet/bus/mailbox.h"

#include <algorithm>
#include <set>

#include "decnet/bus/topic.h"

namespace decnet::bus {
namespace {

class MailboxSubscription final : public Subscription {
 public:
  explicit MailboxSubscription(std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}

  std::vector<Delivery> next(std::size_t max, std::chrono::milliseconds wait) override {
    return mailbox_->queue.next(max, wait);
  }
  void acknowledge(std::span<const Delivery> deliveries) override {
    mailbox_->queue.acknowledge(deliveries);
  }
  void postpone(std::span<const Delivery> deliveries, std::chrono::milliseconds delay) override {
    mailbox_->queue.postpone(deliveries, delay);
  }
  void keep(std::span<const Delivery>) override {}  // nobody else can get them
  void stop() override { mailbox_->queue.close(); }
  [[nodiscard]] std::size_t depth() const override { return mailbox_->queue.depth(); }
  void wake() override { mailbox_->queue.wake(); }
  [[nodiscard]] SubscriptionCounters counters() const override {
    return mailbox_->queue.counters();
  }

 private:
  std::shared_ptr<Mailbox> mailbox_;
};

}  // namespace

bool Mailbox::wants(std::string_view topic) const {
  return std::any_of(patterns.begin(), patterns.end(),
                     [topic](const std::string& pattern) { return topic_matches(pattern, topic); });
}

std::unique_ptr<Subscription> subscription_of(std::shared_ptr<Mailbox> mailbox) {
  return std::make_unique<MailboxSubscription>(std::move(mailbox));
}

std::shared_ptr<Mailbox> Mailboxes::open(std::vector<std::string> patterns,
                                         std::unique_ptr<Spool> spool,
                                         DeliveryQueue::Limits limits) {
  auto mailbox = std::make_shared<Mailbox>(std::move(patterns), std::move(spool), limits);
  const std::lock_guard lock(mutex_);
  boxes_.push_back(mailbox);
  return mailbox;
}

std::vector<std::shared_ptr<Mailbox>> Mailboxes::all() {
  const std::lock_guard lock(mutex_);
  std::erase_if(boxes_, [](const auto& box) { return box.expired(); });
  std::vector<std::shared_ptr<Mailbox>> boxes;
  for (const auto& weak : boxes_) {
    if (auto box = weak.lock()) boxes.push_back(std::move(box));
  }
  return boxes;
}

std::vector<std::shared_ptr<Mailbox>> Mailboxes::for_topic(std::string_view topic) {
  auto boxes = all();
  std::erase_if(boxes, [topic](const auto& box) { return !box->wants(topic); });
  return boxes;
}

std::vector<std::string> Mailboxes::patterns() {
  std::set<std::string> wanted;
  for (const auto& box : all()) wanted.insert(box->patterns.begin(), box->patterns.end());
  return {wanted.begin(), wanted.end()};
}

void Mailboxes::close_all() {
  for (const auto& box : all()) box->queue.close();
}

}  // namespace decnet::bus
