#include "decnet/bus/unix/waiting_frames.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace decnet::bus {

std::shared_ptr<const WaitingFrame> WaitingFrames::add(std::string bytes, bool is_event) {
  return std::make_shared<const WaitingFrame>(*this, std::move(bytes), is_event);
}

std::shared_ptr<const WaitingFrame> WaitingFrames::oldest() const {
  return frames_.empty() ? nullptr : frames_.front()->shared_from_this();
}

std::shared_ptr<const WaitingFrame> WaitingFrames::after(const WaitingFrame& frame) const {
  const auto next = std::next(frame.place_);
  return next == frames_.end() ? nullptr : (*next)->shared_from_this();
}

WaitingFrame::WaitingFrame(WaitingFrames& all, std::string bytes, bool is_event)
    : all_(all),
      bytes_(std::move(bytes)),
      is_event_(is_event),
      place_(all_.frames_.insert(all_.frames_.end(), this)) {
  all_.bytes_ += bytes_.size();
}

WaitingFrame::~WaitingFrame() {
  all_.bytes_ -= bytes_.size();
  all_.frames_.erase(place_);
}

FrameQueue::Lost FrameQueue::push(std::shared_ptr<const WaitingFrame> frame, const Limits& limits) {
  Lost lost;
  while (frames_.size() > kept() &&
         (frames_.size() >= limits.frames || bytes_ + frame->bytes().size() > limits.bytes)) {
    const WaitingFrame& oldest = *frames_[kept()];
    if (oldest.is_event() && lost.events++ == 0) lost.first_topic = oldest.topic();
    drop_oldest();
  }
  bytes_ += frame->bytes().size();
  frames_.push_back(std::move(frame));
  return lost;
}

void FrameQueue::drop_oldest() {
  const auto oldest = frames_.begin() + static_cast<std::ptrdiff_t>(kept());
  bytes_ -= (*oldest)->bytes().size();
  frames_.erase(oldest);
}

bool FrameQueue::drop(const WaitingFrame& frame) {
  if (frames_.size() <= kept() || frames_[kept()].get() != &frame) return false;
  drop_oldest();
  return true;
}

std::uint64_t FrameQueue::clear() {
  const auto lost = static_cast<std::uint64_t>(std::count_if(
      frames_.begin(), frames_.end(), [](const auto& frame) { return frame->is_event(); }));
  frames_.clear();
  bytes_ = 0;
  sent_of_first_ = 0;
  return lost;
}

void FrameQueue::sent(std::size_t bytes) {
  sent_of_first_ += bytes;
  if (sent_of_first_ < frames_.front()->bytes().size()) return;
  bytes_ -= frames_.front()->bytes().size();
  frames_.pop_front();
  sent_of_first_ = 0;
}

}  // namespace decnet::bus
