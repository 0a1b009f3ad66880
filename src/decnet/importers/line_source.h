// LineSource: the lines of a log, from a file, a gzip file or standard input, without holding more
// than one line.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "decnet/base/error.h"

namespace decnet::importers {

// A place between two lines of a log, or inside one that is being skipped.
struct LinePosition {
  std::uint64_t offset = 0;       // bytes of text before it
  std::uint64_t line_number = 0;  // of the last line before it, from 1
  bool skipping = false;          // inside a line that was too long: its rest is to be skipped
  friend bool operator==(const LinePosition&, const LinePosition&) = default;
};

class LineSource {
 public:
  // A longer line is cut there and reported as such; the rest of it is skipped.
  static constexpr std::size_t kMaxLineBytes = std::size_t{4} << 20;

  virtual ~LineSource() = default;

  // kLine:     the next line without its end ("\n" or "\r\n"); a last line without one counts.
  // kOverlong: the head of a line that is longer, cut at kMaxLineBytes.
  // kIdle:     a pipe had nothing to say for a while, or a signal came in: the moment to store what
  //            was read and to look whether to stop. Asking again goes on where it was.
  // kEnd:      nothing more.
  enum class Got { kLine, kOverlong, kIdle, kEnd };
  // The view lives until the next call; it is empty with kIdle and kEnd. A byte order mark before
  // the first line is left out; NUL bytes are bytes like others.
  // Errors, naming the source and the last line: kUnavailable (I/O); kInvalid (damaged gzip data;
  // at the first call, data in another compression or in UTF-16). Every whole line before the
  // damage is delivered first.
  virtual Result<Got> next(std::string_view& line) = 0;

  [[nodiscard]] virtual const std::string& name() const = 0;    // "cowrie.json", "-"
  [[nodiscard]] virtual std::uint64_t line_number() const = 0;  // of the last line, from 1
  // Behind the last line given; of what gunzip makes of the file, when it is compressed.
  [[nodiscard]] virtual LinePosition position() const = 0;
  [[nodiscard]] virtual std::uint64_t bytes_read() const = 0;   // of the file as it lies on disk
  [[nodiscard]] virtual std::uint64_t bytes_total() const = 0;  // 0 when unknown (a pipe)
};

// Opens a file; gzip is recognised by its first bytes, not by its name. "-" is standard input.
// A pipe that is silent for `patience` gives kIdle.
// Errors, one line naming the path: kNotFound; kUnavailable (permission, I/O); kInvalid (a
// directory).
Result<std::unique_ptr<LineSource>> open_lines(
    const std::string& path_or_dash,
    std::chrono::milliseconds patience = std::chrono::milliseconds{1000});

}  // namespace decnet::importers
