// Workload: numbered session events and what the tagger, run offline, makes of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "decnet/bus/envelope.h"
#include "decnet/tagging/tagger.h"
#include "tests/invented_history.h"

namespace decnet::torture {

class Workload {
 public:
  explicit Workload(std::uint64_t seed);

  // The next event: session "t-<number>" of one of the known attackers, or of a late one, whose row
  // add_late_attacker() makes.
  bus::Envelope next(bool of_late_attacker = false);

  // Writes the rows of the known attackers, or of the late one.
  static void add_attackers(const std::filesystem::path& database);
  static void add_late_attacker(const std::filesystem::path& database);

  // The uuids of the tags each session must have, by its id.
  [[nodiscard]] const std::map<std::string, std::set<std::string>>& expected() const {
    return expected_;
  }

 private:
  void expect(const bus::Envelope& event, const std::string& session);

  test::Random random_;
  tagging::Tagger tagger_;
  std::size_t number_ = 0;
  std::map<std::string, std::set<std::string>> expected_;
};

}  // namespace decnet::torture
