#include "decnet/matching/re2_set.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <mutex>

#include "decnet/base/utf8.h"

namespace decnet::matching {
namespace {

// For the automata that find one pattern in a text where it is known to be. When one outgrows it,
// RE2 goes on without states: slower by a factor, linear still.
constexpr std::int64_t kFinderMemory = std::int64_t{4} << 20;

RE2::Options options(std::int64_t memory) {
  RE2::Options result;
  result.set_max_mem(memory);
  result.set_never_capture(true);
  result.set_log_errors(false);  // it would write to stderr; errors are returned here
  return result;
}

}  // namespace

// Patterns [begin, end) in one automaton; without one where even a single pattern has no room.
struct Re2Set::Shard {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::unique_ptr<RE2::Set> set;
};

struct Re2Set::Finder {
  std::once_flag made;
  std::unique_ptr<const RE2> regex;
};

Re2Set::Re2Set() = default;
Re2Set::~Re2Set() = default;

std::optional<std::string> Re2Set::problem(const std::string& pattern) {
  const RE2 regex(pattern, options(kFinderMemory));
  if (regex.error_code() == RE2::ErrorPatternTooLarge || regex.ProgramSize() > kMaxProgramSize) {
    return fmt::format(
        "too large: it compiles to more than {} instructions; shorten its counted repeats",
        kMaxProgramSize);
  }
  if (!regex.ok()) return printable(regex.error());
  return std::nullopt;
}

std::unique_ptr<Re2Set> Re2Set::compile(std::vector<std::string> patterns,
                                        std::int64_t set_memory) {
  auto result = std::make_unique<Re2Set>();
  result->patterns_ = std::move(patterns);
  result->finders_ = std::make_unique<Finder[]>(result->patterns_.size());
  if (!result->patterns_.empty()) result->add_shards(0, result->patterns_.size(), set_memory);
  return result;
}

void Re2Set::add_shards(std::size_t begin, std::size_t end, std::int64_t set_memory) {
  auto set = std::make_unique<RE2::Set>(options(set_memory), RE2::UNANCHORED);
  for (std::size_t i = begin; i < end; ++i) set->Add(patterns_[i], nullptr);
  if (set->Compile()) {
    shards_.push_back({begin, end, std::move(set)});
  } else if (end - begin == 1) {
    shards_.push_back({begin, end, nullptr});
  } else {
    const std::size_t middle = begin + (end - begin) / 2;
    add_shards(begin, middle, set_memory);
    add_shards(middle, end, set_memory);
  }
}

void Re2Set::scan(std::string_view text, std::vector<std::size_t>& matched) const {
  thread_local std::vector<int> found;  // keeps its room between texts
  for (const Shard& shard : shards_) {
    RE2::Set::ErrorInfo error{RE2::Set::kOutOfMemory};
    if (shard.set != nullptr && shard.set->Match({text.data(), text.size()}, &found, &error)) {
      for (const int index : found)
        matched.push_back(shard.begin + static_cast<std::size_t>(index));
    } else if (error.kind != RE2::Set::kNoError) {
      fallbacks_.fetch_add(1, std::memory_order_relaxed);
      for (std::size_t i = shard.begin; i < shard.end; ++i) {
        if (find(i, text)) matched.push_back(i);
      }
    }
  }
}

std::optional<Span> Re2Set::find(std::size_t index, std::string_view text) const {
  Finder& finder = finders_[index];
  std::call_once(finder.made, [&] {
    finder.regex = std::make_unique<const RE2>(patterns_[index], options(kFinderMemory));
  });
  re2::StringPiece where;
  const re2::StringPiece subject(text.data(), text.size());
  if (!finder.regex->Match(subject, 0, subject.size(), RE2::UNANCHORED, &where, 1)) {
    return std::nullopt;
  }
  const auto begin = static_cast<std::size_t>(where.data() - subject.data());
  return Span{begin, begin + where.size()};
}

}  // namespace decnet::matching
