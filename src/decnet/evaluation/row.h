// Row: one line of a corpus being read. The first thing that is missing or of the wrong type is
// kept as its problem; what is asked for after that is empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/json.h"
#include "decnet/evaluation/corpus.h"

namespace decnet::evaluation {

class Row {
 public:
  explicit Row(const Json& object) : object_(object) {}

  const std::string& text(std::string_view key);
  std::vector<std::string> texts(std::string_view key);
  // null and absent read as `otherwise`.
  std::string text_or(std::string_view key, std::string_view otherwise);
  std::int64_t integer_or(std::string_view key, std::int64_t otherwise);
  bool boolean(std::string_view key);
  const Json::Array& array(std::string_view key);

  void object_to(std::string message) {
    if (problem_.empty()) problem_ = std::move(message);
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  const Json* required(std::string_view key, std::string_view type);

  const Json& object_;
  std::string problem_;
};

// Reads every row with `read(Row&)`. The first problem ends it.
template <typename Read>
std::optional<RowError> read_rows(const std::vector<Json>& rows, const Read& read) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Row row(rows[i]);
    read(row);
    if (!row.problem().empty()) return RowError{i, row.problem()};
  }
  return std::nullopt;
}

}  // namespace decnet::evaluation
