// Reads logs as they grow, until told to stop.
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/cli/daemon.h"
#include "decnet/cli/database.h"
#include "decnet/cli/import_report.h"
#include "decnet/cli/log_import.h"
#include "decnet/cli/progress.h"
#include "decnet/cli/publishing.h"
#include "decnet/cli/service_manager.h"
#include "decnet/cli/stop_signals.h"
#include "decnet/cli/table.h"
#include "decnet/follow/followed_logs.h"
#include "decnet/sessions/recorder.h"

namespace decnet::cli {
namespace {

using importers::ImportReport;
using SteadyClock = std::chrono::steady_clock;

constexpr const char* kComponent = "import";
constexpr std::chrono::seconds kSummary{60};
// For what waits at the end: it goes on at the next start, and a service manager gets impatient.
constexpr std::chrono::seconds kPublishGrace{3};

// Damaged lines as they come, but not all of those that somebody writes to fill the log.
class DamageNotes {
 public:
  static constexpr std::uint64_t kNamed = 10;  // between two summaries

  void note(Context& context, const std::string& damage) {
    if (++count_ > kNamed) return;
    context.err.line(printable(damage));
    log::info(kComponent, damage);
  }
  void summary(Context& context) {
    if (const auto count = std::exchange(count_, 0); count > kNamed) {
      context.err.line(fmt::format("{} more damaged lines", count - kNamed));
    }
  }

 private:
  std::uint64_t count_ = 0;
};

class Following {
 public:
  Following(Context& context, const LogImport& import, const MakeReader& make_reader)
      : context_(context),
        import_(import),
        make_reader_(make_reader),
        book_(import.book_options()),
        progress_(context.err, "KiB") {}

  int run() {
    outlive_failed_writes();
    if (const auto opened = open(); !opened) return context_.failed(opened.error());
    say_beginning();
    manager_.ready();
    const auto read = follow();
    manager_.stopping();
    progress_.clear();
    int exit_code = kSuccess;
    if (!read) exit_code = context_.failed(read.error());
    if (const auto said = finish(); !said) exit_code = context_.failed(said.error());
    damage_.summary(context_);
    say("total");
    if (sessions_.waiting > 0) {
      context_.err.line(fmt::format("decnet {}: {}", context_.command,
                                    waiting_text(sessions_.waiting, publishing_->bus_state())));
    }
    return exit_code;
  }

 private:
  Result<void> open() {
    DECNET_TRY(database_, open_database(context_.config, storage::OpenMode::kCreate));
    if (import_.publish) {
      DECNET_TRY(publishing_, Publishing::start(context_.config));
    }
    if (!database_->journal().kept()) {
      context_.err.line(fmt::format(
          "decnet {}: {} has no table to remember how far a log was read: every start reads it "
          "from its beginning (`decnet db init` adds the table)",
          context_.command, printable(database_->name())));
    }
    std::vector<std::string> names;
    std::vector<std::unique_ptr<follow::FollowedLog>> logs;
    for (const auto& file : import_.files) {
      std::string name = name_of_log(file);
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      DECNET_TRY(const auto places, database_->journal().position(name));
      DECNET_TRY(auto log, follow::FollowedLog::open(name, places));
      logs.push_back(std::move(log));
      names.push_back(std::move(name));
    }
    logs_.emplace(std::move(logs));
    recorder_.emplace(sessions::Recorder::Parts{.database = *database_,
                                                .book = book_,
                                                .clock = system_clock(),
                                                .logs = std::move(names),
                                                .positions = [this] { return logs_->places(); },
                                                .published =
                                                    [this] {
                                                      if (publishing_) publishing_->nudge();
                                                    },
                                                .wait = [this](auto time) { return wait(time); }});
    return recorder_->resume();
  }

  Result<void> follow() {
    const auto inner = make_reader_(book_.known());
    const importers::LineReader reader = [&](std::string_view line,
                                             importers::ObservationBatch& batch) {
      batch.begin_log(logs_->current().path(), logs_->current().live());
      return inner(line, batch);
    };
    importers::ImportOptions options;
    options.batch_lines = import_.lines_in_batch();
    options.track_sessions = true;
    options.store = [this](const importers::ObservationBatch& batch) {
      return recorder_->store(batch);
    };
    options.damaged = [this](const std::string& damage) {
      progress_.clear();
      damage_.note(context_, damage);
    };
    options.progress = [this](const ImportReport&, const importers::LineSource&) { tick(); };
    options.stop = [this] { return signals_.received() != 0 || failure_; };
    DECNET_CHECK(
        importers::import_lines(*logs_, reader, database_->observations(), options, report_));
    if (failure_) return fail(*failure_);
    return {};
  }

  void tick() {
    manager_.alive();
    if (const auto ticked = recorder_->tick(); !ticked && signals_.received() == 0) {
      failure_ = ticked.error();
    }
    progress_.update(logs_->bytes_read() / 1024, 0,
                     fmt::format("{} lines, {} open sessions", with_thousands(report_.lines),
                                 with_thousands(book_.open())));
    if (SteadyClock::now() < next_summary_) return;
    next_summary_ = SteadyClock::now() + kSummary;
    damage_.summary(context_);
    if (report_.lines == summed_up_) return;
    progress_.clear();
    count_sessions();
    say("progress");
  }

  // Waits for a database that does not answer; false when it is time to stop.
  bool wait(std::chrono::milliseconds time) {
    const auto end = SteadyClock::now() + time;
    for (;;) {
      manager_.alive();
      if (signals_.received() != 0) return false;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - SteadyClock::now());
      if (left.count() <= 0) return true;
      (void)::poll(nullptr, 0, static_cast<int>(std::min<std::int64_t>(left.count(), 200)));
    }
  }

  Result<void> finish() {
    if (!publishing_) return {};
    auto said = recorder_->finish(true);
    publishing_->finish(kPublishGrace);
    count_sessions();
    return said;
  }

  void count_sessions() {
    if (!publishing_) return;
    const auto& counters = book_.counters();
    sessions_ = {counters.messages, counters.commands, counters.refused, 0, 0, counters.left_out};
    publishing_->report(*database_, sessions_);
  }

  void say_beginning() {
    for (const auto& [log, places] : logs_->places()) {
      const auto* all = places.array();
      const Json place = all == nullptr || all->empty() ? Json() : all->back();
      const Json* done =
          place.find("done");  // then there is a new file, and nothing of it was read
      const Json* offset = done != nullptr && done->truthy() ? nullptr : place.find("offset");
      const bool known = offset != nullptr && offset->integer() != nullptr;
      if (import_.json) {
        Json line = Json::object({{"type", "following"}, {"file", to_valid_utf8(log)}});
        line.set("offset", known ? *offset : Json(0));
        context_.out.line(line.dump());
      } else {
        context_.out.line(fmt::format("following file={} offset={}", as_value(log),
                                      known ? *offset->integer() : 0));
      }
    }
    (void)context_.out.flush();  // what got lost is said at the end
  }

  void say(std::string_view type) {
    summed_up_ = report_.lines;
    const Seconds elapsed = SteadyClock::now() - started_;
    if (import_.json) {
      Json line = Json::object({{"type", type}});
      add_counters(line, report_);
      if (publishing_) add_counters(line, sessions_);
      line.set("elapsed_s", elapsed.count());
      context_.out.line(line.dump());
    } else {
      std::string text = fmt::format("{} {}", type, counters_text(report_));
      if (publishing_) text += " " + counters_text(sessions_);
      context_.out.line(fmt::format("{} elapsed_s={:.2f}", text, elapsed.count()));
    }
    (void)context_.out.flush();
  }

  Context& context_;
  const LogImport& import_;
  const MakeReader& make_reader_;
  const StopSignals signals_;
  ServiceManager manager_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<Publishing> publishing_;
  sessions::SessionBook book_;
  std::optional<follow::FollowedLogs> logs_;
  std::optional<sessions::Recorder> recorder_;
  Progress progress_;
  DamageNotes damage_;
  ImportReport report_;
  SessionReport sessions_;
  std::optional<Error> failure_;
  const SteadyClock::time_point started_ = SteadyClock::now();
  SteadyClock::time_point next_summary_ = started_ + kSummary;
  std::uint64_t summed_up_ = 0;  // lines at the last summary
};

}  // namespace

int follow_logs(Context& context, const LogImport& import, const MakeReader& make_reader) {
  return Following(context, import, make_reader).run();
}

}  // namespace decnet::cli
