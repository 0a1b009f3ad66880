// How long a saved rule takes to be in force: files of that many rules, a follower on its thread,
// and one of them saved after the other with another version. On the clock of the wall, from the
// save until the tagger has the new version.
//
//   follow_bench [saves]          (default: 30; needs rules/ttp)
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/rule_documents.h"
#include "decnet/rulebook/follower.h"
#include "decnet/rulestore/open.h"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

class Place {
 public:
  Place() {
    std::string name = (fs::temp_directory_path() / "decnet-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
    fs::create_directory(path_ / "rules");
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  void save(std::size_t number, const std::string& document) const {
    std::ofstream(path_ / fmt::format("rules/R{:05}.yaml", number)) << document;
  }
  [[nodiscard]] std::unique_ptr<decnet::rulestore::RuleStore> open() const {
    return decnet::rulestore::open_directory(path_ / "rules", path_ / "states");
  }

 private:
  fs::path path_;
};

// The same rule in another version, with another pattern: a bracket more that changes nothing.
std::string edited(std::string document, int version) {
  const auto at = document.find("rule_version: ");
  const auto end = document.find('\n', at);
  document.replace(at, end - at, fmt::format("rule_version: {}", version));
  auto pattern = document.find("pattern: '");
  if (pattern == std::string::npos) return document;
  pattern += 10;
  if (document.compare(pattern, 4, "(?i)") == 0) pattern += 4;
  return document.insert(pattern, fmt::format("(?:only{}never|)", version));
}

void measure(std::size_t rules, std::size_t saves) {
  const Place place;
  const auto documents = decnet::bench::rule_documents(rules);
  for (std::size_t i = 0; i < documents.size(); ++i) place.save(i, documents[i]);
  auto opened =
      decnet::rulebook::Rulebook::open(place.open(), decnet::attack::Catalogue::built_in(), "");
  if (!opened) throw std::runtime_error(opened.error().message);
  const auto& book = *opened;
  decnet::tagging::Tagger tagger(book->rules(), decnet::system_clock());
  decnet::rulebook::Follower follower(
      {.book = *book, .tagger = tagger, .component = "ttp.store.filesystem"});
  std::thread thread([&follower] { follower.run([](auto) {}); });

  std::vector<double> times;
  for (std::size_t i = 0; i < saves; ++i) {
    const std::size_t number = i * 7919 % documents.size();
    const int version = 1000 + static_cast<int>(i);
    const auto& id = book->rules()->rules()[number]->definition.id;
    const auto began = Clock::now();
    place.save(number, edited(documents[number], version));
    while (tagger.rules()->find(id)->definition.version != version) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      if (Clock::now() - began > std::chrono::seconds(60)) throw std::runtime_error("never seen");
    }
    times.push_back(Milliseconds(Clock::now() - began).count());
  }
  follower.stop();
  thread.join();
  std::sort(times.begin(), times.end());
  fmt::print("{:>6} {:>10.1f} {:>10.1f} {:>10.1f}\n", rules, times[times.size() / 2],
             times[times.size() * 95 / 100], times.back());
}

}  // namespace

int main(int argc, char** argv) {
  const int saves = argc > 1 ? std::atoi(argv[1]) : 30;
  if (saves < 1) {
    fmt::print(stderr, "follow_bench [saves]\n");
    return 2;
  }
  fmt::print("from a save until it is in force, in milliseconds\n{:>6} {:>10} {:>10} {:>10}\n",
             "rules", "median", "95 %", "longest");
  for (const std::size_t rules : {std::size_t{59}, std::size_t{1000}, std::size_t{5000}}) {
    measure(rules, static_cast<std::size_t>(saves));
  }
}
