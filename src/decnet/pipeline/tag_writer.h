// TagWriter: stores batches of tags on a thread of its own, so that tagging goes on meanwhile.
//
// Batches are stored in the order they were given. Those that wait together share a transaction, up
// to kMaxTagsOnTheWay tags; none is held open for a batch that is yet to come. What is recorded of
// the commands of a batch is stored with it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/model/tag.h"
#include "decnet/storage/database.h"

namespace decnet::pipeline {

class TagWriter {
 public:
  // More than that many are not taken in while others are being stored.
  static constexpr std::size_t kMaxTagsOnTheWay = 5'000;

  // Until this object goes, `database` belongs to its thread.
  explicit TagWriter(storage::Database& database);
  TagWriter(const TagWriter&) = delete;
  TagWriter& operator=(const TagWriter&) = delete;
  ~TagWriter();  // stores what was taken in, as finish() does

  // Takes a batch in; waits while there is no room. Errors: that of an earlier batch, after which
  // nothing more is stored.
  Result<void> write(std::vector<Tag> tags, std::vector<storage::SeenCommand> seen = {});

  // Waits until everything is stored. Nothing can be written after it.
  Result<void> finish();

  // What is stored for good so far. Threads: any.
  [[nodiscard]] std::uint64_t inserted() const { return inserted_; }  // were new
  [[nodiscard]] std::uint64_t refused() const { return refused_; }    // may not be stored; logged

 private:
  struct Batch {
    std::vector<Tag> tags;  // never none
    std::vector<storage::SeenCommand> seen;
  };

  void run();
  // The next batch, if there is one: waits for it only when asked to, and then none means the end.
  std::optional<Batch> take(bool wait);
  // Stores it, and what waits behind it, in one transaction.
  Result<void> store_together(Batch first);
  void say_refused(std::span<const Tag> batch, std::span<const storage::Refused> refused);

  storage::Database& database_;
  std::atomic<std::uint64_t> inserted_{0};
  std::atomic<std::uint64_t> refused_{0};

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::deque<Batch> waiting_;
  std::size_t on_the_way_ = 0;  // tags waiting or being stored
  bool finishing_ = false;
  std::optional<Error> failure_;

  std::thread thread_;  // last: it uses the others
};

}  // namespace decnet::pipeline
