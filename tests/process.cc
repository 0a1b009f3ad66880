#include "tests/process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "tests/test_main.h"

namespace decnet::test {
namespace {

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::abort();
}

std::vector<std::string> environment_of(const CommandLine& command) {
  std::map<std::string, std::string> variables = {{"DECNET_CONFIG", "/dev/null"},
                                                  {"TERM", "xterm-256color"}};
  for (const char* name : {"PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
                           "LSAN_OPTIONS", "LD_LIBRARY_PATH"}) {
    if (const char* value = std::getenv(name)) variables[name] = value;
  }
  for (const auto& [name, value] : command.environment) variables[name] = value;
  std::vector<std::string> entries;
  for (const auto& [name, value] : variables) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) die("pipe2");
  return {ends[0], ends[1]};
}

void close_once(int& descriptor) {
  if (descriptor >= 0) close(descriptor);
  descriptor = -1;
}

// Appends what can be read now; closes the descriptor at the end. (A terminal whose other side is
// gone says EIO.)
void read_some(int& descriptor, std::string& out) {
  std::array<char, 1 << 16> buffer;  // NOLINT: filled by read()
  const ssize_t got = read(descriptor, buffer.data(), buffer.size());
  if (got > 0) {
    out.append(buffer.data(), static_cast<std::size_t>(got));
  } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
    close_once(descriptor);
  }
}

}  // namespace

Process::Process(const CommandLine& command) : unwritten_(command.input) {
  std::signal(SIGPIPE, SIG_IGN);  // a program may end before it has read all its input
  auto arguments = command.arguments;
  auto entries = environment_of(command);
  const auto argv = pointers(arguments);
  const auto envp = pointers(entries);

  const Pipe input = make_pipe();
  Pipe output;
  Pipe error;
  if (command.terminal) {
    const winsize size{.ws_row = 40, .ws_col = 100, .ws_xpixel = 0, .ws_ypixel = 0};
    if (openpty(&output.read, &output.write, nullptr, nullptr, &size) != 0) die("openpty");
    fcntl(output.read, F_SETFD, FD_CLOEXEC);
    fcntl(output.write, F_SETFD, FD_CLOEXEC);
    error.write = output.write;
  } else {
    output = make_pipe();
    error = make_pipe();
  }

  id_ = fork();
  if (id_ < 0) die("fork");
  if (id_ == 0) {
    if (!command.directory.empty() && chdir(command.directory.c_str()) != 0) _exit(126);
    dup2(input.read, STDIN_FILENO);
    dup2(output.write, STDOUT_FILENO);
    dup2(error.write, STDERR_FILENO);
    std::signal(SIGPIPE, SIG_DFL);
    execvpe(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  close(input.read);
  close(output.write);
  if (error.write != output.write) close(error.write);
  input_ = input.write;
  output_ = output.read;
  error_ = error.read;
  fcntl(input_, F_SETFL, O_NONBLOCK);
  if (unwritten_.empty()) close_once(input_);
}

Process::~Process() {
  close_once(input_);
  close_once(output_);
  close_once(error_);
  if (id_ > 0) {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
}

void Process::signal(int number) const {
  if (id_ > 0) kill(id_, number);
}

// Moves what can be moved; false when the program has closed both its outputs.
bool Process::transfer() {
  if (output_ < 0 && error_ < 0) return false;
  std::array<pollfd, 3> waiting = {pollfd{output_, POLLIN, 0}, pollfd{error_, POLLIN, 0},
                                   pollfd{input_, POLLOUT, 0}};
  if (poll(waiting.data(), waiting.size(), -1) < 0) {
    if (errno == EINTR) return true;
    die("poll");
  }
  if (waiting[0].revents != 0) read_some(output_, finished_.out);
  if (waiting[1].revents != 0) read_some(error_, finished_.err);
  if (waiting[2].revents != 0) {
    const ssize_t put = write(input_, unwritten_.data(), unwritten_.size());
    if (put > 0) unwritten_.erase(0, static_cast<std::size_t>(put));
    if (unwritten_.empty() || (put < 0 && errno != EINTR && errno != EAGAIN)) close_once(input_);
  }
  return true;
}

bool Process::wait_for_output(std::string_view text) {
  while (finished_.out.find(text) == std::string::npos) {
    if (!transfer()) return false;
  }
  return true;
}

bool Process::wait_for_error(std::string_view text) {
  while (finished_.err.find(text) == std::string::npos) {
    if (!transfer()) return false;
  }
  return true;
}

bool Process::is_running() const {
  if (id_ < 0) return false;
  siginfo_t ended{};
  // WNOWAIT: what wait() asks for stays there.
  return waitid(P_PID, static_cast<id_t>(id_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == 0;
}

Finished Process::wait() {
  while (transfer()) {
  }
  close_once(input_);
  int status = 0;
  while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = -1;
  if (WIFEXITED(status)) finished_.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) finished_.signal = WTERMSIG(status);
  return std::move(finished_);
}

Finished run(const CommandLine& command) { return Process(command).wait(); }

Finished decnet(const std::filesystem::path& directory, const std::vector<std::string>& arguments,
                const std::map<std::string, std::string>& environment, const std::string& input) {
  CommandLine command{.arguments = {program().string()},
                      .environment = environment,
                      .directory = directory,
                      .input = input};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  return run(command);
}

}  // namespace decnet::test
