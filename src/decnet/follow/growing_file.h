// GrowingFile: the bytes of a file that is being written to. Its end is no end, until it is told
// that nobody writes to it any more.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "decnet/base/error.h"
#include "decnet/follow/place.h"
#include "decnet/importers/byte_source.h"

namespace decnet::follow {

class GrowingFile final : public importers::ByteSource {
 public:
  // Opens a regular file, to be read from `offset` on. Errors, naming the path: kNotFound,
  // kUnavailable (permission, I/O), kInvalid (no regular file).
  static Result<std::unique_ptr<GrowingFile>> open(const std::string& path, std::uint64_t offset);
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;
  ~GrowingFile() override;

  // Never an error: what cannot be read now is logged once and may come later.
  Result<Read> read(std::span<char> buffer) override;
  [[nodiscard]] std::uint64_t bytes_read() const override { return read_; }
  [[nodiscard]] std::uint64_t bytes_total() const override { return 0; }

  // What is there is all that will come.
  void finish() { finished_ = true; }

  // Whether it is the file of that device and inode.
  [[nodiscard]] bool is(dev_t device, ino_t inode) const {
    return device == device_ && inode == inode_;
  }
  // Whether it was cut, or written anew, so that what was read is no longer what is before the
  // place of reading.
  [[nodiscard]] bool was_rewritten() const;

  // Whether it is a file that begins so.
  [[nodiscard]] bool begins_with(const HeadMark& head) const;

  // How to know it again.
  [[nodiscard]] const HeadMark& head();
  [[nodiscard]] std::int64_t modified_ns() const;

 private:
  GrowingFile(std::string name, int fd, dev_t device, ino_t inode, std::uint64_t offset)
      : name_(std::move(name)), fd_(fd), device_(device), inode_(inode), offset_(offset) {}
  void note_head(std::span<const char> bytes);
  void read_head();
  [[nodiscard]] bool has_its_head() const;

  const std::string name_;
  const int fd_;
  const dev_t device_;
  const ino_t inode_;
  std::uint64_t offset_;    // of the next read
  std::uint64_t read_ = 0;  // by this object
  bool finished_ = false;
  bool complained_ = false;
  std::string head_bytes_;
  HeadMark head_;
};

}  // namespace decnet::follow
