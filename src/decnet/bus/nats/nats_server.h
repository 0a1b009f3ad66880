// A real NATS server with JetStream for tests: a child process on a free port of this machine, with
// a store of its own that survives a kill.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace decnet::bus::test {

class NatsServer {
 public:
  // Chooses the port; starts nothing. `settings` is a configuration as the server reads it.
  explicit NatsServer(std::filesystem::path store, std::string settings = "");
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;
  ~NatsServer() { kill(); }

  // Returns when it listens; false when it does not within a generous time.
  bool start();
  // With SIGKILL.
  void kill();
  [[nodiscard]] std::string url() const;
  // Publishes as any other program could: the body as it is.
  void publish(const std::string& subject, const std::string& body) const;

 private:
  [[nodiscard]] int connect() const;

  const std::filesystem::path store_;
  const std::string settings_;
  int port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace decnet::bus::test
