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

Result<void> TagWriter::write(std::vector<Tag> tags, std::vector<storage::SeenCommand> seen) {
  if (tags.empty()) return {};
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return failure_ || on_the_way_ == 0 || on_the_way_ + tags.size() <= kMaxTagsOnTheWay;
  });
  if (failure_) return fail(*failure_);
  on_the_way_ += tags.size();
  waiting_.push_back({std::move(tags), std::move(seen)});
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
  for (auto batch = take(true); batch; batch = take(true)) {
    auto stored = store_together(*std::move(batch));
    if (stored) continue;
    const std::lock_guard lock(mutex_);
    failure_ = std::move(stored).error();
    changed_.notify_all();
    return;
  }
}

std::optional<TagWriter::Batch> TagWriter::take(bool wait) {
  std::unique_lock lock(mutex_);
  if (wait) changed_.wait(lock, [this] { return finishing_ || !waiting_.empty(); });
  if (waiting_.empty()) return std::nullopt;
  std::optional<Batch> batch = std::move(waiting_.front());
  waiting_.pop_front();
  return batch;
}

Result<void> TagWriter::store_together(Batch first) {
  DECNET_TRY(const auto transaction, database_.begin());
  std::uint64_t inserted = 0;
  std::size_t together = 0;
  for (std::optional<Batch> batch = std::move(first); batch;) {
    DECNET_TRY(const auto outcome, database_.repository().insert_tags(batch->tags));
    DECNET_CHECK(database_.ledger().seen().add(batch->seen));
    inserted += outcome.inserted.size();
    say_refused(batch->tags, outcome.refused);
    together += batch->tags.size();
    {
      const std::lock_guard lock(mutex_);
      on_the_way_ -= batch->tags.size();
      changed_.notify_all();
    }
    batch = together < kMaxTagsOnTheWay ? take(false) : std::nullopt;
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
