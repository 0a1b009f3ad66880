// decnet ttp: the live worker.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <memory>
#include <optional>

#include "decnet/base/log.h"
#include "decnet/base/python_text.h"
#include "decnet/bus/disabled/disabled_bus.h"
#include "decnet/cli/commands.h"
#include "decnet/cli/daemon.h"
#include "decnet/cli/database.h"
#include "decnet/cli/dead_letters.h"
#include "decnet/cli/detection.h"
#include "decnet/cli/metrics_server.h"
#include "decnet/cli/open_bus.h"
#include "decnet/cli/open_rule_store.h"
#include "decnet/cli/service_manager.h"
#include "decnet/cli/stop_signals.h"
#include "decnet/cli/worker_report.h"
#include "decnet/mail/stored_mail.h"
#include "decnet/rulebook/follower.h"
#include "decnet/rulestore/database/mirroring.h"
#include "decnet/rulestore/open.h"
#include "decnet/tagging/rate_limit.h"
#include "decnet/worker/worker.h"

namespace decnet::cli {
namespace {

constexpr const char* kComponent = "ttp.worker";
// A tick this long never comes; a longer one would overflow the clock. A shorter one than the clock
// can tell from none would keep the database busy for nothing.
constexpr double kLongestTick = 86400.0 * 365;
constexpr double kShortestTick = 1e-3;

// The service thread waits no longer for it: heartbeats and the watchdog are its business too.
constexpr std::chrono::seconds kLookedAtAgain{10};

volatile std::sig_atomic_t reload_asked = 0;

class Ttp : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Tags live events with MITRE ATT&CK techniques, until Ctrl+C, SIGTERM or a stop on "
            "system.ttp.control. Events come from the bus; tags go to the database, and what was "
            "really new is announced on the bus as ttp.tagged and ttp.rule.fired.<technique>.\n\n"
            "Rules and their states are followed: what is saved, deleted, disabled or clipped is "
            "in force within moments, and announced as ttp.rule.reloaded.<rule> and "
            "ttp.rule.state.<rule>. A broken file keeps its last good version. SIGHUP has "
            "everything looked at again, the ATT&CK bundle too. Tags that were withheld are told, "
            "a sample of them, as ttp.rule.suppressed.\n\n"
            "Without a bus the worker goes on with what it finds in the database. Before it stops "
            "it commits what it has taken.\n\n"
            "On a database of the DECNET framework, `decnet db init` first adds the tables that "
            "make announcements survive a crash. Without them what the bus misses is not caught "
            "up, and messages that are given up are files in the spool directory, at most 10000.",
        .environment = {"DECNET_DB_PATH", "DECNET_TTP_RULES_DIR", "DECNET_TTP_RULE_STORE_TYPE",
                        "DECNET_TTP_STATE_DIR", "DECNET_TTP_MIRROR_RULES", "DECNET_TTP_RATE_LIMIT",
                        "DECNET_BUS_TYPE", "DECNET_BUS_SOCKET", "DECNET_BUS_URL",
                        "DECNET_SPOOL_DIR", "DECNET_SYSTEM_LOGS"},
        .examples = {{"decnet ttp", "the worker, on the UNIX socket bus"},
                     {"DECNET_BUS_TYPE=nats DECNET_BUS_URL=nats://127.0.0.1:4222 decnet ttp",
                      "on NATS JetStream"},
                     {"decnet ttp --metrics 127.0.0.1:9464", "with metrics for Prometheus"},
                     {"DECNET_TTP_RULE_STORE_TYPE=database decnet ttp --mirror-rules",
                      "the rules of ./rules/ttp for every worker on this database"}},
        .success = "stopped in good order",
        .failure = "the database, the ATT&CK catalogue or the rules cannot be used"};
  }

  [[nodiscard]] log::Level shown_level() const override { return log::Level::kInfo; }

  void declare(Options& options) override {
    options.positive("--poll-interval,-i", "S", poll_,
                     "Seconds between two looks at the database for what the bus did not bring.");
    options.flag("--daemon,-d", daemon_, "Detaches into the background.");
    options.text("--metrics", "HOST:PORT", metrics_, "Serves Prometheus metrics there.",
                 MetricsServer::check);
    options.flag("--mirror-rules", mirror_rules_,
                 "Keeps the rules in the database as those of the rules directory, for workers "
                 "that take them from there.");
    options.setting("--rate-limit", "RATE", "DECNET_TTP_RATE_LIMIT",
                    "How often a rule may tag one attacker: 20/60s, 100/5m, 1000/1h or off.",
                    [](std::string_view text) -> Result<void> {
                      DECNET_CHECK(tagging::read_rate(text));
                      return {};
                    });
    declare_database_option(options);
    declare_rules_option(options);
  }

  int run(Context& context) override {
    outlive_failed_writes();
    const std::string poll = python_text(*poll_);
    if (daemon_) {
      log::info("cli", fmt::format("ttp daemonizing poll={}", poll));
      if (const auto detached = detach(); !detached) return context.failed(detached.error());
    }
    log::info("cli", fmt::format("ttp command invoked poll={}", poll));
    context.out.line(context.out.styled(Style::kHeader,
                                        fmt::format("TTP tagging worker starting poll={}s", poll)));
    context.out.line(context.out.styled(Style::kDim, "Press Ctrl+C to stop"));
    if (const auto shown = context.out.flush(); !shown && !daemon_) {
      return context.failed(shown.error());
    }
    const StopSignals signals;
    struct sigaction reload {};
    reload.sa_handler = [](int) { reload_asked = 1; };
    sigaction(SIGHUP, &reload, nullptr);
    const int code = work(context, signals);
    if (code == kSuccess && signals.received() == SIGINT) {
      context.out.line("");
      context.out.line(context.out.styled(Style::kYellow, "TTP tagging worker stopped."));
    }
    return code;
  }

 private:
  int work(Context& context, const StopSignals& signals) {
    auto intake_database = open_database(context.config, storage::OpenMode::kCreate);
    if (!intake_database) return context.failed(intake_database.error());
    auto publisher_database = open_database(context.config, storage::OpenMode::kExisting);
    if (!publisher_database) return context.failed(publisher_database.error());
    // The worker waits by itself, hearing of signals meanwhile: the unit allows 15 s to stop.
    for (auto* database : {&*intake_database, &*publisher_database}) {
      (*database)->set_patience(std::chrono::seconds{1});
    }
    const auto rate = tagging::read_rate(context.config.text("DECNET_TTP_RATE_LIMIT"));
    if (!rate) return context.failed(rate.error().in("DECNET_TTP_RATE_LIMIT"));
    std::optional<tagging::RateLimit> rate_limit;
    if (*rate) rate_limit.emplace(**rate, system_clock());
    // First, so that a database that is new has rules when they are looked for.
    const auto mirroring = open_mirroring(context.config);
    if (!mirroring) return context.failed(mirroring.error());
    if (*mirroring) (*mirroring)->mirror_once();
    const auto book = open_rulebook(context.config);
    if (!book) return context.failed(book.error());
    warn_of_no_rules(**book, context.config);
    auto known = open_knowledge(context.config);
    if (!known) return context.failed(known.error());
    tell_what_is_lacking(*(*book)->rules(), *known);
    tagging::Tagger tagger((*book)->rules(), system_clock());
    tagger.know(*std::move(known));
    rulebook::Follower follower(
        {.book = **book,
         .tagger = tagger,
         .component = rule_store_component(context.config),
         .catalogue = [&context] { return open_catalogue(context.config); }});

    log::info(
        kComponent,
        fmt::format("{} rules in force, ATT&CK {}, database {}", tagger.rules()->rules().size(),
                    tagger.rules()->attack_release(), (*intake_database)->name()));

    auto bus = open_bus(context.config, worker::kClientName, context.config.spool_directory());
    if (!bus) {
      log::warning(kComponent, fmt::format("{}; going on without a bus", bus.error().message));
      bus = bus::make_disabled_bus(bus.error().message);
    }
    ServiceManager manager;
    tagging::Measurements measurements;
    MetricsServer metrics;
    if (metrics_) {
      if (const auto serving = metrics.start(*metrics_); !serving) {
        return context.failed(serving.error());
      }
      log::info(kComponent, fmt::format("metrics on {}", metrics.url()));
      tagger.measure(measurements);
    }
    storage::DeadLetterFiles dead_letters(dead_letter_directory(context.config));
    WorkerReport report(manager);
    worker::Worker worker(
        {**bus, tagger, **intake_database, **publisher_database, system_clock(),
         [&signals] { return signals.received() != 0; },
         [&](bool alive, const worker::Health& health) {
           if (metrics_) metrics.show(health, measurements.snapshot());
           report.tell(alive, health);
           if (reload_asked == 0) return;
           reload_asked = 0;
           manager.reloading();
           report.remark(look_again(follower, tagger));
           manager.reloaded();
         },
         &follower, mirroring->get(), rate_limit ? &*rate_limit : nullptr,
         [artifacts = context.config.text("DECNET_ARTIFACTS_ROOT")](Event& event) {
           mail::add_stored_message(artifacts, event.payload);
         },
         &dead_letters},
        {.slow_tick = slow_tick()});
    const auto worked = worker.run();
    manager.stopping();
    if (!worked) return context.failed(worked.error());
    return kSuccess;
  }

  [[nodiscard]] std::chrono::milliseconds slow_tick() const {
    const double seconds = std::clamp(*poll_, kShortestTick, kLongestTick);
    return std::chrono::milliseconds(std::llround(std::ceil(seconds * 1000)));
  }

  // Null when nobody asked for it.
  [[nodiscard]] Result<std::unique_ptr<rulestore::Mirroring>> open_mirroring(
      const config::Config& config) const {
    if (!mirror_rules_ && !config.is_true("DECNET_TTP_MIRROR_RULES")) {
      return std::unique_ptr<rulestore::Mirroring>();
    }
    DECNET_TRY(auto database, open_database(config, storage::OpenMode::kExisting));
    database->set_patience(std::chrono::seconds{1});  // it is tried again every second anyway
    return std::make_unique<rulestore::Mirroring>(
        rulestore::open_directory(config.rules_directory(), config.state_directory()),
        std::move(database));
  }

  // Returns what went wrong, or "".
  static std::string look_again(rulebook::Follower& follower, const tagging::Tagger& tagger) {
    std::string problem = follower.look_again(kLookedAtAgain);
    if (problem.empty()) {
      log::info(kComponent, fmt::format("{} rules in force", tagger.rules()->rules().size()));
    } else {
      log::warning(kComponent, problem);
    }
    return problem;
  }

  std::optional<double> poll_ = 60.0;
  bool daemon_ = false;
  std::optional<std::string> metrics_;
  bool mirror_rules_ = false;
};

}  // namespace

std::unique_ptr<Command> ttp() { return std::make_unique<Ttp>(); }

}  // namespace decnet::cli
