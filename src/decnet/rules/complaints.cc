#include "decnet/rules/complaints.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "decnet/base/utf8.h"
#include "decnet/rules/spelling.h"

namespace decnet::rules {

Complaints::Complaints(const std::filesystem::path& path, std::vector<Problem>& problems)
    : path_(path), problems_(problems), first_(problems.size()) {}

void Complaints::add(Problem::Severity severity, int line, std::string message) {
  if (severity == Problem::Severity::kError) has_error_ = true;
  const std::size_t count = problems_.size() - first_;
  if (count > kMaxProblems) return;
  if (count == kMaxProblems) message = "more is wrong; this much first";
  problems_.push_back({severity, path_, line, std::move(message)});
}

void Complaints::error(int line, std::string message) {
  add(Problem::Severity::kError, line, std::move(message));
}

void Complaints::warning(int line, std::string message) {
  add(Problem::Severity::kWarning, line, std::move(message));
}

const YamlNode::Entry* Complaints::require(const YamlNode& mapping, const char* key,
                                           std::string_view label, std::string_view expected) {
  if (const YamlNode::Entry* entry = mapping.find(key)) return entry;
  std::string hint;
  for (const YamlNode::Entry& other : mapping.entries()) {
    if (!is_close(other.key->text(), key)) continue;
    hint =
        fmt::format("; is it the {} on line {}?", in_quotes(other.key->text()), other.key->line());
  }
  error(mapping.line(), fmt::format("{}: missing; expected {}{}", label, expected, hint));
  return nullptr;
}

void Complaints::wrong(const YamlNode::Entry& entry, std::string_view label,
                       std::string_view expected, std::string_view hint) {
  error(entry.key->line(),
        fmt::format("{}: expected {}, found {}{}", label, expected, entry.value->describe(), hint));
}

std::optional<std::string> Complaints::text(const YamlNode::Entry& entry, std::string_view label,
                                            std::string_view expected) {
  const YamlNode& value = *entry.value;
  if (value.is_text()) return value.text();
  const bool scalar = !value.is_null() && !value.is_list() && !value.is_mapping();
  wrong(entry, label, expected, scalar ? "; write it in quotes" : "");
  return std::nullopt;
}

std::optional<std::vector<std::string>> Complaints::texts(const YamlNode::Entry& entry,
                                                          std::string_view label,
                                                          std::string_view expected) {
  const YamlNode& list = *entry.value;
  if (!list.is_list()) {
    wrong(entry, label, expected,
          list.is_text() ? fmt::format("; write [{}]", printable(utf8_prefix(list.text(), 60)))
                         : std::string());
    return std::nullopt;
  }
  std::vector<std::string> result;
  bool good = true;
  for (std::size_t i = 0; i < list.elements().size(); ++i) {
    const YamlNode& element = *list.elements()[i];
    if (element.is_text()) {
      result.push_back(element.text());
      continue;
    }
    good = false;
    error(element.line(),
          fmt::format("{}[{}]: expected a text, found {}", label, i, element.describe()));
  }
  if (!good) return std::nullopt;
  return result;
}

void Complaints::sort_by_line() {
  std::stable_sort(problems_.begin() + static_cast<std::ptrdiff_t>(first_), problems_.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
}

}  // namespace decnet::rules
