// WaitingFrames and FrameQueue: what a broker's subscribers have not taken yet. A frame is encoded
// once and waits in the queue of everyone who is to get it; its bytes count once.
//
// Threads: one. Frames and queues must go before the WaitingFrames they belong to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "decnet/bus/unix/frame.h"

namespace decnet::bus {

class WaitingFrame;

// All frames that are in some queue, oldest first.
class WaitingFrames {
 public:
  // A heartbeat that gives way is no loss, as the next one says more: it is no event.
  std::shared_ptr<const WaitingFrame> add(std::string bytes, bool is_event);

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // Null when there is none.
  [[nodiscard]] std::shared_ptr<const WaitingFrame> oldest() const;
  // The one added next after `frame` of those that are still there; null when there is none.
  [[nodiscard]] std::shared_ptr<const WaitingFrame> after(const WaitingFrame& frame) const;

 private:
  friend class WaitingFrame;
  std::list<const WaitingFrame*> frames_;
  std::size_t bytes_ = 0;
};

class WaitingFrame : public std::enable_shared_from_this<WaitingFrame> {
 public:
  WaitingFrame(WaitingFrames& all, std::string bytes, bool is_event);
  WaitingFrame(const WaitingFrame&) = delete;
  WaitingFrame& operator=(const WaitingFrame&) = delete;
  ~WaitingFrame();

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  // Lives as long as the frame.
  [[nodiscard]] std::string_view topic() const { return args_of(bytes_); }
  [[nodiscard]] bool is_event() const { return is_event_; }

 private:
  friend class WaitingFrames;
  WaitingFrames& all_;
  const std::string bytes_;
  const bool is_event_;
  std::list<const WaitingFrame*>::const_iterator place_;
};

// What waits for one subscriber, in the order of WaitingFrames. A first frame that is half on its
// way is never given up.
class FrameQueue {
 public:
  struct Limits {
    std::size_t frames;
    std::size_t bytes;
  };

  // Events that gave way, and the topic of the first of them.
  struct Lost {
    std::uint64_t events = 0;
    std::string first_topic{};
  };
  // Appends; of what was there before, the oldest give way to the limits.
  Lost push(std::shared_ptr<const WaitingFrame> frame, const Limits& limits);
  // Gives up `frame`, where it is the oldest that can be. False when it is not, or is not in here.
  bool drop(const WaitingFrame& frame);
  // Gives up everything, and returns how many of it were events.
  std::uint64_t clear();

  // The frame that is half on its way; null when none is.
  [[nodiscard]] const WaitingFrame* half_sent() const {
    return sent_of_first_ > 0 ? frames_.front().get() : nullptr;
  }

  [[nodiscard]] bool empty() const { return frames_.empty(); }
  [[nodiscard]] std::size_t size() const { return frames_.size(); }
  // What is to be sent next of the first frame. The queue is not empty.
  [[nodiscard]] std::string_view rest() const {
    return std::string_view(frames_.front()->bytes()).substr(sent_of_first_);
  }
  // The peer took so many bytes of rest().
  void sent(std::size_t bytes);

 private:
  [[nodiscard]] std::size_t kept() const { return sent_of_first_ > 0 ? 1 : 0; }
  void drop_oldest();

  std::deque<std::shared_ptr<const WaitingFrame>> frames_;
  std::size_t bytes_ = 0;
  std::size_t sent_of_first_ = 0;
};

}  // namespace decnet::bus
