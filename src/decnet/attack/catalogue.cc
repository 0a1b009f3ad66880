#include "decnet/attack/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "decnet/attack/stix_bundle.h"
#include "decnet/base/file.h"
#include "decnet/base/uuid.h"

namespace decnet::attack {
namespace {

constexpr std::size_t kSha256HexDigits = 64;

Result<void> check_digest(std::string_view bytes, std::string_view wanted) {
  std::string pinned(wanted);
  std::ranges::transform(pinned, pinned.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (pinned.size() != kSha256HexDigits ||
      pinned.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return fail(ErrorCode::kInvalid, fmt::format("the digest it should have is no SHA-256 ({} "
                                                 "hexadecimal digits)",
                                                 kSha256HexDigits));
  }
  const std::string digest = sha256_hex(bytes);
  if (digest != pinned) {
    return fail(ErrorCode::kInvalid, fmt::format("its SHA-256 is {}, not {}", digest, pinned));
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const Catalogue>> Catalogue::open(const std::filesystem::path& bundle,
                                                         std::string_view sha256) {
  std::error_code problem;
  const auto status = std::filesystem::status(bundle, problem);
  if (std::filesystem::exists(status) && !std::filesystem::is_directory(status) &&
      !std::filesystem::is_regular_file(status)) {  // a pipe would be waited for without end
    return fail(ErrorCode::kInvalid, fmt::format("{}: is no regular file", bundle.string()));
  }
  DECNET_TRY(std::string bytes, read_file(bundle));
  if (!sha256.empty()) {
    if (auto pinned = check_digest(bytes, sha256); !pinned) {
      return fail(pinned.error().in(bundle.string()));
    }
  }
  auto catalogue = read_stix_bundle(std::move(bytes), bundle.filename().string());
  if (!catalogue) return fail(catalogue.error().in(bundle.string()));
  return catalogue;
}

const Technique* Catalogue::technique(std::string_view id) const {
  const auto found = std::ranges::lower_bound(techniques_, id, {}, &Technique::id);
  return found == techniques_.end() || found->id != id ? nullptr : &*found;
}

const Technique* Catalogue::current(std::string_view id) const {
  const Technique* found = technique(id);
  while (found != nullptr && !found->successor.empty()) {  // the builder cut every ring
    const Technique* next = technique(found->successor);
    if (next == nullptr) break;
    found = next;
  }
  return found;
}

const Tactic* Catalogue::tactic(std::string_view id_or_short_name) const {
  const auto found = std::ranges::find_if(tactics_, [&](const Tactic& tactic) {
    return tactic.id == id_or_short_name || tactic.short_name == id_or_short_name;
  });
  return found == tactics_.end() ? nullptr : &*found;
}

std::string Catalogue::name(std::string_view technique_id) const {
  const Technique* found = technique(technique_id);
  if (found == nullptr) return {};
  const Technique* parent = technique(found->parent);
  return parent == nullptr ? found->name : parent->name + ": " + found->name;
}

std::vector<const Group*> Catalogue::groups_using(std::string_view technique_id) const {
  const Technique* found = technique(technique_id);
  if (found == nullptr) return {};
  const auto index = static_cast<std::uint32_t>(found - techniques_.data());
  std::vector<const Group*> groups;
  for (const Use& use : std::ranges::equal_range(uses_, index, {}, &Use::technique)) {
    groups.push_back(&groups_[use.group]);
  }
  return groups;
}

}  // namespace decnet::attack
