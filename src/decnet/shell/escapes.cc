#include "decnet/shell/escapes.h"

#include "decnet/shell/characters.h"

namespace decnet::shell {
namespace {

class Unescaping {
 public:
  Unescaping(std::string_view text, EscapeStyle style) : text_(text), style_(style) {}

  Unescaped run() {
    result_.text.reserve(text_.size());
    while (at_ < text_.size() && !result_.ended) {
      const std::size_t backslash = text_.find('\\', at_);
      result_.text.append(text_.substr(at_, backslash - at_));
      if (backslash == std::string_view::npos) break;
      at_ = backslash + 1;
      if (at_ == text_.size()) {
        result_.text += '\\';
        break;
      }
      escape(text_[at_++]);
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool echoes() const {
    return style_ == EscapeStyle::kEcho || style_ == EscapeStyle::kPrintfText;
  }

  void escape(char c) {
    if (c >= '0' && c <= '7') return octal(c);
    switch (c) {
      case 'x':
        return hexadecimal(2, "x");
      case 'u':
      case 'U':
        return unicode(c);
      case 'c':
        return control();
      default:
        break;
    }
    if (const char simple = simple_escape(c); simple != 0) {
      result_.text += simple;
    } else if (c == '\\') {
      result_.text += '\\';
    } else if ((c == '\'' || c == '"' || c == '?') && !echoes()) {
      result_.text += c;
    } else if (c == '\n' && style_ == EscapeStyle::kProgram) {
      return;  // a line that goes on
    } else {
      result_.text += '\\';
      result_.text += c;
    }
  }

  [[nodiscard]] char simple_escape(char c) const {
    switch (c) {
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case 'r':
        return '\r';
      case 'a':
        return '\a';
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      case 'v':
        return '\v';
      case 'e':
      case 'E':
        return style_ == EscapeStyle::kProgram ? '\0' : '\x1b';
      default:
        return '\0';
    }
  }

  void octal(char first) {
    // echo and %b want \0NNN; busybox takes \NNN there too.
    std::size_t digits = first == '0' && echoes() ? 3 : 2;
    unsigned value = static_cast<unsigned>(first - '0');
    while (digits-- > 0 && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '7') {
      value = value * 8 + static_cast<unsigned>(text_[at_++] - '0');
    }
    coded(value & 0xFF);
    result_.text += static_cast<char>(value & 0xFF);
  }

  void coded(unsigned value) {
    result_.coded = true;
    result_.hides = result_.hides || (value > ' ' && value < 0x7F);
  }

  void hexadecimal(std::size_t digits, std::string_view letter) {
    unsigned value = 0;
    std::size_t read = 0;
    while (read < digits && at_ < text_.size() && hex_value(text_[at_]) >= 0) {
      value = value * 16 + static_cast<unsigned>(hex_value(text_[at_++]));
      ++read;
    }
    if (read == 0) {
      result_.text.append("\\").append(letter);
      return;
    }
    coded(value);
    if (digits == 2) {
      result_.text += static_cast<char>(value);
    } else {
      append_utf8(result_.text, value);
    }
  }

  void unicode(char c) {
    if (style_ == EscapeStyle::kProgram && at_ < text_.size() && text_[at_] == '{') {
      ++at_;
      hexadecimal(6, "u{");
      if (at_ < text_.size() && text_[at_] == '}') ++at_;
      return;
    }
    hexadecimal(c == 'u' ? 4 : 8, c == 'u' ? "u" : "U");
  }

  void control() {
    if (echoes()) {
      result_.ended = true;
    } else if (style_ == EscapeStyle::kAnsiQuotes && at_ < text_.size()) {
      result_.text += static_cast<char>(text_[at_++] & 0x1F);
      result_.coded = true;
    } else {
      result_.text += "\\c";
    }
  }

  std::string_view text_;
  EscapeStyle style_;
  std::size_t at_ = 0;
  Unescaped result_;
};

}  // namespace

Unescaped unescape(std::string_view text, EscapeStyle style) {
  return Unescaping(text, style).run();
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value & 0xFF); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x110000) {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

}  // namespace decnet::shell
