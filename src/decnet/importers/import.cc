#include "decnet/importers/import.h"

#include <fmt/format.h>

#include <algorithm>

#include "decnet/base/utf8.h"

namespace decnet::importers {
namespace {

void add(storage::MergeOutcome& sum, const storage::MergeOutcome& one) {
  sum.new_attackers += one.new_attackers;
  sum.new_commands += one.new_commands;
  sum.known_commands += one.known_commands;
  sum.new_logins += one.new_logins;
  sum.known_logins += one.known_logins;
  sum.new_events += one.new_events;
  sum.known_events += one.known_events;
  sum.refused_commands += one.refused_commands;
  sum.logins_kept = sum.logins_kept && one.logins_kept;
  sum.events_kept = sum.events_kept && one.events_kept;
}

class Import {
 public:
  Import(const LineReader& read, storage::Observations& observations, const ImportOptions& options,
         ImportReport& report)
      : read_(read), observations_(observations), options_(options), report_(report) {
    if (options.track_sessions) batch_.track_sessions();
  }

  void take(std::string_view line, bool overlong, const LineSource& source) {
    ++lines_;
    ++report_.lines;
    if (overlong) {
      return damaged(source, fmt::format("longer than {} bytes", LineSource::kMaxLineBytes));
    }
    const auto use = read_(line, batch_);
    if (!use) return damaged(source, use.error().message);
    ++(*use == LineUse::kEvent ? report_.events : report_.ignored);
  }

  [[nodiscard]] bool full() const {
    return lines_ >= options_.batch_lines || batch_.bytes() >= options_.batch_bytes;
  }
  [[nodiscard]] bool pending() const { return lines_ != 0; }

  // Stores the batch and begins the next one.
  Result<void> store() {
    lines_ = 0;
    if (batch_.empty() && !options_.store) return {};
    DECNET_TRY(const auto outcome, options_.store ? options_.store(batch_)
                                                  : observations_.merge(batch_.observations()));
    add(report_.stored, outcome);
    batch_.clear();
    return {};
  }

  // Tells how far it is; whether to go on.
  [[nodiscard]] bool tick(const LineSource& source) const {
    if (options_.progress) options_.progress(report_, source);
    return !(options_.stop && options_.stop());
  }

 private:
  void damaged(const LineSource& source, std::string_view reason) {
    ++report_.damaged;
    if (!options_.damaged && report_.damage.size() >= ImportReport::kMaxNamedLines) return;
    std::string named =
        fmt::format("{}:{}: {}", source.name(), source.line_number(), printable(reason));
    if (options_.damaged) return options_.damaged(named);
    report_.damage.push_back(std::move(named));
  }

  const LineReader& read_;
  storage::Observations& observations_;
  const ImportOptions& options_;
  ImportReport& report_;
  ObservationBatch batch_;
  std::size_t lines_ = 0;  // in the batch
};

}  // namespace

Result<void> import_lines(LineSource& source, const LineReader& read,
                          storage::Observations& observations, const ImportOptions& options,
                          ImportReport& report) {
  Import import(read, observations, options, report);
  const std::size_t tick_lines = std::max<std::size_t>(options.tick_lines, 1);
  for (;;) {
    std::string_view line;
    const auto got = source.next(line);
    const bool over = !got || *got == LineSource::Got::kEnd;  // what was read before counts
    const bool idle = !over && *got == LineSource::Got::kIdle;
    if (!over && !idle) import.take(line, *got == LineSource::Got::kOverlong, source);

    const bool store_now = over || import.full() || (idle && import.pending());
    if (store_now) DECNET_CHECK(import.store());
    if (!store_now && !idle && report.lines % tick_lines != 0) continue;

    const bool go_on = import.tick(source);
    if (!got) return fail(got.error());
    if (over) return {};
    if (!go_on) return import.store();
  }
}

}  // namespace decnet::importers
