#include "decnet/shell/programs.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "decnet/shell/characters.h"
#include "decnet/shell/encodings.h"
#include "decnet/shell/escapes.h"
#include "decnet/shell/filters.h"

namespace decnet::shell {
namespace {

constexpr std::size_t kMaxPayloads = 16;
constexpr std::size_t kMaxCalls = 64;  // open at one place

enum class Act { kBase64, kHex, kInflate, kRot13, kReverse, kPack, kShell, kExec, kProgram };

struct Call {
  std::string_view name;
  Act act;
};
// By the last part of the name: base64.b64decode, Buffer.from, os.system.
constexpr std::array kCalls = {
    Call{"a85decode", Act::kProgram},  Call{"atob", Act::kBase64},
    Call{"b64decode", Act::kBase64},   Call{"base64_decode", Act::kBase64},
    Call{"check_call", Act::kShell},   Call{"check_output", Act::kShell},
    Call{"decode64", Act::kBase64},    Call{"decode_base64", Act::kBase64},
    Call{"decodebytes", Act::kBase64}, Call{"decodestring", Act::kBase64},
    Call{"decompress", Act::kInflate}, Call{"eval", Act::kProgram},
    Call{"exec", Act::kExec},          Call{"execSync", Act::kShell},
    Call{"fromhex", Act::kHex},        Call{"getoutput", Act::kShell},
    Call{"gunzipSync", Act::kInflate}, Call{"gzdecode", Act::kInflate},
    Call{"gzinflate", Act::kInflate},  Call{"gzuncompress", Act::kInflate},
    Call{"hex2bin", Act::kHex},        Call{"pack", Act::kPack},
    Call{"passthru", Act::kShell},     Call{"popen", Act::kShell},
    Call{"Popen", Act::kShell},        Call{"reversed", Act::kReverse},
    Call{"shell_exec", Act::kShell},   Call{"spawn", Act::kShell},
    Call{"spawnSync", Act::kShell},    Call{"str_rot13", Act::kRot13},
    Call{"strrev", Act::kReverse},     Call{"system", Act::kShell},
    Call{"unhexlify", Act::kHex},      Call{"urlsafe_b64decode", Act::kBase64},
};

std::optional<Act> act_of(std::string_view name) {
  const auto* const found = std::find_if(kCalls.begin(), kCalls.end(),
                                         [name](const Call& call) { return call.name == name; });
  if (found == kCalls.end()) return std::nullopt;
  return found->act;
}

class Reading {
 public:
  explicit Reading(std::string_view program) : text_(program) {}

  std::vector<Payload> run() {
    while (at_ < text_.size() && found_.size() < kMaxPayloads) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        literal(c);
      } else if (c == '`') {
        backticks();
      } else if (is_name_start(c)) {
        name();
      } else {
        if (c == ')' && !calls_.empty()) calls_.pop_back();
        if (c == '(' && calls_.size() < kMaxCalls) calls_.push_back({});
        if (c == ';' || c == '\n') calls_.clear();
        ++at_;
      }
    }
    return std::move(found_);
  }

 private:
  // A word, and whether it calls: system("…"), perl's and ruby's system "…".
  void name() {
    const std::size_t begin = at_;
    at_ += name_length(text_.substr(at_));
    const std::string_view word = text_.substr(begin, at_ - begin);
    // The letter before a literal: b'…', u"…".
    if (word.size() <= 2 && at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) return;
    const auto act = act_of(word);
    std::size_t behind = at_;
    while (behind < text_.size() && is_blank(text_[behind])) ++behind;
    const char next = behind < text_.size() ? text_[behind] : '\0';
    if (next == '(' && calls_.size() < kMaxCalls) {
      calls_.push_back(act);
      at_ = behind + 1;
    } else if (act && (next == '"' || next == '\'')) {
      at_ = behind;
      calls_.push_back(act);
      literal(next);
      if (!calls_.empty()) calls_.pop_back();
    }
  }

  // The end of the literal that begins at `at_`; at_ is set behind it.
  std::string_view body(char quote) {
    std::size_t begin = at_ + 1;
    const std::string_view triple = quote == '"' ? R"(""")" : "'''";
    if (text_.substr(at_).starts_with(triple)) {
      begin = at_ + 3;
      const std::size_t end = std::min(text_.find(triple, begin), text_.size());
      at_ = std::min(end + 3, text_.size());
      return text_.substr(begin, end - begin);
    }
    std::size_t end = begin;
    while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2U : 1U;
    end = std::min(end, text_.size());
    at_ = std::min(end + 1, text_.size());
    return text_.substr(begin, end - begin);
  }

  void literal(char quote) {
    const Unescaped read = unescape(body(quote), EscapeStyle::kProgram);
    const bool packs = !calls_.empty() && calls_.back() == Act::kPack;
    if (packs && (read.text == "H*" || read.text == "h*")) {
      last_literal_ = read.text;
      return;
    }
    Stream value{true, read.text, {}, 0};
    if (read.hides) value.undo("escapes");
    // 'wg' + 'et'
    joined(value);
    method(value);
    std::optional<Payload::Kind> use;
    for (std::size_t i = calls_.size(); i-- > 0 && !use;) {
      if (calls_[i]) use = apply(*calls_[i], value);
    }
    if (!use && value.encodings.empty()) {
      last_literal_ = read.text;
      return;
    }
    last_literal_.clear();
    found_.push_back(
        {std::move(value.bytes), std::move(value.encodings), use.value_or(Payload::Kind::kData)});
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  void joined(Stream& value) {
    for (;;) {
      const std::size_t before = at_;
      skip_blanks();
      if (at_ >= text_.size() || (text_[at_] != '+' && text_[at_] != '.')) {
        at_ = before;
        return;
      }
      ++at_;
      skip_blanks();
      if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) {
        at_ = before;
        return;
      }
      const Unescaped more = unescape(body(text_[at_]), EscapeStyle::kProgram);
      value.bytes += more.text;
      if (more.hides && value.encodings.empty()) value.undo("escapes");
    }
  }

  // '…'.decode('hex'), "…".unpack("m"), and the second argument of Buffer.from('…', 'base64').
  void method(Stream& value) {
    const std::string_view behind = text_.substr(at_, 32);
    const auto names = [&](std::string_view what) {
      const std::size_t at = behind.find(what);
      return at != std::string_view::npos && at <= 16;
    };
    const bool decodes = behind.starts_with(".decode(") || behind.starts_with(".unpack") ||
                         behind.starts_with(",") || behind.starts_with("[::-1]") ||
                         behind.starts_with(".reverse");
    if (!decodes) return;
    if (behind.starts_with("[::-1]") || behind.starts_with(".reverse")) {
      std::reverse(value.bytes.begin(), value.bytes.end());
      value.undo("rev");
    } else if (names("base64") || (behind.starts_with(".unpack") && names("m"))) {
      apply(Act::kBase64, value);
    } else if (names("'hex") || names("\"hex")) {
      apply(Act::kHex, value);
    } else if (names("rot13") || names("rot_13")) {
      apply(Act::kRot13, value);
    }
  }

  void take(Stream& value, std::optional<std::string> bytes, std::string_view encoding) {
    if (!bytes) return;
    value.bytes = *std::move(bytes);
    value.undo(encoding);
  }

  std::optional<Payload::Kind> apply(Act act, Stream& value) {
    switch (act) {
      case Act::kBase64:
        take(value, decode_base64(value.bytes), "base64");
        break;
      case Act::kPack:
        if (last_literal_.starts_with('H') || last_literal_.starts_with('h')) {
          take(value, decode_hex(value.bytes), "hex");
        }
        break;
      case Act::kHex:
        take(value, decode_hex(value.bytes), "hex");
        break;
      case Act::kInflate:
        take(value, inflate_bytes(value.bytes, kMaxStreamBytes), "gzip");
        break;
      case Act::kRot13:
        take(value, rot13(value.bytes), "tr");
        break;
      case Act::kReverse:
        std::reverse(value.bytes.begin(), value.bytes.end());
        value.undo("rev");
        break;
      case Act::kShell:
        return Payload::Kind::kShell;
      case Act::kExec:
        // Python's runs a program, others' a command; what a decoder gave it is mostly Python's.
        return value.encodings.empty() ? Payload::Kind::kShell : Payload::Kind::kProgram;
      case Act::kProgram:
        return Payload::Kind::kProgram;
    }
    return std::nullopt;
  }

  void backticks() {
    const std::size_t end = text_.find('`', at_ + 1);
    if (end != std::string_view::npos) {
      found_.push_back(
          {std::string(text_.substr(at_ + 1, end - at_ - 1)), {}, Payload::Kind::kShell});
    }
    at_ = std::min(end, text_.size() - 1) + 1;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::optional<Act>> calls_;  // open ones, the innermost last
  std::string last_literal_;
  std::vector<Payload> found_;
};

}  // namespace

std::vector<Payload> payloads(std::string_view program) { return Reading(program).run(); }

}  // namespace decnet::shell
