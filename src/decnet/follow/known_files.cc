#include "decnet/follow/known_files.h"

#include "decnet/follow/place.h"

namespace decnet::follow {
namespace {

// Half of SHA-256, as they are stored with every batch of lines: enough, though attackers write
// what it is of.
constexpr std::size_t kDigits = 32;

}  // namespace

std::optional<KnownFiles> KnownFiles::from_json(const Json& json) {
  const Json* known = json.find("known");
  if (known == nullptr || known->array() == nullptr) return std::nullopt;
  KnownFiles files;
  for (const Json& digest : *known->array()) {
    if (digest.string() != nullptr) files.digests_.insert(*digest.string());
  }
  return files;
}

Json KnownFiles::to_json() const {
  return Json::object({{"known", Json::Array(digests_.begin(), digests_.end())}});
}

bool KnownFiles::has(const RotatedFile& file) {
  const std::string& digest = digest_of(file);
  return digest.empty() || digests_.contains(digest);
}

void KnownFiles::note(const std::vector<RotatedFile>& files) {
  std::set<std::string> digests;
  std::map<std::pair<dev_t, ino_t>, Seen> seen;
  for (const RotatedFile& file : files) {
    if (!file.is_numbered) continue;
    const std::string& digest = digest_of(file);
    if (!digest.empty()) digests.insert(digest);
    const std::pair identity(file.device, file.inode);
    seen[identity] = seen_[identity];
  }
  digests_ = std::move(digests);
  seen_ = std::move(seen);
}

// Empty for a file that is no text, or none yet.
const std::string& KnownFiles::digest_of(const RotatedFile& file) {
  Seen& seen = seen_[{file.device, file.inode}];
  const bool unchanged = seen.size == file.size && seen.modified_ns == file.modified_ns;
  if (unchanged && !seen.digest.empty()) return seen.digest;
  const auto head = head_of(file.path);
  seen = {file.size, file.modified_ns, head ? head->sha256.substr(0, kDigits) : std::string()};
  return seen.digest;
}

}  // namespace decnet::follow
