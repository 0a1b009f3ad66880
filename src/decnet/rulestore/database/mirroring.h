// Mirroring: keeps the rules in the database as those of a directory (mirror.h), on a thread of its
// own: what is saved there is in ttp_rule within a second.
//
// What is wrong with files is logged once and told by status(); a database that does not answer is
// tried again every second, and the directory is watched meanwhile.
//
// Threads: run() on one; stop() and status() from any.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "decnet/base/clock.h"
#include "decnet/rulestore/broken.h"
#include "decnet/rulestore/problem_log.h"
#include "decnet/rulestore/rule_store.h"
#include "decnet/storage/database.h"

namespace decnet::rulestore {

class Mirroring {
 public:
  struct Status {
    Broken broken;        // of the directory's files, now
    std::string failure;  // why the database is not as the directory, or ""
  };

  // `directory` is a store of rule files.
  Mirroring(std::unique_ptr<RuleStore> directory, std::unique_ptr<storage::Database> database,
            const Clock& clock = system_clock());
  Mirroring(const Mirroring&) = delete;
  Mirroring& operator=(const Mirroring&) = delete;

  // Once, before run(): for whoever is to find rules in the database from the start. False when it
  // could not be done; it is logged, and run() tries again.
  bool mirror_once();

  void run();  // until stop()
  void stop();

  [[nodiscard]] Status status() const;

 private:
  void tell(Status now);

  const std::unique_ptr<RuleStore> directory_;
  const std::unique_ptr<storage::Database> database_;
  const Clock& clock_;
  ProblemLog problem_log_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  Status status_;
};

}  // namespace decnet::rulestore
