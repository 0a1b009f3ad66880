#include "decnet/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace decnet {
namespace {

constexpr unsigned kMostThreads = 8;  // a large machine is not ours alone, and starts are short

}  // namespace

unsigned processors() { return std::clamp(std::thread::hardware_concurrency(), 1U, kMostThreads); }

void for_each_index(std::size_t count, unsigned threads,
                    const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr thrown;
  std::size_t thrown_by = count;
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {  // goes on in the calling thread
        const std::lock_guard lock(mutex);
        if (i >= thrown_by) continue;
        thrown_by = i;
        thrown = std::current_exception();
      }
    }
  };
  std::vector<std::jthread> others;
  const std::size_t wanted = std::min<std::size_t>(threads, count);
  others.reserve(wanted);
  try {
    while (others.size() + 1 < wanted) others.emplace_back(run);
  } catch (const std::system_error&) {  // a limit on threads: those there are do it all
  }
  run();
  others.clear();  // waits for them
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace decnet
