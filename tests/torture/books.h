// Books: while broker and worker both live, every event published to the UNIX bus is either done or
// counted as dropped, by the broker or by the worker. Examined to the last event, with a worker
// that begins with nothing, in three sorts of trouble.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/torture/scene.h"
#include "tests/torture/unix_peers.h"

namespace decnet::torture {

class Books {
 public:
  // No worker runs, nobody else publishes. Starts one and ends it.
  void examine(Scene& scene, UnixPeers& peers);

  void report() const;
  void check(Verdict& verdict) const;

 private:
  struct Page {
    std::uint64_t published = 0;
    std::uint64_t twice = 0;  // of them: for the second time
    std::uint64_t dropped_by_broker = 0;
    std::uint64_t dropped_as_told = 0;  // the same, as the worker heard it
    std::uint64_t received = 0;
    std::uint64_t dropped_by_worker = 0;
    std::uint64_t spooled = 0;
    std::uint64_t done = 0;
    std::uint64_t tagged = 0;
    [[nodiscard]] bool balances() const;
  };
  void examine_one(Scene& scene, UnixPeers& peers, std::size_t trouble);

  Page total_;
  std::size_t pages_ = 0;
  std::size_t unbalanced_ = 0;
  std::size_t said_twice_ = 0;
};

}  // namespace decnet::torture
