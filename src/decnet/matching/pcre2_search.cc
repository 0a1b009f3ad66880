#include "decnet/matching/pcre2_search.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <array>

#include "decnet/base/utf8.h"

namespace decnet::matching {
namespace {

template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using CodePtr = std::unique_ptr<pcre2_code, Freed<pcre2_code_free>>;
using CompileContext = std::unique_ptr<pcre2_compile_context, Freed<pcre2_compile_context_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freed<pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Freed<pcre2_match_data_free>>;

// Automatic call-outs are what steps are counted by. The rest makes PCRE2 mean what RE2 means.
constexpr std::uint32_t kOptions = PCRE2_UTF | PCRE2_AUTO_CALLOUT | PCRE2_USE_OFFSET_LIMIT |
                                   PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX |
                                   PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP;
constexpr std::uint32_t kHeapKibibytes = 8 << 10;

struct Budget {
  std::uint64_t left = 0;
  PCRE2_SIZE position = 0;
};

// Called before every item of the pattern.
int spend(pcre2_callout_block* block, void* data) {
  auto& budget = *static_cast<Budget*>(data);
  const PCRE2_SIZE now = block->current_position;
  const std::uint64_t steps =
      1 + (now > budget.position ? now - budget.position : budget.position - now);
  budget.position = now;
  if (steps > budget.left) return PCRE2_ERROR_CALLOUT;
  budget.left -= steps;
  return 0;
}

}  // namespace

struct Pcre2Search::Code {
  CodePtr code;
};

Pcre2Search::Pcre2Search(std::unique_ptr<Code> code) : code_(std::move(code)) {}
Pcre2Search::Pcre2Search(Pcre2Search&&) noexcept = default;
Pcre2Search& Pcre2Search::operator=(Pcre2Search&&) noexcept = default;
Pcre2Search::~Pcre2Search() = default;

Result<Pcre2Search> Pcre2Search::compile(const std::string& pattern) {
  const CompileContext context(pcre2_compile_context_create(nullptr));
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  CodePtr code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), kOptions,
                             &error, &offset, context.get()));
  if (code == nullptr) {
    std::array<PCRE2_UCHAR, 256> reason{};
    pcre2_get_error_message(error, reason.data(), reason.size());
    return fail(ErrorCode::kInvalid, printable(reinterpret_cast<const char*>(reason.data())));
  }
  return Pcre2Search(std::make_unique<Code>(Code{std::move(code)}));
}

Pcre2Search::Answer Pcre2Search::search(std::string_view text, std::uint64_t step_budget) const {
  const pcre2_code* code = code_->code.get();
  const MatchData match(pcre2_match_data_create(1, nullptr));
  const MatchContext context(pcre2_match_context_create(nullptr));
  Budget budget{step_budget, 0};
  pcre2_set_heap_limit(context.get(), kHeapKibibytes);
  pcre2_set_callout(context.get(), spend, &budget);

  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  for (std::size_t begin = 0;;) {
    const std::size_t end = begin + utf8_prefix(text.substr(begin), kWindowBytes).size();
    const bool last = end == text.size();
    const std::size_t next = begin + utf8_prefix(text.substr(begin), kWindowBytes / 2).size();
    // Matches that begin in the second half are the next window's.
    pcre2_set_offset_limit(context.get(), last ? PCRE2_UNSET : next - 1);
    const int found =
        pcre2_match(code, subject, end, begin, PCRE2_NO_UTF_CHECK | (last ? 0U : PCRE2_NOTEOL),
                    match.get(), context.get());
    if (found >= 0) {
      const PCRE2_SIZE* where = pcre2_get_ovector_pointer(match.get());
      return {Outcome::kFound, {where[0], where[1]}};
    }
    if (found != PCRE2_ERROR_NOMATCH) return {Outcome::kExhausted, {}};
    if (last) return {Outcome::kAbsent, {}};
    begin = next;
  }
}

}  // namespace decnet::matching
