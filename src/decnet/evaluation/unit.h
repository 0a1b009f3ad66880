// Unit: one text or payload of a corpus that the tagger is asked about.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "decnet/base/json.h"

namespace decnet::evaluation {

struct Unit {
  std::string text;  // the command line; of another kind, what names it to a person
  std::string kind;  // "command", "http_request", …
  Json payload;      // of another kind than command
};

// The units of one corpus. A command line that stands in it several times is one unit.
class Units {
 public:
  std::size_t add_command(std::string_view text);
  std::size_t add(Unit unit);

  [[nodiscard]] const std::vector<Unit>& all() const { return units_; }
  [[nodiscard]] const Unit& operator[](std::size_t index) const { return units_[index]; }
  [[nodiscard]] std::size_t size() const { return units_.size(); }

 private:
  std::vector<Unit> units_;
  std::unordered_map<std::string, std::size_t> commands_;
};

}  // namespace decnet::evaluation
