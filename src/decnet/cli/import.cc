// decnet import: honeypot logs into the database.
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <utility>

#include "decnet/base/python_text.h"
#include "decnet/base/utf8.h"
#include "decnet/cli/commands.h"
#include "decnet/cli/database.h"
#include "decnet/cli/progress.h"
#include "decnet/cli/stop_signals.h"
#include "decnet/cli/table.h"
#include "decnet/importers/cowrie.h"

namespace decnet::cli {
namespace {

using importers::ImportReport;
using Seconds = std::chrono::duration<double>;

// A name as the value of key=value: quoted where it would break the line or the next key.
std::string as_value(const std::string& name) {
  const auto quoted = python_repr(name);
  const bool plain = !name.empty() && quoted.size() == name.size() + 2 &&
                     name.find_first_of(" '\"=") == std::string::npos;
  return plain ? name : quoted;
}

void add(ImportReport& total, const ImportReport& file) {
  total.lines += file.lines;
  total.events += file.events;
  total.ignored += file.ignored;
  total.damaged += file.damaged;
  total.stored.new_attackers += file.stored.new_attackers;
  total.stored.new_commands += file.stored.new_commands;
  total.stored.known_commands += file.stored.known_commands;
  total.stored.new_logins += file.stored.new_logins;
  total.stored.known_logins += file.stored.known_logins;
  total.stored.refused_commands += file.stored.refused_commands;
  total.stored.logins_kept = total.stored.logins_kept && file.stored.logins_kept;
}

std::string counters_text(const ImportReport& report, Seconds elapsed) {
  return fmt::format(
      "lines={} events={} ignored={} damaged={} attackers={} commands={} known_commands={} "
      "logins={} known_logins={} elapsed_s={:.2f}",
      report.lines, report.events, report.ignored, report.damaged, report.stored.new_attackers,
      report.stored.new_commands, report.stored.known_commands, report.stored.new_logins,
      report.stored.known_logins, elapsed.count());
}

Json number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

void add_counters(Json& line, const ImportReport& report, Seconds elapsed) {
  line.set("lines", number(report.lines));
  line.set("events", number(report.events));
  line.set("ignored", number(report.ignored));
  line.set("damaged", number(report.damaged));
  line.set("new_attackers", number(report.stored.new_attackers));
  line.set("new_commands", number(report.stored.new_commands));
  line.set("known_commands", number(report.stored.known_commands));
  line.set("refused_commands", number(report.stored.refused_commands));
  line.set("new_logins", number(report.stored.new_logins));
  line.set("known_logins", number(report.stored.known_logins));
  line.set("logins_kept", report.stored.logins_kept);
  line.set("elapsed_s", elapsed.count());
}

// How large the files are together, for the progress line; 0 when one of them cannot tell.
std::uint64_t total_bytes(const std::vector<std::string>& files) {
  std::uint64_t total = 0;
  for (const auto& file : files) {
    std::error_code problem;
    const auto size = std::filesystem::file_size(file, problem);
    if (problem) return 0;
    total += size;
  }
  return total;
}

class ImportCowrie : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Reads the JSON log of a Cowrie SSH/Telnet honeypot (cowrie.json, every version since "
            "2017, also compressed with gzip) and stores its attackers, the commands they typed "
            "and their logins. `decnet ttp-backfill` then tags the commands.\n\n"
            "Ids follow from the log lines: importing a file again, or two files that overlap, "
            "adds "
            "nothing twice. A line that cannot be read costs itself; the first ten of a file are "
            "named on standard error. A file that cannot be read does not stop the others.\n\n"
            "One line a file on standard output, and one for all of them when there are several; "
            "attackers, commands and logins are the new ones:\n\n"
            "  file=cowrie.json lines=412 events=410 ignored=0 damaged=2 attackers=12\n"
            "  commands=88 known_commands=0 logins=30 known_logins=0 elapsed_s=0.03\n\n"
            "Ctrl+C and SIGTERM stop it: what was read is stored, and the next import does the "
            "rest. Exit code 130 or 143 then.",
        .environment = {"DECNET_DB_PATH"},
        .examples = {{"decnet import cowrie /var/log/cowrie/cowrie.json*", "all there is"},
                     {"ssh trap cat cowrie.json | decnet import cowrie -", "from another machine"},
                     {"decnet import cowrie --db trap.db cowrie.json",
                      "into a database of its own"}},
        .success = "every file was read, whatever its damaged lines",
        .failure = "a file could not be read, or the database not be written"};
  }

  void declare(Options& options) override {
    options.arguments("FILE", files_, "Logs to read; - is standard input.");
    declare_database_option(options);
    options.integer(
        "--batch-lines", "N", batch_lines_, 1, 10'000'000,
        "Lines read before they are stored together; fewer when they take much memory.");
    options.flag("--json", json_, "Prints JSON lines: one a file, one for all of them.");
  }

  int run(Context& context) override {
    const StopSignals signals;
    const auto database = open_database(context.config, storage::OpenMode::kCreate);
    if (!database) return context.failed(database.error());

    const auto started = std::chrono::steady_clock::now();
    int exit_code = kSuccess;
    ImportReport total;
    std::size_t files = 0;
    bytes_total_ = context.err.is_terminal() ? total_bytes(files_) : 0;
    for (const auto& file : files_) {
      if (signals.received() != 0) break;
      auto source = importers::open_lines(file);
      if (!source) {
        exit_code = context.failed(source.error());
        continue;
      }
      ++files;
      const auto read = import_from(context, file, **source, **database, signals, total);
      if (!read) exit_code = context.failed(read.error());
    }
    say_total(context, files, total, std::chrono::steady_clock::now() - started);
    if (!total.stored.logins_kept) {
      context.err.line(
          "decnet import cowrie: logins were not kept: this database belongs to the framework and "
          "has no table for them (`decnet db init` creates it)");
    }
    return signals.received() == 0 ? exit_code : say_interrupted(context, signals.received());
  }

 private:
  Result<void> import_from(Context& context, const std::string& file, importers::LineSource& source,
                           storage::Database& database, const StopSignals& signals,
                           ImportReport& total) {
    const auto started = std::chrono::steady_clock::now();
    ImportReport report;
    Progress progress(context.err, "KiB");
    auto imported = importers::import_cowrie(
        source, database.observations(),
        {.batch_lines = batch_lines(),
         .progress =
             [&](const ImportReport& now, const importers::LineSource& at) {
               progress.update((bytes_done_ + at.bytes_read()) / 1024, bytes_total_ / 1024,
                               fmt::format("{} lines", with_thousands(now.lines)));
             },
         .stop = [&] { return signals.received() != 0; }},
        report);
    progress.clear();
    bytes_done_ += source.bytes_read();
    add(total, report);
    say_file(context, file, report, std::chrono::steady_clock::now() - started);
    return imported;
  }

  void say_file(Context& context, const std::string& file, const ImportReport& report,
                Seconds elapsed) const {
    for (const auto& damage : report.damage) context.err.line(printable(damage));
    if (report.damaged > report.damage.size()) {
      context.err.line(fmt::format("{}: {} more damaged lines", printable(file),
                                   report.damaged - report.damage.size()));
    }
    if (report.stored.refused_commands > 0) {
      context.err.line(fmt::format("{}: {} commands refused: the history of their attacker is full",
                                   printable(file), report.stored.refused_commands));
    }
    if (json_) {
      Json line = Json::object({{"type", "file"}, {"file", to_valid_utf8(file)}});
      add_counters(line, report, elapsed);
      Json::Array damage(report.damage.begin(), report.damage.end());
      line.set("damage", std::move(damage));
      context.out.line(line.dump());
    } else {
      context.out.line(fmt::format("file={} {}", as_value(file), counters_text(report, elapsed)));
    }
    (void)context.out.flush();  // what got lost is said at the end
  }

  void say_total(Context& context, std::size_t files, const ImportReport& total,
                 Seconds elapsed) const {
    if (json_) {
      Json line = Json::object({{"type", "total"}, {"files", number(files)}});
      add_counters(line, total, elapsed);
      context.out.line(line.dump());
    } else if (files_.size() > 1) {
      context.out.line(fmt::format("total files={} {}", files, counters_text(total, elapsed)));
    }
  }

  int say_interrupted(Context& context, int signal) const {
    if (json_) {
      context.out.line(Json::object({{"type", "interrupted"}}).dump());
    } else {
      context.out.line("");
      context.out.line(context.out.styled(Style::kYellow, "Import interrupted."));
    }
    return 128 + signal;  // as shells report it: a script must not go on as if all were there
  }

  [[nodiscard]] std::size_t batch_lines() const {
    return static_cast<std::size_t>(batch_lines_.value_or(1));  // it has a default
  }

  std::vector<std::string> files_;
  std::optional<std::int64_t> batch_lines_ =
      static_cast<std::int64_t>(importers::ImportOptions{}.batch_lines);
  bool json_ = false;
  std::uint64_t bytes_done_ = 0;
  std::uint64_t bytes_total_ = 0;
};

}  // namespace

std::unique_ptr<Command> import_cowrie() { return std::make_unique<ImportCowrie>(); }

}  // namespace decnet::cli
