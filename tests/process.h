// Process: runs a program, as a person or a service manager would, and sees everything it does.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace decnet::test {

struct CommandLine {
  std::vector<std::string> arguments = {};              // the first one is the program
  std::map<std::string, std::string> environment = {};  // see Process
  std::filesystem::path directory = {};                 // to run in; empty: this process's
  std::string input = {};                               // all of standard input
  bool terminal = false;  // standard output and error are one terminal of 100 columns
};

struct Finished {
  int exit_code = -1;  // -1 when a signal ended it
  int signal = 0;
  std::string out;  // with `terminal`: everything it showed, line ends as "\r\n"
  std::string err;
};

// One running program. Its environment is the one given plus PATH, HOME, TERM and what the
// sanitizers read; no DECNET_… variable of this machine gets through, and DECNET_CONFIG is
// /dev/null unless given.
class Process {
 public:
  explicit Process(const CommandLine& command);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // kills what still runs

  void signal(int number) const;
  // Reads until standard output has `text`; false when it ended without.
  bool wait_for_output(std::string_view text);
  // The same for standard error.
  bool wait_for_error(std::string_view text);
  Finished wait();
  // Whether it has not ended yet.
  [[nodiscard]] bool is_running() const;
  [[nodiscard]] pid_t id() const { return id_; }

 private:
  bool transfer();

  pid_t id_ = -1;
  int input_ = -1;
  int output_ = -1;
  int error_ = -1;
  std::string unwritten_;
  Finished finished_;
};

// Runs it to its end.
Finished run(const CommandLine& command);

// Runs the built program with those arguments in `directory`.
Finished decnet(const std::filesystem::path& directory, const std::vector<std::string>& arguments,
                const std::map<std::string, std::string>& environment = {},
                const std::string& input = {});

}  // namespace decnet::test
