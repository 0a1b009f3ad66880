#include "decnet/cli/manual.h"

#include <fmt/format.h>

#include <algorithm>

#include "decnet/cli/display_width.h"

namespace decnet::cli {
namespace {

constexpr std::size_t kNameColumns = 26;

std::string default_of(const Option& option) {
  struct Text {
    std::string operator()(const bool*) const { return {}; }
    std::string operator()(const std::optional<std::string>* value) const {
      return *value ? fmt::format("[default: {}]", **value) : "";
    }
    std::string operator()(const std::vector<std::string>*) const { return {}; }
    std::string operator()(const Option::Integer& integer) const {
      const auto bounds = fmt::format("{} to {}", integer.minimum, integer.maximum);
      return *integer.target ? fmt::format("[{}; default: {}]", bounds, **integer.target)
                             : fmt::format("[{}]", bounds);
    }
    std::string operator()(const Option::Number& number) const {
      const auto bounds = fmt::format("{} to {}", number.minimum, number.maximum);
      return *number.target ? fmt::format("[{}; default: {}]", bounds, **number.target)
                            : fmt::format("[{}]", bounds);
    }
    std::string operator()(const Option::Positive& positive) const {
      return *positive.target ? fmt::format("[above 0; default: {}]", **positive.target)
                              : "[above 0]";
    }
    std::string operator()(const Option::Setting& setting) const {
      return fmt::format("[{}]", setting.variable);
    }
  };
  return std::visit(Text{}, option.target);
}

std::string name_of(const Option& option) {
  if (option.long_name.empty()) return std::string(option.value_name);
  std::string name = option.short_name == '\0' ? "    " : fmt::format("-{}, ", option.short_name);
  name += option.long_name;
  if (!option.value_name.empty()) name += fmt::format(" {}", option.value_name);
  return name;
}

// "  name    help, wrapped beside it"
std::string entry(std::string_view name, std::string_view help, std::size_t columns) {
  auto text = wrapped(help, columns, kNameColumns);
  const std::size_t used = 2 + display_width(name);
  if (used + 1 >= kNameColumns) return fmt::format("  {}\n{}", name, text);
  text.replace(0, kNameColumns, fmt::format("  {}{}", name, std::string(kNameColumns - used, ' ')));
  return text;
}

std::string described(const Option& option) {
  const auto extra = default_of(option);
  return extra.empty() ? option.help : fmt::format("{} {}", option.help, extra);
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
  const std::string margin(indent, ' ');
  const std::size_t room = std::max<std::size_t>(columns, indent + 20) - indent;
  std::string out;
  std::string line;
  const auto end_line = [&] {
    if (!line.empty()) out += fmt::format("{}{}\n", margin, line);
    line.clear();
  };
  while (!text.empty()) {
    const auto source = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), source.size() + 1));
    if (source.empty() || source.front() == ' ') {  // between paragraphs; an example
      end_line();
      out += source.empty() ? "\n" : fmt::format("{}{}\n", margin, source);
      continue;
    }
    std::string_view rest = source;
    while (!rest.empty()) {
      const auto word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      if (!line.empty() && display_width(line) + 1 + display_width(word) > room) end_line();
      if (!line.empty()) line += ' ';
      line += word;
    }
  }
  end_line();
  return out;
}

std::string usage_line(std::string_view command, const Options& options) {
  std::string line = fmt::format("Usage: decnet {} [OPTIONS]", command);
  for (const auto& option : options.all()) {
    if (!option.long_name.empty()) continue;
    const bool many = std::holds_alternative<std::vector<std::string>*>(option.target);
    const auto named = fmt::format("{}{}", option.value_name, many ? "..." : "");
    line += many && !option.may_be_none ? fmt::format(" {}", named) : fmt::format(" [{}]", named);
  }
  return line;
}

std::string help_text(std::string_view command, const Manual& manual, const Options& options,
                      std::size_t columns) {
  std::string arguments;
  std::string named;
  for (const auto& option : options.all()) {
    (option.long_name.empty() ? arguments : named) +=
        entry(name_of(option), described(option), columns);
  }
  named += entry("-h, --help", "Shows this text.", columns);

  std::string out = usage_line(command, options) + "\n\n";
  out += wrapped(manual.description, columns, 0);
  if (!arguments.empty()) out += "\nArguments:\n" + arguments;
  out += "\nOptions:\n" + named;
  if (!manual.environment.empty()) {
    out += "\nSettings (environment, INI file or .env; see `decnet config`):\n";
    for (const auto name : manual.environment) {
      const auto* variable = config::find_variable(name);
      if (variable == nullptr) continue;
      out += entry(name,
                   variable->default_value.empty()
                       ? std::string(variable->help)
                       : fmt::format("{} [default: {}]", variable->help, variable->default_value),
                   columns);
    }
  }
  if (!manual.examples.empty()) {
    out += "\nExamples:\n";
    for (const auto& example : manual.examples) {
      out += fmt::format("  {}\n{}", example.line, wrapped(example.shows, columns, 6));
    }
  }
  out += "\nExit codes:\n";
  out += entry("0", manual.success, columns);
  out += entry("1", manual.failure, columns);
  out += entry("2", "the command line is wrong", columns);
  return out;
}

}  // namespace decnet::cli
