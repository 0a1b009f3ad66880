#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <numeric>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/cli/command.h"
#include "decnet/cli/gate.h"
#include "decnet/cli/version.h"

namespace decnet::cli {
namespace {

constexpr std::string_view kIntroduction =
    "decnet turns what attackers do in a honeypot or a deception network into MITRE ATT&CK "
    "techniques.";

std::string_view first_word(std::string_view name) { return name.substr(0, name.find(' ')); }

bool is_help(std::string_view word) { return word == "--help" || word == "-h"; }

// Text of --help is for reading: not wider than is pleasant.
std::size_t help_columns(const Terminal& out) {
  return out.is_terminal() ? std::min<std::size_t>(out.width(), 100) : 80;
}

// The help of the program, or of the group whose name is `group`.
std::string overview(std::span<const Row> rows, std::string_view group,
                     const config::Config& config) {
  std::string out = group.empty() ? "Usage: decnet COMMAND [OPTIONS] [ARGUMENTS]\n"
                                  : fmt::format("Usage: decnet {} COMMAND [OPTIONS]\n", group);
  if (group.empty()) out += fmt::format("\n{}\n", kIntroduction);
  out += "\nCommands:\n";
  for (const auto& row : rows) {
    if (!group.empty() && first_word(row.name) != group) continue;
    if (is_allowed(row.name, config)) out += fmt::format("  {:<22}{}\n", row.name, row.summary);
  }
  out += fmt::format("\n`decnet {}COMMAND --help` describes a command.\n",
                     group.empty() ? "" : fmt::format("{} ", group));
  if (group.empty()) out += "`decnet --version` says which release this is.\n";
  return out;
}

// Levenshtein distance; words of a command line are short, or it is no slip of the pen.
std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::string suggestion(std::span<const Row> rows, std::string_view word,
                       const config::Config& config) {
  if (word.size() < 2 || word.size() > 32) return {};
  for (const auto& row : rows) {
    const auto name = first_word(row.name);
    if (is_allowed(row.name, config) && edits_between(word, name) <= 2) {
      return fmt::format("; did you mean {}?", name);
    }
  }
  return {};
}

void start_log(const config::Config& config, const Terminal& err, log::Level shown_level) {
  log::Settings settings;
  settings.stderr_level = shown_level;
  if (err.is_terminal()) settings.stderr_form = log::Form::kPlain;
  if (config.is_true("DECNET_DEVELOPER")) settings.level = log::Level::kDebug;
  if (config.text("DECNET_TESTING") != "1") settings.file = config.text("DECNET_SYSTEM_LOGS");
  log::start(settings);
  for (const auto& warning : config.warnings()) log::warning("cli", warning);
}

// A program started with a standard stream closed would get its number for the next file it opens,
// and print into its database. What stands in for them cannot be written to, so that a lost result
// is noticed.
void open_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) != -1 || errno != EBADF) continue;
    (void)open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY);  // the lowest number
  }
}

class Program {
 public:
  Program(std::span<const Row> rows, std::span<const std::string> words)
      : rows_(rows), words_(words) {}

  int run() {
    if (!words_.empty() && words_[0] == "--version") {
      out_.line(fmt::format("decnet {}", kVersion));
      return finish(kSuccess);
    }
    auto config = config::Config::load(config::Config::process_sources());
    if (!config) {
      err_.line(fmt::format("decnet: {}", printable(config.error().message)));
      return kFailure;
    }
    return finish(dispatch(*config));
  }

 private:
  int dispatch(config::Config& config) {
    if (words_.empty() || is_help(words_[0])) {
      out_.write(overview(rows_, {}, config));
      return kSuccess;
    }
    const auto in_group = [this](const Row& row) { return first_word(row.name) == words_[0]; };
    if (std::none_of(rows_.begin(), rows_.end(), in_group)) {
      return wrong({},
                   fmt::format("no {} '{}'{}", words_[0].starts_with('-') ? "option" : "command",
                               printable(words_[0]), suggestion(rows_, words_[0], config)));
    }
    if (!is_allowed(words_[0], config)) {
      out_.line(out_.styled(Style::kRed, refusal(words_[0])));
      return kFailure;
    }
    for (const auto& row : rows_) {
      if (row.name == words_[0]) return run_command(row, words_.subspan(1), config);
      if (words_.size() > 1 && row.name == words_[0] + " " + words_[1]) {
        return run_command(row, words_.subspan(2), config);
      }
    }
    if (words_.size() > 1 && is_help(words_[1])) {
      out_.write(overview(rows_, words_[0], config));
      return kSuccess;
    }
    return wrong(words_[0], words_.size() == 1
                                ? "which command of it?"
                                : fmt::format("no command '{}'", printable(words_[1])));
  }

  int run_command(const Row& row, std::span<const std::string> words, config::Config& config) {
    const auto command = row.make();
    Options options;
    command->declare(options);
    // Before the options are read: their targets still hold the defaults.
    const auto help = help_text(row.name, command->manual(), options, help_columns(out_));
    const auto parsed = parse(options, words, config);
    if (!parsed) {
      err_.line(fmt::format("decnet {}: {}", row.name, parsed.error().message));
      err_.line(usage_line(row.name, options));
      return wrong_ending(row.name);
    }
    if (*parsed == Parsed::kHelp) {
      out_.write(help);
      return kSuccess;
    }
    start_log(config, err_, command->shown_level());
    Context context{.command = row.name, .config = config, .out = out_, .err = err_};
    const int exit_code = command->run(context);
    log::stop();
    return exit_code;
  }

  int wrong(std::string_view group, std::string_view what) {
    err_.line(group.empty() ? fmt::format("decnet: {}", what)
                            : fmt::format("decnet {}: {}", group, what));
    return wrong_ending(group);
  }

  int wrong_ending(std::string_view name) {
    err_.line(fmt::format("Try 'decnet {}{}--help'.", name, name.empty() ? "" : " "));
    return kUsageError;
  }

  // A result that did not reach the disk is no result.
  int finish(int exit_code) {
    const auto flushed = out_.flush();
    if (flushed) return exit_code;
    err_.line(fmt::format("decnet: {}", flushed.error().message));
    return exit_code == kSuccess ? kFailure : exit_code;
  }

  std::span<const Row> rows_;
  std::span<const std::string> words_;
  Terminal out_{stdout};
  Terminal err_{stderr};
};

}  // namespace

int Context::failed(const Error& error) const { return failed(error.message); }

int Context::failed(std::string_view message, int exit_code) const {
  err.line(fmt::format("decnet {}: {}", command, printable(message)));
  return exit_code;
}

int run_program(std::span<const Row> rows, std::span<const std::string> words) {
  // Of libraries none throws past its file; what is left is our own mistake, or no memory.
  try {
    open_standard_streams();
    return Program(rows, words).run();
  } catch (const std::exception& bug) {
    Terminal(stderr).line(fmt::format("decnet: internal error: {}", printable(bug.what())));
    return kFailure;
  }
}

}  // namespace decnet::cli
