#include "decnet/rulestore/document.h"

#include <fmt/format.h>

#include <utility>

#include "decnet/base/uuid.h"
#include "decnet/rules/loader.h"
#include "decnet/rules/reader.h"

namespace decnet::rulestore {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

}  // namespace

void Document::break_with(std::string why, std::vector<rules::Problem> problems) {
  is_current_ = false;
  broken_by_ = std::move(why);
  problems_ = std::move(problems);
}

bool Document::set(std::string text, const std::filesystem::path& where, Phase phase,
                   const RuleId& only) {
  if (is_current_ && *text_ == text) return false;
  std::string digest = sha256_hex(text);
  if (!is_current_ && digest == broken_by_) return false;
  if (phase == Phase::kRunning && is_blank(text)) {
    break_with(std::move(digest), {});
    return true;
  }
  std::vector<rules::Problem> problems;
  auto definition = rules::read_definition(text, where, problems, definition_.get());
  if (definition && !only.empty() && definition->id != only) {
    problems.push_back({rules::Problem::Severity::kError, where, definition->line,
                        fmt::format("rule_id: this is the row of {}, the document is {}'s",
                                    only.text(), definition->id.text())});
    definition.reset();
  }
  if (!definition) {
    break_with(std::move(digest), std::move(problems));
    return true;
  }
  broken_by_.clear();
  problems_ = std::move(problems);
  // Repaired by going back to what it was: the same rule, hence the same object.
  if (!text_ || *text_ != text) {
    definition_ = std::make_shared<const rules::Definition>(*std::move(definition));
    text_ = std::make_shared<const std::string>(std::move(text));
  }
  is_current_ = true;
  return true;
}

bool Document::set_unreadable(const Error& error, const std::filesystem::path& where) {
  if (!is_current_ && broken_by_ == error.message) return false;
  break_with(error.message, {rules::unreadable(where, error)});
  return true;
}

}  // namespace decnet::rulestore
