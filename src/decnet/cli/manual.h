// Manual: what --help says about a command besides its options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decnet/cli/options.h"

namespace decnet::cli {

struct Example {
  std::string_view line;   // "decnet ttp-summary --json"
  std::string_view shows;  // what it does
};

struct Manual {
  // Paragraphs, separated by an empty line; a line that begins with a blank is left as it is.
  std::string description;
  std::vector<std::string_view> environment;  // variables of the configuration it reads
  std::vector<Example> examples;
  std::string_view success = "done";      // exit code 0
  std::string_view failure = "an error";  // exit code 1
};

// The whole text of `decnet <command> --help`, `columns` wide.
std::string help_text(std::string_view command, const Manual& manual, const Options& options,
                      std::size_t columns);

// "Usage: decnet ttp-explain [OPTIONS] [TEXT]"
std::string usage_line(std::string_view command, const Options& options);

// The text in lines of at most `columns`, each after `indent` blanks.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);

}  // namespace decnet::cli
