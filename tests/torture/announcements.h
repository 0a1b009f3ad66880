// Announcements: what was said about which tag, and in how many different messages.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/json.h"

namespace decnet::torture {

class Announcements {
 public:
  // A message on ttp.tagged or ttp.rule.fired.…; `id` is what tells one message from another, also
  // when it is said twice.
  void add(std::string_view topic, const Json& payload, const std::string& id);

  [[nodiscard]] std::size_t messages() const;
  [[nodiscard]] std::size_t repeated() const;  // of them: said before
  // Those of `uuids` that were not named in both a ttp.tagged and a ttp.rule.fired.
  [[nodiscard]] std::vector<std::string> unsaid(const std::vector<std::string>& uuids) const;
  // Tags that were named by different messages of one sort.
  [[nodiscard]] std::size_t ambiguous() const;
  // Tags that were named and are not among `uuids`.
  [[nodiscard]] std::size_t invented(const std::vector<std::string>& uuids) const;
  [[nodiscard]] bool names(const std::string& session) const;

 private:
  using Names = std::map<std::string, std::set<std::string>, std::less<>>;  // uuid → message ids

  mutable std::mutex mutex_;
  Names tagged_;
  Names fired_;
  std::set<std::string> ids_;
  std::set<std::string> sessions_;
  std::size_t messages_ = 0;
};

}  // namespace decnet::torture
