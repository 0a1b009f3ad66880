#include "decnet/cli/options.h"

#include <utility>

namespace decnet::cli {

void Options::flag(std::string_view names, bool& target, std::string help) {
  add(names, {}, &target, std::move(help));
}

void Options::text(std::string_view names, std::string_view value_name,
                   std::optional<std::string>& target, std::string help, Option::Check check) {
  add(names, value_name, &target, std::move(help));
  options_.back().check = std::move(check);
}

void Options::integer(std::string_view names, std::string_view value_name,
                      std::optional<std::int64_t>& target, std::int64_t minimum,
                      std::int64_t maximum, std::string help) {
  add(names, value_name, Option::Integer{&target, minimum, maximum}, std::move(help));
}

void Options::number(std::string_view names, std::string_view value_name,
                     std::optional<double>& target, double minimum, double maximum,
                     std::string help) {
  add(names, value_name, Option::Number{&target, minimum, maximum}, std::move(help));
}

void Options::setting(std::string_view names, std::string_view value_name,
                      std::string_view variable, std::string help, Option::Check check) {
  add(names, value_name, Option::Setting{variable}, std::move(help));
  options_.back().check = std::move(check);
}

void Options::positive(std::string_view names, std::string_view value_name,
                       std::optional<double>& target, std::string help) {
  add(names, value_name, Option::Positive{&target}, std::move(help));
}

void Options::argument(std::string_view value_name, std::optional<std::string>& target,
                       std::string help) {
  add({}, value_name, &target, std::move(help));
}

void Options::arguments(std::string_view value_name, std::vector<std::string>& target,
                        std::string help) {
  add({}, value_name, &target, std::move(help));
}

void Options::any_arguments(std::string_view value_name, std::vector<std::string>& target,
                            std::string help) {
  add({}, value_name, &target, std::move(help));
  options_.back().may_be_none = true;
}

void Options::add(std::string_view names, std::string_view value_name, Option::Target target,
                  std::string help) {
  const auto comma = names.find(',');
  options_.push_back({.long_name = names.substr(0, comma),
                      .short_name = comma == std::string_view::npos ? '\0' : names[comma + 2],
                      .value_name = value_name,
                      .target = target,
                      .help = std::move(help)});
}

}  // namespace decnet::cli
