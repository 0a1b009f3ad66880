#include "decnet/follow/known_files.h"

#include <sys/stat.h>

#include <set>
#include <string_view>

#include "decnet/follow/place.h"

namespace decnet::follow {
namespace {

// A quarter of SHA-256, as they are stored with every batch of lines. Of two that are equal by
// chance both count.
constexpr std::size_t kDigits = 16;

}  // namespace

std::optional<KnownFiles> KnownFiles::from_json(const Json& json) {
  const Json* known = json.find("known");
  if (known == nullptr || known->array() == nullptr) return std::nullopt;
  KnownFiles files;
  for (const Json& digest : *known->array()) {
    if (digest.string() != nullptr) ++files.digests_[*digest.string()];
  }
  return files;
}

Json KnownFiles::to_json() const {
  Json::Array known;
  for (const auto& [digest, texts] : digests_) known.insert(known.end(), texts, digest);
  return Json::object({{"known", std::move(known)}});
}

std::vector<RotatedFile> KnownFiles::news(const std::vector<RotatedFile>& files) {
  const Digests now = digests_of(files);
  std::vector<RotatedFile> found;
  for (const RotatedFile& file : files) {
    const auto all = file.is_numbered ? now.find(digest_of(file)) : now.end();
    if (all == now.end()) continue;
    const auto noted = digests_.find(all->first);
    if (noted == digests_.end() || noted->second < all->second) found.push_back(file);
  }
  return found;
}

void KnownFiles::note(const std::vector<RotatedFile>& files) {
  digests_ = digests_of(files);
  std::map<std::pair<dev_t, ino_t>, Seen> seen;
  for (const RotatedFile& file : files) {
    const auto one = seen_.find({file.device, file.inode});
    if (one != seen_.end()) seen.insert(*one);
  }
  seen_ = std::move(seen);
}

KnownFiles::Digests KnownFiles::digests_of(const std::vector<RotatedFile>& files) {
  std::map<std::string, std::set<std::string_view>> texts;
  for (const RotatedFile& file : files) {
    const std::string digest = file.is_numbered ? digest_of(file) : std::string();
    if (digest.empty()) continue;
    texts[digest].insert(
        without_compression(file.path));  // while it is compressed it is there twice
  }
  Digests digests;
  for (const auto& [digest, names] : texts) digests[digest] = names.size();
  return digests;
}

// Empty for a file that is no text, or none yet, or was renamed meanwhile.
std::string KnownFiles::digest_of(const RotatedFile& file) {
  Seen& seen = seen_[{file.device, file.inode}];
  const bool unchanged = seen.size == file.size && seen.modified_ns == file.modified_ns;
  if (unchanged && !seen.digest.empty()) return seen.digest;
  const auto head = head_of(file.path);
  struct stat status {};
  if (::stat(file.path.c_str(), &status) != 0 || status.st_dev != file.device ||
      status.st_ino != file.inode) {
    return {};
  }
  seen = {file.size, file.modified_ns, head ? head->sha256.substr(0, kDigits) : std::string()};
  return seen.digest;
}

}  // namespace decnet::follow
