#include "decnet/pipeline/tag_writer.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"

namespace decnet::pipeline {
namespace {

constexpr std::uint64_t kMaxNamedRefusals = 10;
constexpr std::size_t kNamedIdBytes = 80;

}  // namespace

TagWriter::TagWriter(storage::Database& database)
    : database_(database), thread_([this] { run(); }) {}

TagWriter::~TagWriter() { (void)finish(); }

Result<void> TagWriter::write(std::vector<Tag> batch) {
  if (batch.empty()) return {};
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return failure_ || on_the_way_ == 0 || on_the_way_ + batch.size() <= kMaxTagsOnTheWay;
  });
  if (failure_) return fail(*failure_);
  on_the_way_ += batch.size();
  waiting_.push_back(std::move(batch));
  changed_.notify_all();
  return {};
}

Result<void> TagWriter::finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  if (failure_) return fail(*failure_);
  return {};
}

void TagWriter::run() {
  for (auto batch = take(true); !batch.empty(); batch = take(true)) {
    auto stored = store_together(std::move(batch));
    if (stored) continue;
    const std::lock_guard lock(mutex_);
    failure_ = std::move(stored).error();
    changed_.notify_all();
    return;
  }
}

std::vector<Tag> TagWriter::take(bool wait) {
  std::unique_lock lock(mutex_);
  if (wait) changed_.wait(lock, [this] { return finishing_ || !waiting_.empty(); });
  if (waiting_.empty()) return {};
  auto batch = std::move(waiting_.front());
  waiting_.pop_front();
  return batch;
}

Result<void> TagWriter::store_together(std::vector<Tag> batch) {
  DECNET_TRY(const auto transaction, database_.begin());
  std::uint64_t inserted = 0;
  std::size_t together = 0;
  while (!batch.empty()) {
    DECNET_TRY(const auto outcome, database_.repository().insert_tags(batch));
    inserted += outcome.inserted.size();
    say_refused(batch, outcome.refused);
    together += batch.size();
    {
      const std::lock_guard lock(mutex_);
      on_the_way_ -= batch.size();
      changed_.notify_all();
    }
    batch = together < kMaxTagsOnTheWay ? take(false) : std::vector<Tag>();
  }
  DECNET_CHECK(transaction->commit());
  inserted_ += inserted;
  return {};
}

void TagWriter::say_refused(std::span<const Tag> batch, std::span<const storage::Refused> refused) {
  for (const auto& one : refused) {
    if (++refused_ > kMaxNamedRefusals) continue;
    const Tag& tag = batch[one.index];
    log::warning("ttp.backfill",
                 fmt::format("tag of {} {} by rule {} not stored: {}", tag.source_kind,
                             printable(utf8_prefix(tag.source_id, kNamedIdBytes)),
                             tag.rule_id.text(), one.reason));
  }
}

}  // namespace decnet::pipeline
