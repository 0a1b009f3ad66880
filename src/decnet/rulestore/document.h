// Document: one rule document as it is now, and as it was when it last loaded.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/rules/definition.h"

namespace decnet::rulestore {

// Whether the store is being loaded for the first time: then a blank document is a broken one,
// later it is one that somebody is about to write.
enum class Phase { kStart, kRunning };

class Document {
 public:
  // The document says this now; false when that is what it said before. `where` is what problems
  // and the definition name. With `only`, it must be the document of that rule.
  bool set(std::string text, const std::filesystem::path& where, Phase phase,
           const RuleId& only = {});
  // It cannot be had at all; false when it could not before, for the same reason.
  bool set_unreadable(const Error& error, const std::filesystem::path& where);

  // As it last loaded; null when it never did.
  [[nodiscard]] const std::shared_ptr<const rules::Definition>& definition() const {
    return definition_;
  }
  [[nodiscard]] const std::shared_ptr<const std::string>& text() const { return text_; }
  // Whether that is what it says now.
  [[nodiscard]] bool is_current() const { return is_current_; }
  [[nodiscard]] const std::vector<rules::Problem>& problems() const { return problems_; }

 private:
  void break_with(std::string why, std::vector<rules::Problem> problems);

  std::shared_ptr<const rules::Definition> definition_;
  std::shared_ptr<const std::string> text_;
  bool is_current_ = false;
  std::string broken_by_;  // digest of what does not load, or why nothing can be read
  std::vector<rules::Problem> problems_;
};

}  // namespace decnet::rulestore
