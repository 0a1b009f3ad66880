// LineSource: the lines of a log, from a file, a gzip file or standard input, without holding more
// than one line.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "decnet/base/error.h"

namespace decnet::importers {

class LineSource {
 public:
  // A longer line is cut there and reported as such; the rest of it is skipped.
  static constexpr std::size_t kMaxLineBytes = std::size_t{4} << 20;

  virtual ~LineSource() = default;

  enum class Got { kLine, kOverlong, kEnd };
  // The next line without its end ("\n" or "\r\n"); a last line without one counts. The view lives
  // until the next call. kOverlong: the line's head, cut at kMaxLineBytes.
  // Errors: kUnavailable (I/O), kInvalid (damaged gzip data), naming the source.
  virtual Result<Got> next(std::string_view& line) = 0;

  [[nodiscard]] virtual const std::string& name() const = 0;    // "cowrie.json", "-"
  [[nodiscard]] virtual std::uint64_t line_number() const = 0;  // of the last line, from 1
  [[nodiscard]] virtual std::uint64_t bytes_read() const = 0;   // of the file as it lies on disk
  [[nodiscard]] virtual std::uint64_t bytes_total() const = 0;  // 0 when unknown (a pipe)
};

// Opens a file; gzip is recognised by its first bytes, not by its name. "-" is standard input.
Result<std::unique_ptr<LineSource>> open_lines(const std::string& path_or_dash);

}  // namespace decnet::importers
