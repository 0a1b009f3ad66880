// NotifySocket: hears what a program tells a service manager (sd_notify(3)).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace decnet::test {

class NotifySocket {
 public:
  // Listens at `path`, which a program finds in NOTIFY_SOCKET.
  explicit NotifySocket(std::filesystem::path path);
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  ~NotifySocket();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  // Reads messages until one has `text`, and returns whether it came.
  bool hears(std::string_view text);
  // Reads what has come by now.
  void read_all();
  // Every message read so far.
  [[nodiscard]] const std::vector<std::string>& heard() const { return heard_; }
  // Whether a message read so far has `text`.
  [[nodiscard]] bool has_heard(std::string_view text) const;
  void forget() { heard_.clear(); }

 private:
  bool read_one();

  std::filesystem::path path_;
  int socket_;
  std::vector<std::string> heard_;
};

}  // namespace decnet::test
