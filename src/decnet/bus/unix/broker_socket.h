// BrokerSocket: the place in the file system that a broker serves: a socket, and a lock beside it,
// so that of two brokers that start at once one finds the place taken.
//
// Threads: one.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "decnet/base/error.h"
#include "decnet/bus/unix/socket.h"

namespace decnet::bus {

class BrokerSocket {
 public:
  // Takes the place and listens there, with mode 0660; the socket belongs to the group `group`
  // where that exists and we may say so. A stale socket is removed. The parent directory must
  // exist, but is made when it lies below the user's home.
  // Errors name the path: kConflict when a live broker has it, or what is there is no socket.
  static Result<BrokerSocket> open(std::filesystem::path path, std::string group);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // Readable when somebody wants to connect. Changes with restore().
  [[nodiscard]] int listener() const { return listener_.get(); }

  struct Accepted {
    Descriptor socket;  // none: there was no descriptor for it, and it was turned away
  };
  // The next of those who want to connect; nothing when nobody does.
  std::optional<Accepted> accept();

  // Whether the socket at the path is the one we listen on: somebody may have removed it, or put
  // another one there.
  [[nodiscard]] bool is_ours() const;
  // Where it is not: listens there again, as open() does and with its errors. After an error
  // everything is as before.
  Result<void> restore();

  // Takes nobody any more. The socket is removed where it is ours.
  void close();

 private:
  struct File {
    dev_t device = 0;
    ino_t number = 0;
    friend bool operator==(const File&, const File&) = default;
  };
  BrokerSocket(std::filesystem::path path, std::string group, Descriptor lock);
  Result<void> listen();
  [[nodiscard]] std::optional<File> file_there() const;

  std::filesystem::path path_;
  std::string group_;
  Descriptor lock_;  // flock()ed as long as we live
  Descriptor listener_;
  std::optional<File> file_;
  Descriptor reserve_;  // given up to turn a peer away when there are no more descriptors
};

}  // namespace decnet::bus
