// A broker for tests, served by a thread of its own as long as the object lives.
#pragma once

#include <filesystem>
#include <memory>
#include <thread>

#include "decnet/bus/unix/broker.h"

namespace decnet::bus {

class BrokerInAThread {
 public:
  explicit BrokerInAThread(const std::filesystem::path& socket) {
    BrokerOptions options;
    options.socket = socket;
    broker_ = *Broker::open(options);
    thread_ = std::thread([this] { (void)broker_->run(); });
  }
  BrokerInAThread(const BrokerInAThread&) = delete;
  BrokerInAThread& operator=(const BrokerInAThread&) = delete;
  ~BrokerInAThread() {
    broker_->stop();
    thread_.join();
  }

 private:
  std::unique_ptr<Broker> broker_;
  std::thread thread_;
};

}  // namespace decnet::bus
