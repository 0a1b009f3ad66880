// Prints an invented Cowrie log: `invent_log SESSIONS [COMMANDS [SEED]]`.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/invented_history.h"

int main(int argc, char** argv) {
  const auto number = [&](int place, std::size_t otherwise) {
    return argc > place ? std::strtoull(argv[place], nullptr, 10) : otherwise;
  };
  const auto log = decnet::test::invented_cowrie_log(number(3, 1), number(1, 1'000), number(2, 10));
  return std::fwrite(log.data(), 1, log.size(), stdout) == log.size() ? 0 : 1;
}
