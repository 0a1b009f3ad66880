// NameSet: a JSON list of names in a text column, such as attackers.services. Other programs write
// it too; what cannot be read is left as it is.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace decnet::storage {

class NameSet {
 public:
  // An empty text is an empty list.
  explicit NameSet(std::string text);

  void add(const std::set<std::string>& names);

  [[nodiscard]] bool changed() const { return changed_; }
  // The list as it is to be stored; the text as it was read when nothing was added.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  std::string stored_;
  std::set<std::string> names_;
  bool readable_ = true;
  bool changed_ = false;
};

}  // namespace decnet::storage
