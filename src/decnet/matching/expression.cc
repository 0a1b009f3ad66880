#include "decnet/matching/expression.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "decnet/base/utf8.h"

namespace decnet::matching {
namespace {

// Python's ASCII blanks, as members of a class, and everything else.
constexpr std::string_view kBlanks = R"(\t-\r\x20)";
constexpr std::string_view kNoBlanks = R"(\x00-\x08\x0e-\x1f\x21-\x{10ffff})";
constexpr std::string_view kAnyText = "(?s:.*)";
constexpr std::string_view kNoText = "(?:)";
constexpr std::size_t kMaxDepth = 200;  // both engines take this much
constexpr std::uint32_t kMaxCodePoint = 0x10FFFF;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_octal(char c) { return c >= '0' && c <= '7'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// One character so that no engine reads more into it, inside a class or outside.
std::string literal(std::uint32_t c) {
  if (c >= 0x80 || c < 0x20 || c == 0x7F) return fmt::format("\\x{{{:x}}}", c);
  const char byte = static_cast<char>(c);
  if (is_letter(byte) || is_digit(byte) || byte == '_') return std::string(1, byte);
  return byte == ' ' ? "\\x20" : std::string{'\\', byte};
}

class Reader {
 public:
  explicit Reader(std::string_view pattern) : in_(pattern) {}

  Result<Expression> read() {
    DECNET_CHECK(leading_flags());
    while (!ended()) DECNET_CHECK(item());
    if (!groups_.empty()) return error(groups_.back().opened_at, "missing )");
    if (!out_.backtracks) out_.witness = out_.exact;
    return std::move(out_);
  }

 private:
  struct Group {
    std::size_t opened_at = 0;
    bool look_around = false;
    bool verbose_outside = false;
  };
  // A member of a class: one character, or a class of its own, already written.
  struct Member {
    std::optional<std::uint32_t> character;
    std::string written;
  };

  bool ended() const { return at_ >= in_.size(); }
  bool next_is(std::string_view text) const { return in_.substr(at_).starts_with(text); }
  bool take(std::string_view text) {
    if (!next_is(text)) return false;
    at_ += text.size();
    return true;
  }

  static tl::unexpected<Error> error(std::size_t at, std::string_view what) {
    return fail(ErrorCode::kInvalid, fmt::format("{} at offset {}", what, at));
  }

  void write(std::string_view text) { write(text, text); }
  void write(std::string_view exact, std::string_view witness) {
    out_.exact += exact;
    if (look_arounds_ == 0) out_.witness += witness;
  }

  // (?i), (?ms) … as far as they stand at the beginning.
  Result<void> leading_flags() {
    while (next_is("(?")) {
      const std::size_t end = in_.find_first_of(":)", at_);
      const std::string_view flags = in_.substr(at_ + 2, end - at_ - 2);
      if (end == std::string_view::npos || in_[end] != ')' || flags.empty() ||
          flags.find_first_not_of("aiLmsux") != std::string_view::npos) {
        return {};
      }
      std::string kept;
      DECNET_CHECK(read_flags(flags, kept, verbose_));
      if (!kept.empty()) write(fmt::format("(?{})", kept));
      at_ = end + 1;
    }
    return {};
  }

  Result<void> read_flags(std::string_view flags, std::string& kept, bool& verbose) {
    bool on = true;
    for (const char flag : flags) {
      switch (flag) {
        case 'i':
        case 'm':
        case 's':
          kept += flag;
          break;
        case 'x':
          verbose = on;
          break;
        case 'a':
        case 'u':
          break;  // classes are ASCII in any case
        case '-':
          kept += flag;
          on = false;
          break;
        default:
          return error(at_, fmt::format("the flag {} is not supported", flag));
      }
    }
    if (kept == "-") kept.clear();
    if (kept.ends_with('-')) kept.pop_back();
    return {};
  }

  Result<void> item() {
    const char c = in_[at_];
    if (verbose_ && is_blank(c)) {
      ++at_;
      return {};
    }
    if (verbose_ && c == '#') {
      const std::size_t end = in_.find('\n', at_);
      at_ = end == std::string_view::npos ? in_.size() : end;
      return {};
    }
    switch (c) {
      case '\\':
        return escape();
      case '[':
        return character_class();
      case '(':
        return open_group();
      case ')':
        return close_group();
      case '*':
      case '+':
      case '?':
        // Left to the engine, `( ?=` would become a look-ahead once the blank is gone.
        if (out_.exact.size() == group_begin_) return error(at_, "nothing to repeat");
        write(in_.substr(at_++, 1));
        after_quantifier();
        return {};
      case '{':
        counted();
        return {};
      default:
        write(in_.substr(at_++, 1));
        return {};
    }
  }

  void after_quantifier() {
    if (take("?")) {
      write("?");
    } else if (take("+")) {
      write("+", "");
      out_.backtracks = true;
    }
  }

  // {m}, {m,}, {,n}, {m,n}; any other brace is a brace.
  void counted() {
    std::size_t end = at_ + 1;
    const auto number = [&] {
      const std::size_t begin = end;
      while (end < in_.size() && is_digit(in_[end])) ++end;
      std::string_view digits = in_.substr(begin, end - begin);
      // RE2 takes a brace with such a number for a brace.
      while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
      return digits;
    };
    const std::string_view low = number();
    const bool range = end < in_.size() && in_[end] == ',';
    std::string_view high;
    if (range) {
      ++end;
      high = number();
    }
    if (end >= in_.size() || in_[end] != '}' || (low.empty() && !range)) {
      write("\\{");
      ++at_;
      return;
    }
    at_ = end + 1;
    write(fmt::format("{{{}{}{}}}", low.empty() ? "0" : low, range ? "," : "", high));
    after_quantifier();
  }

  Result<void> open(std::string_view exact, std::string_view witness, std::size_t size) {
    if (groups_.size() == kMaxDepth) {
      return error(at_, fmt::format("more than {} groups in each other", kMaxDepth));
    }
    groups_.push_back({at_, false, verbose_});
    write(exact, witness);
    group_begin_ = out_.exact.size();
    at_ += size;
    return {};
  }

  Result<void> open_group() {
    const std::size_t begin = at_;
    if (next_is("(*")) return error(begin, "(* is not supported");
    if (!next_is("(?")) {
      return open("(", "(", 1);
    }
    for (const std::string_view look : {"(?=", "(?!", "(?<=", "(?<!"}) {
      if (!next_is(look)) continue;
      DECNET_CHECK(open(look, kNoText, look.size()));
      groups_.back().look_around = true;
      ++look_arounds_;
      out_.backtracks = true;
      return {};
    }
    if (next_is("(?:")) {
      DECNET_CHECK(open("(?:", "(?:", 3));
    } else if (next_is("(?>")) {
      DECNET_CHECK(open("(?>", "(?:", 3));
      out_.backtracks = true;
    } else if (next_is("(?#")) {
      const std::size_t end = in_.find(')', at_);
      if (end == std::string_view::npos) return error(begin, "missing ) of a comment");
      at_ = end + 1;
    } else if (next_is("(?P=")) {
      const std::size_t end = in_.find(')', at_);
      if (end == std::string_view::npos) return error(begin, "missing )");
      back_reference(in_.substr(at_, end + 1 - at_));
      at_ = end + 1;
    } else if (next_is("(?P<")) {
      DECNET_CHECK(open("(?P<", "(?P<", 4));
    } else if (next_is("(?<")) {
      DECNET_CHECK(open("(?P<", "(?P<", 3));
    } else {
      return scoped_flags();
    }
    return {};
  }

  // (?i:…), (?-i:…)
  Result<void> scoped_flags() {
    const std::size_t begin = at_;
    const std::size_t end = in_.find_first_not_of("aiLmsux-", at_ + 2);
    if (end == std::string_view::npos || end == begin + 2 || (in_[end] != ':' && in_[end] != ')')) {
      return error(begin, fmt::format("{} is not supported", printable(in_.substr(begin, 3))));
    }
    if (in_[end] == ')') {
      return error(begin,
                   "flags count from the beginning of a pattern only; write (?i:...) for a"
                   " part of it, not (?i)");
    }
    bool verbose = verbose_;
    std::string kept;
    DECNET_CHECK(read_flags(in_.substr(begin + 2, end - begin - 2), kept, verbose));
    const std::string group = fmt::format("(?{}:", kept);
    DECNET_CHECK(open(group, group, end + 1 - begin));
    verbose_ = verbose;
    return {};
  }

  Result<void> close_group() {
    if (groups_.empty()) return error(at_, "a ) that closes nothing");
    const Group group = groups_.back();
    groups_.pop_back();
    ++at_;
    verbose_ = group.verbose_outside;
    write(")", group.look_around ? "" : ")");
    if (group.look_around) --look_arounds_;
    return {};
  }

  void back_reference(std::string_view exact) {
    write(exact, kAnyText);
    out_.backtracks = true;
  }

  Result<void> escape() {
    const std::size_t begin = at_;
    if (begin + 1 >= in_.size()) return error(begin, "a backslash at the end");
    const char c = in_[begin + 1];
    switch (c) {
      case 'b':
      case 'B':
      case 'A':
        write(in_.substr(begin, 2));
        at_ += 2;
        return {};
      case 'Z':
      case 'z':
        write("(?-m:$)");
        at_ += 2;
        return {};
      default:
        break;
    }
    if (c >= '1' && c <= '9' && !next_is_octal_escape()) {
      std::size_t end = begin + 2;
      if (end < in_.size() && is_digit(in_[end])) ++end;
      back_reference(fmt::format("\\g{{{}}}", in_.substr(begin + 1, end - begin - 1)));
      at_ = end;
      return {};
    }
    DECNET_TRY(const Member member, escaped_member());
    if (member.character) {
      write(literal(*member.character));
    } else {
      write(fmt::format("[{}]", member.written));
    }
    return {};
  }

  // \123 is a character, \12 the twelfth group.
  bool next_is_octal_escape() const {
    return at_ + 3 < in_.size() && is_octal(in_[at_ + 1]) && is_octal(in_[at_ + 2]) &&
           is_octal(in_[at_ + 3]);
  }

  // What an escape stands for that may stand in a class and outside it.
  Result<Member> escaped_member() {
    const std::size_t begin = at_;
    const char c = in_[begin + 1];
    at_ += 2;
    const auto one = [](std::uint32_t character) { return Member{character, {}}; };
    switch (c) {
      case 'd':
      case 'D':
      case 'w':
      case 'W':
        return Member{{}, std::string(in_.substr(begin, 2))};
      case 's':
        return Member{{}, std::string(kBlanks)};
      case 'S':
        return Member{{}, std::string(kNoBlanks)};
      case 'a':
        return one('\a');
      case 'f':
        return one('\f');
      case 'n':
        return one('\n');
      case 'r':
        return one('\r');
      case 't':
        return one('\t');
      case 'v':
        return one('\v');
      case 'x':
        return hex(begin, 2);
      case 'u':
        return hex(begin, 4);
      case 'U':
        return hex(begin, 8);
      case 'p':
      case 'P':
        return property(begin);
      default:
        break;
    }
    if (is_octal(c)) {
      at_ = begin + 1;
      std::uint32_t value = 0;
      for (int digits = 0; digits < 3 && !ended() && is_octal(in_[at_]); ++digits, ++at_) {
        value = value * 8 + static_cast<std::uint32_t>(in_[at_] - '0');
      }
      if (value > 0377) return error(begin, "an octal escape beyond \\377");
      return one(value);
    }
    if (is_letter(c) || is_digit(c)) {
      return error(begin, fmt::format("\\{} is not supported", c));
    }
    if (is_ascii(c)) return one(static_cast<unsigned char>(c));
    at_ = begin + 1;
    return one(code_point());
  }

  // The digits of \xHH, \x{H…}, \uHHHH, \UHHHHHHHH; at_ is behind the letter.
  Result<Member> hex(std::size_t begin, std::size_t count) {
    const bool braces = count == 2 && take("{");
    std::uint32_t value = 0;
    std::size_t digits = 0;
    while (!ended() && hex_value(in_[at_]) >= 0 && digits < (braces ? 8 : count)) {
      value = value * 16 + static_cast<std::uint32_t>(hex_value(in_[at_]));
      ++at_;
      ++digits;
    }
    const bool complete = braces ? digits > 0 && take("}") : digits == count;
    if (!complete) return error(begin, "an incomplete escape");
    if (value > kMaxCodePoint || (value >= 0xD800 && value <= 0xDFFF)) {
      return error(begin, "an escape that is no character");
    }
    return Member{value, {}};
  }

  Result<Member> property(std::size_t begin) {
    if (take("{")) {
      const std::size_t end = in_.find('}', at_);
      if (end == std::string_view::npos) return error(begin, "missing } of a Unicode class");
      at_ = end + 1;
    } else if (!ended() && is_letter(in_[at_])) {
      ++at_;
    } else {
      return error(begin, "an incomplete escape");
    }
    return Member{{}, std::string(in_.substr(begin, at_ - begin))};
  }

  // The character at at_, which the pattern's check has seen to be whole.
  std::uint32_t code_point() {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(in_[at]); };
    const std::uint32_t first = byte(at_++);
    if (first < 0x80) return first;
    std::uint32_t value = first >= 0xF0   ? first & 0x07U
                          : first >= 0xE0 ? first & 0x0FU
                                          : first & 0x1FU;
    while (!ended() && (byte(at_) & 0xC0U) == 0x80) value = value << 6 | (byte(at_++) & 0x3FU);
    return value;
  }

  Result<Member> member() {
    if (next_is("[:")) {
      const std::size_t end = in_.find(":]", at_ + 2);
      const std::string_view name =
          end == std::string_view::npos ? "" : in_.substr(at_ + 2, end - at_ - 2);
      if (name.find_first_not_of("^abcdefghijklmnopqrstuvwxyz") == std::string_view::npos &&
          !name.empty()) {
        const std::string_view written = in_.substr(at_, end + 2 - at_);
        at_ = end + 2;
        return Member{{}, std::string(written)};
      }
    }
    if (in_[at_] != '\\') return Member{code_point(), {}};
    if (at_ + 1 >= in_.size()) return error(at_, "a backslash at the end");
    if (in_[at_ + 1] == 'b') {
      at_ += 2;
      return Member{'\b', {}};
    }
    return escaped_member();
  }

  Result<void> character_class() {
    const std::size_t begin = at_++;
    std::string written = "[";
    if (take("^")) written += '^';
    for (bool first = true; first || !next_is("]"); first = false) {
      if (ended()) return error(begin, "missing ]");
      const std::size_t low_at = at_;
      DECNET_TRY(const Member low, member());
      written += low.character ? literal(*low.character) : low.written;
      const bool range = low.character && next_is("-") && !next_is("-]") && at_ + 1 < in_.size();
      if (!range) continue;
      ++at_;
      DECNET_TRY(const Member high, member());
      if (!high.character || *high.character < *low.character) {
        return error(low_at, "a bad range in a class");
      }
      written += '-' + literal(*high.character);
    }
    ++at_;
    write(written + ']');
    return {};
  }

  std::string_view in_;
  std::size_t at_ = 0;
  bool verbose_ = false;
  std::vector<Group> groups_;
  std::size_t group_begin_ = std::string::npos;  // in out_.exact, of the group opened last
  std::size_t look_arounds_ = 0;  // open ones: what is in them is no part of the witness
  Expression out_;
};

}  // namespace

Result<Expression> read_expression(std::string_view pattern) {
  if (!is_valid_utf8(pattern)) return fail(ErrorCode::kInvalid, "not UTF-8");
  return Reader(pattern).read();
}

}  // namespace decnet::matching
