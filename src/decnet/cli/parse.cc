#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "decnet/base/utf8.h"
#include "decnet/cli/options.h"

namespace decnet::cli {
namespace {

// How an option is called in messages: "--db", or "FILE" for an argument.
std::string_view called(const Option& option) {
  return option.long_name.empty() ? option.value_name : option.long_name;
}

bool is_flag(const Option& option) { return std::holds_alternative<bool*>(option.target); }

template <typename Number>
std::optional<Number> number_between(const std::string& text, Number minimum, Number maximum) {
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!(value >= minimum && value <= maximum)) return std::nullopt;  // NaN is neither
  return value;
}

// Puts a word where its option wants it.
struct Assign {
  const Option& option;
  const std::string& word;  // empty for a flag
  config::Config& config;

  Result<void> operator()(bool* target) const {
    *target = true;
    return {};
  }
  Result<void> operator()(std::optional<std::string>* target) const {
    DECNET_CHECK(checked());
    *target = word;
    return {};
  }
  Result<void> operator()(std::vector<std::string>* target) const {
    target->push_back(word);
    return {};
  }
  Result<void> operator()(const Option::Integer& integer) const {
    *integer.target = number_between(word, integer.minimum, integer.maximum);
    if (*integer.target) return {};
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: '{}' is no whole number from {} to {}", called(option),
                            printable(word), integer.minimum, integer.maximum));
  }
  Result<void> operator()(const Option::Number& number) const {
    *number.target = number_between(word, number.minimum, number.maximum);
    if (*number.target) return {};
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: '{}' is no number from {} to {}", called(option), printable(word),
                            number.minimum, number.maximum));
  }
  Result<void> operator()(const Option::Positive& positive) const {
    constexpr double kSmallest = std::numeric_limits<double>::denorm_min();
    *positive.target = number_between(word, kSmallest, std::numeric_limits<double>::max());
    if (*positive.target) return {};
    return fail(ErrorCode::kInvalid, fmt::format("{}: '{}' is no finite number above 0",
                                                 called(option), printable(word)));
  }
  Result<void> operator()(const Option::Setting& setting) const {
    if (word.empty()) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}: {} is empty", called(option), option.value_name));
    }
    DECNET_CHECK(checked());
    config.override_with(setting.variable, word, option.long_name);
    return {};
  }

 private:
  [[nodiscard]] Result<void> checked() const {
    const auto answer = option.check ? option.check(word) : Result<void>();
    if (!answer) return fail(answer.error().in(called(option)));
    return {};
  }
};

// Walks through the words once. A mistake does not end the walk: --help may come after it.
class Parser {
 public:
  Parser(const Options& options, std::span<const std::string> words, config::Config& config)
      : options_(options), words_(words), config_(config) {}

  Result<Parsed> parse() {
    bool options_ended = false;
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (options_ended || word.size() < 2 || word[0] != '-') {
        note(take_argument(word));
      } else if (word == "--") {
        options_ended = true;
      } else if (word[1] == '-') {
        note(take_long(word));
      } else {
        note(take_shorts(word));
      }
    }
    if (help_) return Parsed::kHelp;
    if (!problem_) return fail(problem_.error());
    for (const auto& option : options_.all()) {
      const auto* const many = std::get_if<std::vector<std::string>*>(&option.target);
      if (many != nullptr && (*many)->empty() && !option.may_be_none) {
        return fail(ErrorCode::kInvalid, fmt::format("{} is missing", called(option)));
      }
    }
    return Parsed::kOptions;
  }

 private:
  void note(Result<void> result) {
    if (problem_) problem_ = std::move(result);
  }

  Result<void> assign(const Option& option, const std::string& word) {
    return std::visit(Assign{option, word, config_}, option.target);
  }

  Result<void> assign_next(const Option& option) {
    if (at_ == words_.size()) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("{} needs a value: {}", called(option), option.value_name));
    }
    return assign(option, words_[at_++]);
  }

  Result<void> take_argument(const std::string& word) {
    std::size_t place = 0;
    for (const auto& option : options_.all()) {
      if (!option.long_name.empty()) continue;
      const bool many = std::holds_alternative<std::vector<std::string>*>(option.target);
      if (!many && place++ < arguments_) continue;
      ++arguments_;
      return assign(option, word);
    }
    return fail(ErrorCode::kInvalid, fmt::format("unexpected '{}'", printable(word)));
  }

  // "--name", "--name=value"
  Result<void> take_long(const std::string& word) {
    const auto equals = word.find('=');
    const std::string_view name = std::string_view(word).substr(0, equals);
    if (name == "--help") {
      help_ = true;
      return {};
    }
    for (const auto& option : options_.all()) {
      if (option.long_name != name) continue;
      if (equals == std::string::npos) {
        return is_flag(option) ? assign(option, {}) : assign_next(option);
      }
      if (!is_flag(option)) return assign(option, word.substr(equals + 1));
      return fail(ErrorCode::kInvalid, fmt::format("{} takes no value", name));
    }
    return fail(ErrorCode::kInvalid, fmt::format("no option '{}'", printable(name)));
  }

  // "-f", "-x value", "-xvalue", "-fxvalue"
  Result<void> take_shorts(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      if (word[i] == 'h') {
        help_ = true;
        continue;
      }
      const Option* const option = find_short(word[i]);
      if (option == nullptr) {
        return fail(ErrorCode::kInvalid, fmt::format("no option '-{}'", printable(word.substr(i))));
      }
      if (is_flag(*option)) {
        DECNET_CHECK(assign(*option, {}));
        continue;
      }
      return i + 1 < word.size() ? assign(*option, word.substr(i + 1)) : assign_next(*option);
    }
    return {};
  }

  [[nodiscard]] const Option* find_short(char name) const {
    for (const auto& option : options_.all()) {
      if (option.short_name == name && name != '\0') return &option;
    }
    return nullptr;
  }

  const Options& options_;
  std::span<const std::string> words_;
  config::Config& config_;
  std::size_t at_ = 0;         // the next word
  std::size_t arguments_ = 0;  // met so far
  bool help_ = false;
  Result<void> problem_;  // the first one
};

}  // namespace

Result<Parsed> parse(const Options& options, std::span<const std::string> words,
                     config::Config& config) {
  return Parser(options, words, config).parse();
}

}  // namespace decnet::cli
