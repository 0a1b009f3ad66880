// torture [--transport nats|unix] [--kills N] [--seed S] [--keep DIRECTORY]
//
// Feeds numbered events to a real worker over a real bus while killing the worker, restarting the
// bus, locking the database and filling the queue at moments that the seed chooses; then compares
// what is stored and announced with what the tagger makes of the same events offline. Prints its
// figures and every promise, kept or broken; exit code 1 when one is broken.
//
// What the seed fixes are the events, the blows and their order; how far the processes have come
// when one falls is the machine's.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "tests/torture/scene.h"

namespace {

bool read_number(std::string_view text, std::uint64_t& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size();
}

bool make_empty(const std::filesystem::path& directory) {
  std::error_code problem;
  std::filesystem::create_directories(directory, problem);
  return std::filesystem::is_empty(directory, problem) && !problem;
}

}  // namespace

int main(int argc, char** argv) {
  std::string_view transport = "nats";
  decnet::torture::Orders orders{.seed = 20261121, .kills = 10, .keep = {}};
  for (int i = 1; i < argc; i += 2) {
    const std::string_view option = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    const bool known = (option == "--transport" && (value == "nats" || value == "unix")) ||
                       (option == "--kills" && read_number(value, orders.kills)) ||
                       (option == "--seed" && read_number(value, orders.seed)) ||
                       (option == "--keep" && !value.empty() && make_empty(value));
    if (!known) {
      fmt::print(
          stderr,
          "usage: torture [--transport nats|unix] [--kills N] [--seed S] [--keep EMPTY_DIR]\n");
      return 2;
    }
    if (option == "--transport") transport = value;
    if (option == "--keep") orders.keep = std::filesystem::absolute(value);
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  fmt::print("torture: {}, {} kills, seed {}\n", transport, orders.kills, orders.seed);
  const auto began = std::chrono::steady_clock::now();
  try {
    const int broken =
        transport == "nats" ? decnet::torture::on_nats(orders) : decnet::torture::on_unix(orders);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    fmt::print("torture: {:.0f} s, {}\n", took.count(),
               broken == 0 ? std::string("every promise kept")
                           : fmt::format("{} promises broken", broken));
    return broken == 0 ? 0 : 1;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "torture: {}\n", problem.what());
    return 1;
  }
}
