// KnownFiles: which of a log's rotated files are no news. A file is known by its first bytes: its
// name changes at every rotation, its inode when it is copied or compressed, and its time of
// modification tells nothing of others once a clock was wrong. Attackers write those bytes, and may
// write the same ones twice: of files that begin alike, more than were noted are news, all of them.
//
// Memory:  a digest for each file, of at most kMaxRotated.
// Threads: one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
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

  // Those that are numbered, are text, and were not noted.
  std::vector<RotatedFile> news(const std::vector<RotatedFile>& files);
  // Those of them that are numbered are known from now on, and no others.
  void note(const std::vector<RotatedFile>& files);

 private:
  // A file as it was when its digest was made.
  struct Seen {
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;
    std::string digest;
  };
  // How many texts begin so.
  using Digests = std::map<std::string, std::size_t>;

  std::string digest_of(const RotatedFile& file);
  Digests digests_of(const std::vector<RotatedFile>& files);

  Digests digests_;
  std::map<std::pair<dev_t, ino_t>, Seen> seen_;  // files that do not change are read once
};

}  // namespace decnet::follow
