// Command: one word of the command line, in a file of its own. main.cc lists them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "decnet/base/error.h"
#include "decnet/base/log.h"
#include "decnet/cli/manual.h"
#include "decnet/cli/options.h"
#include "decnet/cli/terminal.h"
#include "decnet/config/config.h"

namespace decnet::cli {

// Exit codes, the same for every command.
inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;
inline constexpr int kUsageError = 2;

// What a command is given.
struct Context {
  std::string_view command;  // its name, for messages
  const config::Config& config;
  Terminal& out;  // standard output: results alone
  Terminal& err;  // standard error: what went wrong, and progress

  // Says "decnet <command>: <message>" on standard error and returns the exit code for it.
  int failed(const Error& error) const;
  int failed(std::string_view message, int exit_code = kFailure) const;
};

class Command {
 public:
  virtual ~Command() = default;
  [[nodiscard]] virtual Manual manual() const = 0;
  // Declares the options; their targets are members.
  virtual void declare(Options& options) = 0;
  // The least that goes to standard error too, beside the log file. A person at a terminal sees
  // what went wrong and nothing else beside the command's own output; a service says more.
  [[nodiscard]] virtual log::Level shown_level() const { return log::Level::kWarning; }
  // Called once, with the options filled in. Returns the exit code.
  virtual int run(Context& context) = 0;
};

struct Row {
  std::string_view name;     // "ttp-summary"; two words for a command of a group, "db init"
  std::string_view summary;  // its line in `decnet --help`
  std::unique_ptr<Command> (*make)();
};

// The whole program: finds the command, asks the gate, reads the options, runs it.
int run_program(std::span<const Row> rows, std::span<const std::string> words);

}  // namespace decnet::cli
