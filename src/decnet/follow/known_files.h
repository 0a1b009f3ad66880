// KnownFiles: which of a log's rotated files are no news. A file is known by its first bytes: its
// name changes at every rotation, its inode when it is copied or compressed, and its time of
// modification tells nothing of others once a clock was wrong.
//
// Memory:  a digest for each file, of at most kMaxRotated.
// Threads: one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "decnet/base/json.h"
#include "decnet/follow/rotation.h"

namespace decnet::follow {

class KnownFiles {
 public:
  // What to_json() wrote in an earlier process. Nothing when it is something else.
  static std::optional<KnownFiles> from_json(const Json& json);
  [[nodiscard]] Json to_json() const;

  // Whether there is nothing new in it: it was noted, or is no text.
  bool has(const RotatedFile& file);
  // Those of them that are numbered are known from now on, and no others.
  void note(const std::vector<RotatedFile>& files);

 private:
  // A file as it was when its digest was made.
  struct Seen {
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;
    std::string digest;
  };
  const std::string& digest_of(const RotatedFile& file);

  std::set<std::string> digests_;
  std::map<std::pair<dev_t, ino_t>, Seen> seen_;  // files that do not change are read once
};

}  // namespace decnet::follow
