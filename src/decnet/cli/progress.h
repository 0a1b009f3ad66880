// Progress: one line on a terminal that says how far long work has come. On anything but a terminal
// it shows nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "decnet/cli/terminal.h"

namespace decnet::cli {

class Progress {
 public:
  using Now = std::function<std::chrono::steady_clock::time_point()>;

  // `what` is counted: "rows", "lines", "bytes".
  Progress(Terminal& terminal, std::string what, Now now = std::chrono::steady_clock::now);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // erases the line

  // Cheap: draws ten times a second at most. total 0: unknown. `note` is added at the end.
  void update(std::uint64_t done, std::uint64_t total, std::string_view note = {});
  // Erases the line, so that something else can be printed; the next update draws it again.
  void clear();

 private:
  [[nodiscard]] std::string text(std::uint64_t done, std::uint64_t total,
                                 std::string_view note) const;

  Terminal& terminal_;
  std::string what_;
  Now now_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
  bool visible_ = false;
};

}  // namespace decnet::cli
