#include "tests/torture/feeder.h"

#include <utility>

namespace decnet::torture {

Feeder::Feeder(Workload& workload, SourceRows& rows, Publish publish)
    : workload_(workload), rows_(rows), publish_(std::move(publish)), thread_([this] { run(); }) {}

Feeder::~Feeder() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Feeder::feed(std::size_t events) {
  const std::lock_guard lock(mutex_);
  wanted_ += events;
  changed_.notify_all();
}

void Feeder::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return published_ == wanted_; });
}

void Feeder::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ended_ || published_ < wanted_; });
    if (ended_) return;
    lock.unlock();
    NumberedEvent event = workload_.next();
    if (!event.rows.empty()) rows_.write(std::move(event.rows), event.rows_after);
    publish_(event.envelope);
    lock.lock();
    ++published_;
    changed_.notify_all();
  }
}

}  // namespace decnet::torture
