// torture [--transport nats|unix] [--kills N] [--seed S]
//
// Feeds numbered events to a real worker over a real bus while killing the worker, restarting the
// bus and locking the database at moments that the seed chooses; then compares what is stored and
// announced with what the tagger makes of the same events offline. Prints its figures and every
// promise, kept or broken; exit code 1 when one is broken.
#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <exception>
#include <string_view>

#include "tests/torture/scene.h"

namespace {

bool read_number(std::string_view text, std::uint64_t& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size();
}

}  // namespace

int main(int argc, char** argv) {
  std::string_view transport = "nats";
  std::uint64_t kills = 10;
  std::uint64_t seed = 20261121;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    const bool known = (option == "--transport" && (value == "nats" || value == "unix")) ||
                       (option == "--kills" && read_number(value, kills)) ||
                       (option == "--seed" && read_number(value, seed));
    if (!known) {
      fmt::print(stderr, "usage: torture [--transport nats|unix] [--kills N] [--seed S]\n");
      return 2;
    }
    if (option == "--transport") transport = value;
    ++i;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  fmt::print("torture: transport {}, {} kills, seed {}\n", transport, kills, seed);
  try {
    const int broken = transport == "nats" ? decnet::torture::on_nats(seed, kills)
                                           : decnet::torture::on_unix(seed, kills);
    return broken == 0 ? 0 : 1;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "torture: {}\n", problem.what());
    return 1;
  }
}
