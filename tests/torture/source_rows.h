// SourceRows: what other programs write into the database about attackers, each when its time has
// come, on a thread of its own and so in competition with the worker.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace decnet::torture {

struct SourceRow {
  std::string table;
  std::map<std::string, std::string> values;
};

class SourceRows {
 public:
  explicit SourceRows(std::filesystem::path database);
  SourceRows(const SourceRows&) = delete;
  SourceRows& operator=(const SourceRows&) = delete;
  ~SourceRows();

  // Threads: any.
  void write(std::vector<SourceRow> rows, std::chrono::milliseconds after);
  // Returns when everything is written, whatever its time.
  void finish();

 private:
  using Instant = std::chrono::steady_clock::time_point;
  void run();

  const std::filesystem::path database_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Instant, SourceRow> waiting_;
  bool writing_ = false;
  bool hurried_ = false;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace decnet::torture
