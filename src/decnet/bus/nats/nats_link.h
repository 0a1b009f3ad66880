// NatsLink: the way to a NATS server, for as long as a bus lives: one connection after the other,
// made again with back-off whenever one ends or cannot be had, and what is known about it
// meanwhile.
//
// Threads: any. One of its own tries again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "decnet/base/error.h"
#include "decnet/bus/bus.h"
#include "decnet/bus/nats/nats_client.h"

namespace decnet::bus {

class NatsLink {
 public:
  // Tries to connect once before it returns; a server that is not there yet is awaited.
  // `prepare` is called with every new connection, which counts as one only when that went well.
  // Errors: kInvalid for options that can never work.
  static Result<std::shared_ptr<NatsLink>> open(NatsBusOptions options,
                                                std::function<Result<void>(NatsSession&)> prepare);
  NatsLink(const NatsLink&) = delete;
  NatsLink& operator=(const NatsLink&) = delete;
  ~NatsLink();

  [[nodiscard]] const NatsBusOptions& options() const { return options_; }
  // The connection of now; null while there is none. Holding it keeps it from going, not from
  // ending.
  [[nodiscard]] std::shared_ptr<NatsSession> session() const;
  [[nodiscard]] State state() const;
  [[nodiscard]] bool closed() const;

  void count_publish(bool taken);
  void count_remade();
  // What keeps events from coming although there is a connection; "" when nothing does any more.
  void set_problem(std::string problem);

  // Says good-bye; no connection is made any more. Safe to call twice.
  void close();

 private:
  // What callbacks of the library still know when the link has gone.
  struct Inside;

  NatsLink(NatsBusOptions options, std::function<Result<void>(NatsSession&)> prepare);
  Result<void> connect();
  Result<void> refuse(Error error);
  void keep();

  const NatsBusOptions options_;
  const std::function<Result<void>(NatsSession&)> prepare_;
  std::shared_ptr<Inside> inside_;
  std::thread keeper_;
};

}  // namespace decnet::bus
