#include "decnet/cli/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "decnet/base/utf8.h"
#include "decnet/cli/display_width.h"
#include "decnet/cli/table.h"

namespace decnet::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenDrawings(100);
constexpr std::size_t kBarColumns = 24;
constexpr std::string_view kEraseLine = "\r\x1b[K";

std::string as_duration(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::clamp(seconds, 0.0, 359999.0));
  if (whole >= 3600) {
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

Progress::Progress(Terminal& terminal, std::string what, Now now)
    : terminal_(terminal), what_(std::move(what)), now_(std::move(now)), started_(now_()) {
  drawn_ = started_;  // what is done within the first moment needs no line
}

Progress::~Progress() { clear(); }

void Progress::update(std::uint64_t done, std::uint64_t total, std::string_view note) {
  if (!terminal_.is_terminal()) return;
  const auto now = now_();
  if (now - drawn_ < kBetweenDrawings) return;
  drawn_ = now;
  // One column stays free: some terminals wrap when the last one is written.
  const std::size_t columns = std::max<std::size_t>(terminal_.width(), 20) - 1;
  terminal_.write(kEraseLine);
  terminal_.write(fitted(text(done, total, printable(note)), columns));
  (void)terminal_.flush();  // a progress line that cannot be shown is no problem
  visible_ = true;
}

void Progress::clear() {
  if (!visible_) return;
  terminal_.write(kEraseLine);
  (void)terminal_.flush();
  visible_ = false;
}

std::string Progress::text(std::uint64_t done, std::uint64_t total, std::string_view note) const {
  const double seconds = std::chrono::duration<double>(drawn_ - started_).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string out;
  if (total > 0) {
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    const auto filled = bar(share, 1, kBarColumns);
    out = fmt::format("{:3.0f} % {}{} ", share * 100, filled,
                      std::string(kBarColumns - display_width(filled), ' '));
  }
  out += fmt::format("{} {}, {}/s", with_thousands(done), what_,
                     with_thousands(static_cast<std::uint64_t>(rate)));
  if (total > done && rate > 0) {
    out += fmt::format(", {} left", as_duration(static_cast<double>(total - done) / rate));
  }
  if (!note.empty()) out += fmt::format(", {}", note);
  return out;
}

}  // namespace decnet::cli
