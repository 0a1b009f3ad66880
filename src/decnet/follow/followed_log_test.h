// What the tests of followed logs share: a directory with a log that is rotated as real programs do
// it, and what is read of it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decnet/base/file.h"
#include "decnet/base/log.h"
#include "decnet/follow/followed_log.h"
#include "tests/test_main.h"

namespace decnet::follow {

class FollowedLogTest : public testing::Test {
 protected:
  using Got = importers::LineSource::Got;

  [[nodiscard]] std::string path(const std::string& name = "log") const {
    return (directory_.path() / name).string();
  }
  void append(const std::string& text, const std::string& name = "log") const {
    std::ofstream(path(name), std::ios::app | std::ios::binary) << text;
  }
  void rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(path(from), path(to));
  }
  // Later than everything written before, so that times tell the order.
  void age(const std::string& name, int seconds) const {
    timespec times[2] = {{1'700'000'000 + seconds, 0}, {1'700'000'000 + seconds, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, path(name).c_str(), times, 0), 0);
  }
  void pack(const std::string& from, const std::string& to) const {
    const std::string text = read_file(path(from)).value();
    const gzFile file = gzopen(path(to).c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    std::filesystem::remove(path(from));
  }

  // Begins to follow; again, with the places, as another process would.
  void open(const std::optional<Json>& places = std::nullopt) {
    log_.reset();
    auto opened = FollowedLog::open(path(), places, [this] { return now_; });
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = *std::move(opened);
  }
  void restart() {
    const Json places = Json::parse(log_->places().dump()).value();
    open(places);
  }
  // How many files are being read: its places without what is known of others.
  [[nodiscard]] std::size_t being_read() const { return log_->places().array()->size() - 1; }
  // What there is now.
  std::vector<std::string> lines() {
    std::vector<std::string> all;
    for (std::string_view line;;) {
      const Got got = log_->next(line);
      if (got == Got::kIdle) return all;
      all.emplace_back(got == Got::kLine ? line : "<cut>");
    }
  }
  std::vector<std::string> warnings() const {
    std::vector<std::string> texts;
    for (const auto& record : capture_.records()) {
      if (record.level == log::Level::kWarning) texts.push_back(record.message);
    }
    return texts;
  }

  test::TempDir directory_;
  const log::Capture capture_;
  std::chrono::steady_clock::time_point now_{};
  std::unique_ptr<FollowedLog> log_;
};

}  // namespace decnet::follow
