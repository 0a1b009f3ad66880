#include "decnet/storage/name_set.h"

#include "decnet/base/json.h"

namespace decnet::storage {

NameSet::NameSet(std::string text) : stored_(std::move(text)) {
  if (stored_.empty()) return;
  const auto value = Json::parse(stored_);
  const Json::Array* elements = value ? value->array() : nullptr;
  readable_ = elements != nullptr;
  if (!readable_) return;
  for (const Json& element : *elements) {
    if (const auto* name = element.string()) {
      names_.insert(*name);
    } else {
      readable_ = false;  // written again, it would lose that element
    }
  }
}

void NameSet::add(const std::set<std::string>& names) {
  if (!readable_) return;
  const std::size_t before = names_.size();
  names_.insert(names.begin(), names.end());
  changed_ = changed_ || names_.size() != before;
}

std::string NameSet::text() const {
  if (!changed_ && !stored_.empty()) return stored_;
  Json::Array names;
  for (const std::string& name : names_) names.emplace_back(name);
  return Json(std::move(names)).dump();
}

}  // namespace decnet::storage
