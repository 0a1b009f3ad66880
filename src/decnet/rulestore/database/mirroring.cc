#include "decnet/rulestore/database/mirroring.h"

#include <fmt/format.h>

#include <utility>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/rulestore/database/mirror.h"

namespace decnet::rulestore {
namespace {

constexpr const char* kComponent = "ttp.store.mirror";
// Nothing but wake() ends a wait on a directory where nothing happens.
constexpr std::chrono::hours kForLong{1};
// Between two tries to reach a database that does not answer.
constexpr std::chrono::seconds kNextTry{1};

void log_mirrored(const Mirrored& mirrored, const std::string& database) {
  if (!mirrored.put.empty() || !mirrored.removed.empty()) {
    log::info(kComponent, fmt::format("{}: {} rules put, {} removed", database, mirrored.put.size(),
                                      mirrored.removed.size()));
  }
  for (const RuleId& rule : mirrored.withheld) {
    log::debug(kComponent, fmt::format("{}: {} stays while a file of the directory does not load",
                                       database, printable(rule.text())));
  }
}

}  // namespace

Mirroring::Mirroring(std::unique_ptr<RuleStore> directory,
                     std::unique_ptr<storage::Database> database, const Clock& clock)
    : directory_(std::move(directory)),
      database_(std::move(database)),
      clock_(clock),
      problem_log_(kComponent) {}

bool Mirroring::mirror_once() {
  const auto contents = directory_->load();
  if (!contents) {
    tell({status().broken, contents.error().message});
    return false;
  }
  problem_log_.tell(contents->problems);
  const auto mirrored = mirror(*contents, *database_, kMirrorName, clock_);
  if (mirrored) log_mirrored(*mirrored, database_->name());
  tell({broken(contents->problems), mirrored ? "" : mirrored.error().message});
  return mirrored.has_value();
}

void Mirroring::run() {
  bool done = mirror_once();
  while (!stopping_) {
    const bool something = directory_->wait(done ? std::chrono::milliseconds(kForLong) : kNextTry);
    if (stopping_) return;
    if (something || !done) done = mirror_once();
  }
}

void Mirroring::stop() {
  stopping_ = true;
  directory_->wake();
}

void Mirroring::tell(Status now) {
  const std::lock_guard lock(mutex_);
  if (!now.failure.empty() && now.failure != status_.failure) {
    log::warning(kComponent, fmt::format("rules not put into {}: {}; trying again every second",
                                         database_->name(), now.failure));
  } else if (now.failure.empty() && !status_.failure.empty()) {
    log::info(kComponent, fmt::format("{} takes rules again", database_->name()));
  }
  status_ = std::move(now);
}

Mirroring::Status Mirroring::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace decnet::rulestore
