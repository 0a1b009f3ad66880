// Options: what a command takes on its command line, declared once: the parser fills the targets,
// and --help describes them with their defaults and bounds.
//
// Syntax: --opt value, --opt=value, -x value, -xvalue; `--` ends the options. Of an option given
// twice the last one counts.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/config/config.h"

namespace decnet::cli {

struct Option {
  struct Integer {
    std::optional<std::int64_t>* target;
    std::int64_t minimum;
    std::int64_t maximum;
  };
  struct Number {
    std::optional<double>* target;
    double minimum;
    double maximum;
  };
  struct Setting {
    std::string_view variable;  // overridden in the Config
  };
  struct Positive {
    std::optional<double>* target;
  };
  // Whether the value is one. Errors: kInvalid, saying what was expected.
  using Check = std::function<Result<void>(std::string_view)>;
  using Target = std::variant<bool*, std::optional<std::string>*, std::vector<std::string>*,
                              Integer, Number, Positive, Setting>;

  std::string_view long_name;   // "--since-days"; empty for an argument
  char short_name = '\0';       // 's', or none
  std::string_view value_name;  // "N", "PATH"; empty for a flag
  Target target;
  std::string help;
  Check check = {};          // of texts and settings; empty: any text will do
  bool may_be_none = false;  // of arguments
};

class Options {
 public:
  // A flag. `names` is "--daemon" or "--daemon,-d", here and below.
  void flag(std::string_view names, bool& target, std::string help);
  // A text. A target that holds a value has it as its default.
  void text(std::string_view names, std::string_view value_name, std::optional<std::string>& target,
            std::string help, Option::Check check = {});
  // Numbers between bounds, both inclusive.
  void integer(std::string_view names, std::string_view value_name,
               std::optional<std::int64_t>& target, std::int64_t minimum, std::int64_t maximum,
               std::string help);
  void number(std::string_view names, std::string_view value_name, std::optional<double>& target,
              double minimum, double maximum, std::string help);
  // Any finite number above 0.
  void positive(std::string_view names, std::string_view value_name, std::optional<double>& target,
                std::string help);
  // A variable of the configuration: the option beats every other source of it.
  void setting(std::string_view names, std::string_view value_name, std::string_view variable,
               std::string help, Option::Check check = {});
  // What stands without a name: one that may be left out, one or more, or any number.
  void argument(std::string_view value_name, std::optional<std::string>& target, std::string help);
  void arguments(std::string_view value_name, std::vector<std::string>& target, std::string help);
  void any_arguments(std::string_view value_name, std::vector<std::string>& target,
                     std::string help);

  [[nodiscard]] std::span<const Option> all() const { return options_; }

 private:
  void add(std::string_view names, std::string_view value_name, Option::Target target,
           std::string help);

  std::vector<Option> options_;
};

enum class Parsed : std::uint8_t { kOptions, kHelp };

// Reads the words after the command's name into the targets and the settings into `config`; kHelp
// when --help or -h is among them. Errors: kInvalid, one sentence naming the option and the value.
Result<Parsed> parse(const Options& options, std::span<const std::string> words,
                     config::Config& config);

}  // namespace decnet::cli
