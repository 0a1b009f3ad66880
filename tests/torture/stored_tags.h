// StoredTags: what is in ttp_tag, event by event. Nothing is ever taken out of that table, so each
// look reads only what is new.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/torture/workload.h"

namespace decnet::torture {

class StoredTags {
 public:
  explicit StoredTags(std::filesystem::path database) : database_(std::move(database)) {}

  void read();

  [[nodiscard]] const std::map<std::size_t, TagCounts>& by_event() const { return by_event_; }
  [[nodiscard]] const std::vector<std::string>& uuids() const { return uuids_; }
  [[nodiscard]] std::size_t foreign() const { return foreign_; }  // about no event of ours

 private:
  const std::filesystem::path database_;
  std::int64_t last_row_ = 0;
  std::map<std::size_t, TagCounts> by_event_;
  std::vector<std::string> uuids_;
  std::size_t foreign_ = 0;
};

}  // namespace decnet::torture
