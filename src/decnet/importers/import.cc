#include "decnet/importers/import.h"

#include <fmt/format.h>

#include "decnet/base/utf8.h"

namespace decnet::importers {
namespace {

void add(storage::MergeOutcome& sum, const storage::MergeOutcome& one) {
  sum.new_attackers += one.new_attackers;
  sum.new_commands += one.new_commands;
  sum.known_commands += one.known_commands;
  sum.new_logins += one.new_logins;
  sum.known_logins += one.known_logins;
  sum.refused_commands += one.refused_commands;
  sum.logins_kept = sum.logins_kept && one.logins_kept;
}

class Import {
 public:
  Import(const LineReader& read, storage::Observations& observations, const ImportOptions& options,
         ImportReport& report)
      : read_(read), observations_(observations), options_(options), report_(report) {}

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

  // Stores the batch and begins the next one; true when the import is to go on.
  Result<bool> store(const LineSource& source) {
    if (!batch_.empty()) {
      DECNET_TRY(const auto outcome, observations_.merge(batch_.observations()));
      add(report_.stored, outcome);
      batch_.clear();
    }
    lines_ = 0;
    if (options_.progress) options_.progress(report_, source);
    return !(options_.stop && options_.stop());
  }

 private:
  void damaged(const LineSource& source, std::string_view reason) {
    ++report_.damaged;
    if (report_.damage.size() >= ImportReport::kMaxNamedLines) return;
    report_.damage.push_back(
        fmt::format("{}:{}: {}", source.name(), source.line_number(), printable(reason)));
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
  for (;;) {
    std::string_view line;
    const auto got = source.next(line);
    if (!got) {
      DECNET_CHECK(import.store(source));
      return fail(got.error());
    }
    switch (*got) {
      case LineSource::Got::kEnd: {
        DECNET_CHECK(import.store(source));
        return {};
      }
      case LineSource::Got::kIdle:
        if (!import.pending() && !(options.stop && options.stop())) continue;
        break;
      case LineSource::Got::kLine:
      case LineSource::Got::kOverlong:
        import.take(line, *got == LineSource::Got::kOverlong, source);
        if (!import.full()) continue;
        break;
    }
    DECNET_TRY(const bool go_on, import.store(source));
    if (!go_on) return {};
  }
}

}  // namespace decnet::importers
