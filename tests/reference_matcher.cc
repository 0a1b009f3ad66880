#include "tests/reference_matcher.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

#include "decnet/base/utf8.h"
#include "decnet/matching/expression.h"
#include "decnet/matching/pattern_set.h"

namespace decnet::test {
namespace {

using matching::Span;

struct FreePcre2 {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
using Pcre2Code = std::unique_ptr<pcre2_code, FreePcre2>;

constexpr std::uint32_t kMatchLimit = 2'000'000;

Pcre2Code pcre2_of(const std::string& pattern, std::uint32_t options) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  return Pcre2Code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                 PCRE2_UTF | options, &error, &offset, nullptr));
}

// The span, nothing for no match, and an empty optional of it when PCRE2 gives up.
std::optional<std::optional<Span>> run(const pcre2_code* code, std::string_view text) {
  const std::unique_ptr<pcre2_match_data, FreePcre2> data(pcre2_match_data_create(1, nullptr));
  const std::unique_ptr<pcre2_match_context, FreePcre2> context(
      pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), kMatchLimit);
  const int found = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0,
                                data.get(), context.get());
  if (found == PCRE2_ERROR_NOMATCH) return std::optional<Span>();
  if (found < 0) return std::nullopt;
  const PCRE2_SIZE* where = pcre2_get_ovector_pointer(data.get());
  return Span{where[0], where[1]};
}

[[noreturn]] void abort_with(const std::string& pattern, const std::string& reason) {
  std::cerr << "reference matcher: " << printable(pattern) << ": " << reason << '\n';
  std::abort();
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Flags are only looked for at the beginning, where they are allowed.
bool has_flag(std::string_view pattern, char flag) {
  return pattern.starts_with("(?") && contains(pattern.substr(0, pattern.find(')')), {&flag, 1});
}

const std::array kDifferences = {
    DialectDifference{"$ before a final line feed",
                      [](std::string_view pattern, std::string_view text) {
                        return text.ends_with('\n') &&
                               (contains(pattern, "$") || contains(pattern, "\\Z"));
                      }},
    DialectDifference{"^ after a final line feed",
                      [](std::string_view pattern, std::string_view text) {
                        return text.ends_with('\n') && contains(pattern, "^") &&
                               has_flag(pattern, 'm');
                      }},
    DialectDifference{"\\v is all vertical space",
                      [](std::string_view pattern, std::string_view text) {
                        return contains(pattern, "\\v") &&
                               (text.find_first_of("\n\v\f\r") != std::string_view::npos ||
                                contains(text, "\u0085") || contains(text, "\u2028") ||
                                contains(text, "\u2029"));
                      }},
    DialectDifference{"(?i) and classes",
                      [](std::string_view pattern, std::string_view text) {
                        const bool named = contains(pattern, "\\w") || contains(pattern, "\\W") ||
                                           contains(pattern, "[:");
                        const bool ignores_case = has_flag(pattern, 'i') || contains(pattern, "i:");
                        return ignores_case && named &&
                               (contains(text, "\u212A") || contains(text, "\u017F"));
                      }},
    DialectDifference{"\\B inside a character",
                      [](std::string_view pattern, std::string_view text) {
                        return contains(pattern, "\\B") &&
                               std::any_of(text.begin(), text.end(), [](char c) {
                                 return static_cast<unsigned char>(c) >= 0x80;
                               });
                      }},
    DialectDifference{"{,n} is text", [](std::string_view pattern,
                                         std::string_view) { return contains(pattern, "{,"); }},
};

}  // namespace

struct ReferencePattern::Engines {
  std::string pattern;
  RE2 re2;                  // in our dialect; of a pattern that backtracks, its witness
  bool backtracks = false;  // and `exact` decides where the witness matches
  Pcre2Code exact;          // in our dialect
  Pcre2Code as_written;     // in PCRE2's
};

ReferencePattern::ReferencePattern(std::string pattern) {
  auto expression = matching::read_expression(pattern);
  if (!expression) abort_with(pattern, expression.error().message);
  RE2::Options options;
  options.set_max_mem(std::int64_t{256} << 20);
  options.set_log_errors(false);
  engines_.reset(new Engines{
      .pattern = pattern,
      .re2 = RE2(expression->witness, options),
      .backtracks = expression->backtracks,
      .exact = pcre2_of(expression->exact, PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX),
      .as_written = pcre2_of(pattern, 0),
  });
  if (!engines_->re2.ok()) abort_with(pattern, engines_->re2.error());
  if (engines_->exact == nullptr) abort_with(pattern, "PCRE2 does not take it");
}
ReferencePattern::ReferencePattern(ReferencePattern&&) noexcept = default;
ReferencePattern::~ReferencePattern() = default;

const std::string& ReferencePattern::pattern() const { return engines_->pattern; }
bool ReferencePattern::unknown_to_pcre2() const { return engines_->as_written == nullptr; }

std::optional<Span> ReferencePattern::find(std::string_view text) const {
  re2::StringPiece where;
  if (!engines_->re2.Match({text.data(), text.size()}, 0, text.size(), RE2::UNANCHORED, &where,
                           1)) {
    return std::nullopt;
  }
  if (engines_->backtracks) return run(engines_->exact.get(), text).value_or(std::nullopt);
  const auto begin = static_cast<std::size_t>(where.data() - text.data());
  return Span{begin, begin + where.size()};
}

std::optional<bool> ReferencePattern::pcre2_matches(std::string_view text) const {
  const auto& code = unknown_to_pcre2() ? engines_->exact : engines_->as_written;
  const auto answer = run(code.get(), text);
  if (!answer) return std::nullopt;
  return answer->has_value();
}

std::span<const DialectDifference> dialect_differences() { return kDifferences; }

std::string Comparison::summary() const {
  std::string text = fmt::format("{} comparisons, {} matches, {} exhausted, PCRE2 gave up on {}",
                                 comparisons, matches, exhausted, gave_up);
  for (const auto& [name, count] : differences) text += fmt::format("; {}: {}", name, count);
  return text;
}

Comparison compare(std::span<const std::string> patterns, std::span<const std::string> texts) {
  Comparison result;
  const auto set = matching::PatternSet::compile(patterns);
  if (!set) {
    result.violations.push_back(set.error().message);
    return result;
  }
  std::vector<ReferencePattern> references;
  for (const std::string& pattern : patterns) references.emplace_back(pattern);

  matching::Scan scan;
  matching::EvaluatedText evaluated;
  for (const std::string& original : texts) {
    matching::evaluated_text(original, evaluated);
    const std::string_view text = evaluated.text;
    set->scan(text, scan);
    std::vector<std::optional<Span>> fast(patterns.size());
    std::vector<bool> cut_short(patterns.size());
    for (std::size_t i = 0; i < scan.matched.size(); ++i) fast[scan.matched[i]] = scan.places[i];
    for (const std::size_t index : scan.exhausted) cut_short[index] = true;

    for (std::size_t i = 0; i < patterns.size(); ++i) {
      const auto violation = [&](std::string_view what) {
        result.violations.push_back(fmt::format("{} on {}: {}", printable(patterns[i]),
                                                printable(text.substr(0, 500)), what));
      };
      ++result.comparisons;
      if (cut_short[i]) {
        ++result.exhausted;
        continue;
      }
      result.matches += fast[i] ? 1 : 0;
      const auto naive = references[i].find(text);
      if (naive.has_value() != fast[i].has_value()) {
        violation(fast[i] ? "only the set" : "only the naive one");
      } else if (naive != fast[i]) {
        violation("another place");
      }

      const auto pcre2 = references[i].pcre2_matches(text);
      if (!pcre2) {
        ++result.gave_up;
      } else if (*pcre2 != fast[i].has_value()) {
        bool known = false;
        for (const DialectDifference& difference : dialect_differences()) {
          if (known || !difference.shows(patterns[i], text)) continue;
          known = true;
          ++result.differences[difference.name];
        }
        if (!known) violation(*pcre2 ? "only PCRE2" : "not PCRE2");
      }
    }
  }
  return result;
}

}  // namespace decnet::test
