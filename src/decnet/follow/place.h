// Place: how far a file was read, and how to know that file again whatever it is called by then.
//
// A file is known by its first bytes, not by its inode: a rotated file may be renamed, copied or
// compressed, an inode is used again by the next file, and a log's first line says when it was
// written. A file too young to have a line is not known again; nothing of it was read either.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "decnet/base/json.h"
#include "decnet/importers/line_source.h"

namespace decnet::follow {

// The first bytes of a file that are not NUL.
struct HeadMark {
  static constexpr std::size_t kMaxBytes = 1024;

  std::uint64_t at = 0;    // offset of the first one
  std::uint64_t size = 0;  // at most kMaxBytes
  std::string sha256;      // of them, as hexadecimal digits

  friend bool operator==(const HeadMark&, const HeadMark&) = default;
};

struct Place {
  importers::LinePosition position;
  HeadMark head;
  std::int64_t modified_ns = 0;  // when the file was last written to, since 1970
  bool done = false;             // nothing more will come of it

  friend bool operator==(const Place&, const Place&) = default;
};

Json to_json(const Place& place);
// Nothing when it is none: an earlier release or somebody's hand wrote it.
std::optional<Place> place_of(const Json& json);

// Whether the text of a file, be it compressed with gzip, begins so, and is not shorter than the
// place says. False as well when it cannot be read.
bool is_file_of(const Place& place, const std::string& path);

// The beginning of a file of text, be it compressed with gzip. Nothing when it is empty, cannot be
// read, or has NUL bytes in its first bytes and is no text.
std::optional<HeadMark> head_of(const std::string& path);

}  // namespace decnet::follow
