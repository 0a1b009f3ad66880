// ByteSource: the bytes of a log in the order they come, whatever they are wrapped in.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "decnet/base/error.h"
#include "decnet/importers/line_source.h"

namespace decnet::importers {

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  struct Read {
    std::size_t size = 0;  // bytes written to the front of the buffer
    bool idle = false;     // nothing yet, ask again
  };
  // Fills the front of `buffer`, which is not empty. No bytes without `idle` mean the end.
  // An error's message says what is wrong, without naming the source.
  virtual Result<Read> read(std::span<char> buffer) = 0;

  [[nodiscard]] virtual std::uint64_t bytes_read() const = 0;   // of the file as it lies on disk
  [[nodiscard]] virtual std::uint64_t bytes_total() const = 0;  // 0 when unknown
};

// A file, a FIFO or, for "-", standard input. Errors as of open_lines().
Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& path_or_dash,
                                               std::chrono::milliseconds patience);

// The lines of `bytes`, which is plain text and stands at `start`. At the beginning of a text what
// is compressed or in UTF-16 is refused, and a byte order mark is left out; NUL bytes before a line
// are left out everywhere.
std::unique_ptr<LineSource> lines_of(std::string name, std::unique_ptr<ByteSource> bytes,
                                     const LinePosition& start);

// What gunzip makes of `head` followed by what `rest` still has: all members, one after the other.
// Damaged or cut data is an error where it is met, after everything before it.
std::unique_ptr<ByteSource> gunzip(std::string head, std::unique_ptr<ByteSource> rest);

}  // namespace decnet::importers
