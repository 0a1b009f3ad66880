// The one file that includes CLI11: its header costs 6 s of compile time.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <string>

#include "decnet/base/utf8.h"
#include "decnet/cli/options.h"

namespace decnet::cli {
namespace {

// How an option is called in messages: "--db", or "FILE" for an argument.
std::string_view called(const Option& option) {
  return option.long_name.empty() ? option.value_name : option.long_name;
}

template <typename Number>
std::optional<Number> number_between(const std::string& text, Number minimum, Number maximum) {
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!(value >= minimum && value <= maximum)) return std::nullopt;  // NaN is neither
  return value;
}

// Puts the words that CLI11 sorted to an option where they belong.
struct Assign {
  const Option& option;
  const std::vector<std::string>& words;  // at least one, but for flags
  config::Config& config;

  Result<void> operator()(bool* target) const {
    *target = true;
    return {};
  }
  Result<void> operator()(std::optional<std::string>* target) const {
    *target = words.back();
    return {};
  }
  Result<void> operator()(std::vector<std::string>* target) const {
    *target = words;
    return {};
  }
  Result<void> operator()(const Option::Integer& integer) const {
    *integer.target = number_between(words.back(), integer.minimum, integer.maximum);
    if (*integer.target) return {};
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: '{}' is no whole number from {} to {}", called(option),
                            printable(words.back()), integer.minimum, integer.maximum));
  }
  Result<void> operator()(const Option::Number& number) const {
    *number.target = number_between(words.back(), number.minimum, number.maximum);
    if (*number.target) return {};
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: '{}' is no number from {} to {}", called(option),
                            printable(words.back()), number.minimum, number.maximum));
  }
  Result<void> operator()(const Option::Setting& setting) const {
    if (words.back().empty()) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}: {} is empty", called(option), option.value_name));
    }
    config.override_with(setting.variable, words.back(), option.long_name);
    return {};
  }
};

bool is_flag(const Option& option) { return std::holds_alternative<bool*>(option.target); }

bool takes_many(const Option& option) {
  return std::holds_alternative<std::vector<std::string>*>(option.target);
}

const Option* flag_with_value(const Options& options, std::span<const std::string> words) {
  for (const auto& option : options.all()) {
    const auto start = fmt::format("{}=", option.long_name);
    if (is_flag(option) && std::any_of(words.begin(), words.end(),
                                       [&](const auto& word) { return word.starts_with(start); })) {
      return &option;
    }
  }
  return nullptr;
}

std::string cli11_names(const Option& option) {
  if (option.long_name.empty()) return std::string(option.value_name);
  if (option.short_name == '\0') return std::string(option.long_name);
  return fmt::format("{},-{}", option.long_name, option.short_name);
}

}  // namespace

Result<Parsed> parse(const Options& options, std::span<const std::string> words,
                     config::Config& config) {
  CLI::App app;
  app.allow_extras();  // reported below, in our words
  app.set_help_flag("--help,-h");
  std::deque<std::vector<std::string>> values;  // CLI11 keeps references into it
  std::vector<CLI::Option*> declared;
  for (const auto& option : options.all()) {
    auto& value = values.emplace_back();
    auto* const added = is_flag(option) ? app.add_flag(cli11_names(option))
                                        : app.add_option(cli11_names(option), value);
    if (is_flag(option)) {
      added->disable_flag_override();
    } else {
      added->type_name(std::string(option.value_name));
      if (takes_many(option)) {
        added->required();
      } else {
        added->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
      }
    }
    declared.push_back(added);
  }
  try {
    // CLI11 takes the words in reverse order.
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp&) {
    return Parsed::kHelp;
  } catch (const CLI::ArgumentMismatch& problem) {
    // Its words for --json=false are hard to understand; for a missing value they do.
    if (const auto* const flag = flag_with_value(options, words)) {
      return fail(ErrorCode::kInvalid, fmt::format("{} takes no value", flag->long_name));
    }
    return fail(ErrorCode::kInvalid, printable(problem.what()));
  } catch (const CLI::Error& problem) {
    return fail(ErrorCode::kInvalid, printable(problem.what()));
  }
  for (const auto& unknown : app.remaining()) {
    if (unknown == "--") continue;
    return fail(ErrorCode::kInvalid,
                fmt::format("{} '{}'", unknown.starts_with('-') ? "no option" : "unexpected",
                            printable(unknown)));
  }
  for (std::size_t i = 0; i < declared.size(); ++i) {
    if (declared[i]->count() == 0) continue;
    const auto& option = options.all()[i];
    DECNET_CHECK(std::visit(Assign{option, values[i], config}, option.target));
  }
  return Parsed::kOptions;
}

}  // namespace decnet::cli
