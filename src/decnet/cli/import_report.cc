#include "decnet/cli/import_report.h"

#include <fmt/format.h>

#include "decnet/base/python_text.h"

namespace decnet::cli {
namespace {

Json number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

std::string as_value(const std::string& name) {
  const auto quoted = python_repr(name);
  const bool plain = !name.empty() && quoted.size() == name.size() + 2 &&
                     name.find_first_of(" '\"=") == std::string::npos;
  return plain ? name : quoted;
}

void add(importers::ImportReport& total, const importers::ImportReport& file) {
  total.lines += file.lines;
  total.events += file.events;
  total.ignored += file.ignored;
  total.damaged += file.damaged;
  total.stored.new_attackers += file.stored.new_attackers;
  total.stored.new_commands += file.stored.new_commands;
  total.stored.known_commands += file.stored.known_commands;
  total.stored.new_logins += file.stored.new_logins;
  total.stored.known_logins += file.stored.known_logins;
  total.stored.new_events += file.stored.new_events;
  total.stored.known_events += file.stored.known_events;
  total.stored.events_kept = total.stored.events_kept && file.stored.events_kept;
  total.stored.refused_commands += file.stored.refused_commands;
  total.stored.logins_kept = total.stored.logins_kept && file.stored.logins_kept;
}

std::string counters_text(const importers::ImportReport& report) {
  return fmt::format(
      "lines={} events={} ignored={} damaged={} attackers={} commands={} known_commands={} "
      "logins={} known_logins={} records={} known_records={}",
      report.lines, report.events, report.ignored, report.damaged, report.stored.new_attackers,
      report.stored.new_commands, report.stored.known_commands, report.stored.new_logins,
      report.stored.known_logins, report.stored.new_events, report.stored.known_events);
}

void add_counters(Json& line, const importers::ImportReport& report) {
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
  line.set("new_records", number(report.stored.new_events));
  line.set("known_records", number(report.stored.known_events));
  line.set("records_kept", report.stored.events_kept);
}

std::string counters_text(const SessionReport& report) {
  return fmt::format("sessions={} published={} waiting={}", report.sessions, report.published,
                     report.waiting);
}

void add_counters(Json& line, const SessionReport& report) {
  line.set("sessions", number(report.sessions));
  line.set("session_commands", number(report.commands));
  line.set("unpublishable_commands", number(report.refused));
  line.set("left_out_entries", number(report.left_out));
  line.set("published", number(report.published));
  line.set("waiting", number(report.waiting));
}

}  // namespace decnet::cli
