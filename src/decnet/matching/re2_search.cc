#include "decnet/matching/re2_search.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "decnet/base/utf8.h"

namespace decnet::matching {
namespace {

// For the program and the states of one pattern, which are built as texts need them and thrown away
// when the room is full. A pattern that fills it within one text goes on without states: slower by
// a factor (thirty times on the commands that fetch files, with half of this), linear still. Only
// the automata for the leftmost match are built, and RE2 gives them half of it: 2 MiB.
constexpr std::int64_t kMemory = std::int64_t{4} << 20;

RE2::Options options() {
  RE2::Options result;
  result.set_max_mem(kMemory);
  result.set_never_capture(true);
  result.set_log_errors(false);  // it would write to stderr; errors are returned here
  return result;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct Re2Search::Regex {
  explicit Regex(const std::string& pattern) : re2(pattern, options()) {}
  RE2 re2;
};

Re2Search::Re2Search(std::unique_ptr<const Regex> regex) : regex_(std::move(regex)) {}
Re2Search::Re2Search(Re2Search&&) noexcept = default;
Re2Search& Re2Search::operator=(Re2Search&&) noexcept = default;
Re2Search::~Re2Search() = default;

Result<Re2Search> Re2Search::compile(const std::string& pattern) {
  auto regex = std::make_unique<const Regex>(pattern);
  const RE2& re2 = regex->re2;
  if (re2.error_code() == RE2::ErrorPatternTooLarge || re2.ProgramSize() > kMaxProgramSize) {
    return fail(ErrorCode::kInvalid,
                fmt::format("too large: it compiles to more than {} instructions; shorten its "
                            "counted repeats",
                            kMaxProgramSize));
  }
  if (!re2.ok()) return fail(ErrorCode::kInvalid, printable(re2.error()));
  return Re2Search(std::move(regex));
}

std::optional<Span> Re2Search::find(std::string_view text) const {
  re2::StringPiece where;
  if (!regex_->re2.Match(piece(text), 0, text.size(), RE2::UNANCHORED, &where, 1)) {
    return std::nullopt;
  }
  const auto begin = static_cast<std::size_t>(where.data() - text.data());
  return Span{begin, begin + where.size()};
}

}  // namespace decnet::matching
