// One YAML document as its author wrote it: every value with its line, so that a problem can be
// named where it is. Keeps what other readers throw away (which scalars were quoted, which keys
// were written twice) and bounds what a hostile file can cost.
//
// Dialect: YAML 1.1 as the DECNET framework reads it: `yes` is a boolean, `010` is eight, `1:30` is
//          ninety, `<<` merges. Those readings are marked as surprising, so that a validator can
//          name them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decnet/base/json.h"
#include "tl/expected.hpp"

namespace decnet::rules {

class YamlNode {
 public:
  enum class Kind { kNull, kBoolean, kInteger, kFloat, kText, kList, kMapping };

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] int line() const { return line_; }  // 1-based
  [[nodiscard]] bool is_null() const { return kind_ == Kind::kNull; }
  [[nodiscard]] bool is_text() const { return kind_ == Kind::kText; }
  [[nodiscard]] bool is_list() const { return kind_ == Kind::kList; }
  [[nodiscard]] bool is_mapping() const { return kind_ == Kind::kMapping; }

  // A scalar exactly as written, whatever it was read as ("010", "yes"); empty for the others.
  [[nodiscard]] const std::string& text() const { return text_; }
  // The scalar's value; null for a list or mapping.
  [[nodiscard]] const Json& value() const { return value_; }
  // Why the reading may not be what the author meant ("octal", "base 60", "a boolean"), or empty.
  [[nodiscard]] std::string_view surprise() const { return surprise_; }

  [[nodiscard]] const std::vector<const YamlNode*>& elements() const { return elements_; }
  struct Entry {
    const YamlNode* key;  // a scalar
    const YamlNode* value;
  };
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  // Null when there is none or this is no mapping. Of a key written twice, the first.
  [[nodiscard]] const Entry* find(std::string_view key) const;

  // The whole value as JSON; keys as written.
  [[nodiscard]] Json json() const;

  // For messages: "a list", "the text 'high'", "the number 5", "nothing". One harmless line.
  [[nodiscard]] std::string describe() const;

 private:
  friend class YamlBuilder;

  Kind kind_ = Kind::kNull;
  int line_ = 0;
  std::string text_;
  Json value_;
  std::string_view surprise_;
  std::vector<const YamlNode*> elements_;
  std::vector<Entry> entries_;
};

struct YamlFlaw {
  int line = 0;  // 1-based; 0 when the text as a whole is meant
  std::string message;
};

class YamlDocument {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 20;  // of the text, and of its scalars
  static constexpr std::size_t kMaxDepth = 32;
  static constexpr std::size_t kMaxNodes = 10'000;  // an alias counts as all it stands for

  // Reads a text that holds exactly one document. The flaw is the first that makes the text
  // unreadable: no UTF-8, a control character, no YAML, no document or several, a bound exceeded.
  static tl::expected<YamlDocument, YamlFlaw> read(std::string_view text);

  // Lives as long as the document, moves included.
  [[nodiscard]] const YamlNode& root() const { return *root_; }
  // Keys written twice in one mapping, in order of lines.
  [[nodiscard]] const std::vector<YamlFlaw>& repeated_keys() const { return repeated_keys_; }

 private:
  friend class YamlBuilder;
  YamlDocument() = default;

  std::deque<YamlNode> nodes_;  // addresses stay
  const YamlNode* root_ = nullptr;
  std::vector<YamlFlaw> repeated_keys_;
};

// `text` between quotes, harmless and at most a line's worth: for messages.
std::string in_quotes(std::string_view text);

}  // namespace decnet::rules
