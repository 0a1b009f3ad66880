// RawNats: a connection to a NATS server that speaks its text protocol byte by byte, and so can say
// what no client library would.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace decnet::test {

class RawNats {
 public:
  explicit RawNats(std::uint16_t port);
  RawNats(const RawNats&) = delete;
  RawNats& operator=(const RawNats&) = delete;
  ~RawNats();

  bool send(std::string_view bytes);
  bool publish(std::string_view subject, std::string_view body);
  // Reads until `enough` of what came, or until the server ends the connection; returns all of it.
  const std::string& read_until(const std::function<bool(const std::string& received)>& enough);
  // The server has taken all that was sent. False when it ended the connection.
  bool sync();

  // What the server answers to a request of its own interface.
  std::string ask(const std::string& subject, const std::string& body = "");

 private:
  int socket_ = -1;
  std::string received_;
};

}  // namespace decnet::test
