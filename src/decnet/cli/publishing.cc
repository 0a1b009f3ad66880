#include "decnet/cli/publishing.h"

#include <fmt/format.h>

#include <utility>

#include "decnet/base/utf8.h"
#include "decnet/cli/database.h"
#include "decnet/cli/open_bus.h"

namespace decnet::cli {

Result<std::unique_ptr<Publishing>> Publishing::start(const config::Config& config) {
  DECNET_TRY(auto database, open_database(config, storage::OpenMode::kExisting));
  if (!database->journal().kept()) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: has no table for what is to be published (`decnet db init` adds "
                            "it)",
                            database->name()));
  }
  // What an import sends waits in its outbox: nothing comes in that would need a spool.
  DECNET_TRY(auto bus, open_bus(config, "import", {}));
  if (bus->state().link == bus::Link::kDisabled) {
    return fail(ErrorCode::kInvalid,
                "--publish: the bus is switched off (DECNET_BUS_ENABLED=false)");
  }
  if (bus->hears_itself()) {
    return fail(ErrorCode::kInvalid,
                "--publish: the memory bus reaches no other process (DECNET_BUS_TYPE)");
  }
  return std::unique_ptr<Publishing>(new Publishing(std::move(bus), std::move(database)));
}

Publishing::Publishing(std::unique_ptr<bus::Bus> bus, std::unique_ptr<storage::Database> database)
    : bus_(std::move(bus)),
      database_(std::move(database)),
      publisher_(*bus_, database_->journal(), counters_),
      thread_([this] { publisher_.run(); }) {}

Publishing::~Publishing() { finish(std::chrono::milliseconds{0}); }

void Publishing::finish(std::chrono::milliseconds grace) {
  if (!thread_.joinable()) return;
  publisher_.finish(grace);
  thread_.join();
  bus_->close();
}

void Publishing::report(storage::Database& database, SessionReport& report) const {
  report.published = counters_.published;
  if (const auto depth = database.journal().outbox_depth()) report.waiting = *depth;
}

std::string waiting_text(std::uint64_t waiting, const bus::State& state) {
  return fmt::format(
      "{} messages wait in the database until the bus takes them; the next import "
      "with --publish sends them{}",
      waiting,
      state.last_error.empty() ? std::string() : fmt::format(" ({})", printable(state.last_error)));
}

}  // namespace decnet::cli
