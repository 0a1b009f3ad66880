#include "tests/torture/source_rows.h"

#include <utility>

#include "tests/sqlite_file.h"

namespace decnet::torture {

SourceRows::SourceRows(std::filesystem::path database)
    : database_(std::move(database)), thread_([this] { run(); }) {}

SourceRows::~SourceRows() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SourceRows::write(std::vector<SourceRow> rows, std::chrono::milliseconds after) {
  const auto due = std::chrono::steady_clock::now() + after;
  const std::lock_guard lock(mutex_);
  for (SourceRow& row : rows) waiting_.emplace(due, std::move(row));
  changed_.notify_all();
}

void SourceRows::finish() {
  std::unique_lock lock(mutex_);
  hurried_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return waiting_.empty() && !writing_; });
  hurried_ = false;
}

void SourceRows::run() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    const auto end =
        hurried_ ? waiting_.end() : waiting_.upper_bound(std::chrono::steady_clock::now());
    std::vector<SourceRow> due;
    for (auto row = waiting_.begin(); row != end; ++row) due.push_back(std::move(row->second));
    waiting_.erase(waiting_.begin(), end);
    if (due.empty()) {
      changed_.wait_for(lock, std::chrono::milliseconds(50));
      continue;
    }
    writing_ = true;
    lock.unlock();
    {
      test::SqliteFile file(database_);
      file.run("PRAGMA busy_timeout = 120000; BEGIN IMMEDIATE");
      for (const SourceRow& row : due) file.insert(row.table, row.values);
      file.run("COMMIT");
    }
    lock.lock();
    writing_ = false;
    changed_.notify_all();
  }
}

}  // namespace decnet::torture
