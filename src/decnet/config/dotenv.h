// .env files: NAME=value lines, as shells and service managers share them.
//
//   export DECNET_MODE=agent          # a comment begins with # at the start or after a blank
//   DECNET_DB_PASSWORD='p#1 "x"'      # '…' is taken as it is
//   DECNET_SYSTEM_LOGS="a\tb"         # in "…", \n \t \r \" \\ are escapes
//
// Nothing is expanded: ${NAME} stays as written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace decnet::config {

struct DotenvEntry {
  std::string name;
  std::string value;
  int line = 0;  // from 1
};

struct DotenvProblem {
  int line = 0;
  std::string message;
};

struct Dotenv {
  std::vector<DotenvEntry> entries;     // in file order; a name given twice is there twice
  std::vector<DotenvProblem> problems;  // lines that were skipped
};

Dotenv read_dotenv(std::string_view text);

}  // namespace decnet::config
