// Reads logs once, to their ends.
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>

#include "decnet/base/utf8.h"
#include "decnet/cli/database.h"
#include "decnet/cli/import_report.h"
#include "decnet/cli/log_import.h"
#include "decnet/cli/progress.h"
#include "decnet/cli/publishing.h"
#include "decnet/cli/stop_signals.h"
#include "decnet/cli/table.h"
#include "decnet/sessions/recorder.h"

namespace decnet::cli {
namespace {

using importers::ImportReport;

// For what waits when everything is read: the bus may just be connecting.
constexpr std::chrono::seconds kPublishGrace{10};

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

class Once {
 public:
  Once(Context& context, const LogImport& import, const MakeReader& make_reader)
      : context_(context),
        import_(import),
        make_reader_(make_reader),
        book_(import.book_options()) {}

  int run() {
    auto database = open_database(context_.config, storage::OpenMode::kCreate);
    if (!database) return context_.failed(database.error());
    database_ = *std::move(database);
    if (import_.publish) {
      if (const auto started = start_publishing(); !started) {
        return context_.failed(started.error());
      }
    }

    const auto started = std::chrono::steady_clock::now();
    bytes_total_ = context_.err.is_terminal() ? total_bytes(import_.files) : 0;
    for (const auto& file : import_.files) {
      if (signals_.received() != 0) break;
      read(file);
    }
    finish_publishing();
    say_total(std::chrono::steady_clock::now() - started);
    if (!total_.stored.logins_kept) {
      context_.err.line(fmt::format(
          "decnet {}: logins were not kept: this database belongs to the framework and has no "
          "table for them (`decnet db init` creates it)",
          context_.command));
    }
    if (!total_.stored.events_kept) {
      context_.err.line(fmt::format(
          "decnet {}: requests, transfers and contacts were not kept: this database has no table "
          "for them (`decnet db init` creates it)",
          context_.command));
    }
    return signals_.received() == 0 ? exit_code_ : say_interrupted();
  }

 private:
  Result<void> start_publishing() {
    DECNET_TRY(publishing_, Publishing::start(context_.config));
    std::vector<std::string> logs;
    for (const auto& file : import_.files) logs.push_back(name_of_log(file));
    recorder_.emplace(sessions::Recorder::Parts{.database = *database_,
                                                .book = book_,
                                                .clock = system_clock(),
                                                .logs = std::move(logs),
                                                .positions = {},
                                                .published = [this] { publishing_->nudge(); },
                                                .wait = {}});
    return recorder_->resume();
  }

  void read(const std::string& file) {
    auto source = importers::open_lines(file);
    if (!source) {
      exit_code_ = context_.failed(source.error());
      return;
    }
    ++files_;
    if (const auto imported = import_from(file, **source); !imported) {
      exit_code_ = context_.failed(imported.error());
    }
  }

  Result<void> import_from(const std::string& file, importers::LineSource& source) {
    const auto started = std::chrono::steady_clock::now();
    ImportReport report;
    Progress progress(context_.err, "KiB");
    importers::ImportOptions options{
        .batch_lines = import_.lines_in_batch(),
        .progress =
            [&](const ImportReport& now, const importers::LineSource& at) {
              progress.update((bytes_done_ + at.bytes_read()) / 1024, bytes_total_ / 1024,
                              fmt::format("{} lines", with_thousands(now.lines)));
            },
        .stop = [this] { return signals_.received() != 0; }};
    importers::LineReader reader = make_reader_(book_.known());
    if (recorder_) {
      options.track_sessions = true;
      options.store = [this](const importers::ObservationBatch& batch) {
        return recorder_->store(batch);
      };
      reader = [inner = std::move(reader), log = name_of_log(file)](
                   std::string_view line, importers::ObservationBatch& batch) {
        batch.begin_log(log, false);
        return inner(line, batch);
      };
    }
    auto imported =
        importers::import_lines(source, reader, database_->observations(), options, report);
    progress.clear();
    bytes_done_ += source.bytes_read();
    add(total_, report);
    say_file(file, report, std::chrono::steady_clock::now() - started);
    return imported;
  }

  // Everything that was read is said; what an interruption cut off goes on in the next import.
  void finish_publishing() {
    if (!publishing_) return;
    if (const auto finished = recorder_->finish(signals_.received() != 0); !finished) {
      exit_code_ = context_.failed(finished.error());
    }
    publishing_->finish(kPublishGrace);
    const auto& counters = book_.counters();
    sessions_ = {counters.messages, counters.commands, counters.refused, 0, 0, counters.left_out};
    publishing_->report(*database_, sessions_);
    if (sessions_.waiting == 0) return;
    exit_code_ = context_.failed(waiting_text(sessions_.waiting, publishing_->bus_state()));
  }

  void say_file(const std::string& file, const ImportReport& report, Seconds elapsed) const {
    for (const auto& damage : report.damage) context_.err.line(printable(damage));
    if (report.damaged > report.damage.size()) {
      context_.err.line(fmt::format("{}: {} more damaged lines", printable(file),
                                    report.damaged - report.damage.size()));
    }
    if (report.stored.refused_commands > 0) {
      context_.err.line(
          fmt::format("{}: {} commands refused: the history of their attacker is full",
                      printable(file), report.stored.refused_commands));
    }
    if (import_.json) {
      Json line = Json::object({{"type", "file"}, {"file", to_valid_utf8(file)}});
      add_counters(line, report);
      line.set("elapsed_s", elapsed.count());
      Json::Array damage(report.damage.begin(), report.damage.end());
      line.set("damage", std::move(damage));
      context_.out.line(line.dump());
    } else {
      context_.out.line(fmt::format("file={} {} elapsed_s={:.2f}", as_value(file),
                                    counters_text(report), elapsed.count()));
    }
    (void)context_.out.flush();  // what got lost is said at the end
  }

  void say_total(Seconds elapsed) const {
    if (import_.json) {
      Json line = Json::object({{"type", "total"}, {"files", static_cast<std::int64_t>(files_)}});
      add_counters(line, total_);
      if (publishing_) add_counters(line, sessions_);
      line.set("elapsed_s", elapsed.count());
      context_.out.line(line.dump());
      return;
    }
    if (import_.files.size() > 1) {
      context_.out.line(fmt::format("total files={} {} elapsed_s={:.2f}", files_,
                                    counters_text(total_), elapsed.count()));
    }
    if (publishing_) context_.out.line(counters_text(sessions_));
  }

  int say_interrupted() const {
    if (import_.json) {
      context_.out.line(Json::object({{"type", "interrupted"}}).dump());
    } else {
      context_.out.line("");
      context_.out.line(context_.out.styled(Style::kYellow, "Import interrupted."));
    }
    return 128 + signals_.received();  // as shells report it: not everything is there
  }

  Context& context_;
  const LogImport& import_;
  const MakeReader& make_reader_;
  const StopSignals signals_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<Publishing> publishing_;
  sessions::SessionBook book_;
  std::optional<sessions::Recorder> recorder_;
  ImportReport total_;
  SessionReport sessions_;
  std::size_t files_ = 0;
  std::uint64_t bytes_done_ = 0;
  std::uint64_t bytes_total_ = 0;
  int exit_code_ = kSuccess;
};

}  // namespace

int import_once(Context& context, const LogImport& import, const MakeReader& make_reader) {
  return Once(context, import, make_reader).run();
}

}  // namespace decnet::cli
