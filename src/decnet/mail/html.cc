#include "decnet/mail/html.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "decnet/base/utf8.h"

namespace decnet::mail {
namespace {

constexpr std::size_t kMaxEntityBytes = 12;
constexpr std::size_t kMaxLinkTextBytes = 512;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals(std::string_view text, std::string_view lower_word) {
  return text.size() == lower_word.size() &&
         std::equal(text.begin(), text.end(), lower_word.begin(),
                    [](char a, char b) { return lower(a) == b; });
}

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// The character of "#228", "#xE4" or "amp"; nothing for a name we do not know.
std::optional<char32_t> entity(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, char32_t>, 22> kNamed = {{
      {"amp", '&'},     {"lt", '<'},      {"gt", '>'},      {"quot", '"'},    {"apos", '\''},
      {"nbsp", ' '},    {"auml", 0xE4},   {"ouml", 0xF6},   {"uuml", 0xFC},   {"szlig", 0xDF},
      {"Auml", 0xC4},   {"Ouml", 0xD6},   {"Uuml", 0xDC},   {"eacute", 0xE9}, {"egrave", 0xE8},
      {"agrave", 0xE0}, {"ccedil", 0xE7}, {"atilde", 0xE3}, {"otilde", 0xF5}, {"aacute", 0xE1},
      {"oacute", 0xF3}, {"iacute", 0xED},
  }};
  if (name.size() > 1 && name.front() == '#') {
    name.remove_prefix(1);
    const bool hex = lower(name.front()) == 'x';
    if (hex) name.remove_prefix(1);
    char32_t value = 0;
    for (const char written : name) {
      const char c = lower(written);
      const bool decimal = c >= '0' && c <= '9';
      if (!decimal && !(hex && c >= 'a' && c <= 'f')) return std::nullopt;
      value = value * (hex ? 16U : 10U) + static_cast<char32_t>(decimal ? c - '0' : c - 'a' + 10);
      if (value > 0x10FFFF) return std::nullopt;
    }
    const bool is_character = value != 0 && !(value >= 0xD800 && value <= 0xDFFF);
    return is_character ? std::optional(value) : std::nullopt;
  }
  for (const auto& [known, character] : kNamed) {
    if (known == name) return character;
  }
  return std::nullopt;
}

// Appends `text` with its entities decoded, not beyond `limit` bytes.
void append_decoded(std::string& out, std::string_view text, std::size_t limit) {
  for (std::size_t i = 0; i < text.size() && out.size() < limit; ++i) {
    if (text[i] == '&') {
      const std::size_t end = text.substr(i, kMaxEntityBytes).find(';');
      if (end != std::string_view::npos) {
        if (const auto character = entity(text.substr(i + 1, end - 1))) {
          append_utf8(out, *character);
          i += end;
          continue;
        }
      }
    }
    out += text[i];
  }
}

std::string collapsed(std::string_view text) {
  std::string result;
  bool blank = false;
  for (const char c : text) {
    if (is_blank(c)) {
      blank = !result.empty();
      continue;
    }
    if (blank) result += ' ';
    blank = false;
    result += c;
  }
  return result;
}

class Reader {
 public:
  explicit Reader(std::string_view html) : rest_(html) {}

  Html read() {
    while (!rest_.empty()) {
      const std::size_t tag = std::min(rest_.find('<'), rest_.size());
      show(rest_.substr(0, tag));
      rest_.remove_prefix(tag);
      if (!rest_.empty()) read_tag();
    }
    end_link();
    html_.text = collapsed(html_.text);
    return std::move(html_);
  }

 private:
  void show(std::string_view text) {
    append_decoded(html_.text, text, Html::kMaxTextBytes);
    if (link_) append_decoded(link_->text, text, kMaxLinkTextBytes);
  }

  // A tag's end is the next '>' that is in no quotes of an attribute; one that never ends is text.
  void read_tag() {
    if (rest_.starts_with("<!--")) return skip_past("-->");
    const bool closes = rest_.starts_with("</");
    const std::size_t name_at = closes ? 2 : 1;
    std::size_t end = name_at;
    while (end < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[end])) != 0)) ++end;
    const std::string_view name = rest_.substr(name_at, end - name_at);
    if (name.empty() && !rest_.starts_with("<!") && !rest_.starts_with("<?")) {
      show(rest_.substr(0, 1));
      rest_.remove_prefix(1);
      return;
    }
    const std::size_t close = tag_end(end);
    const std::string_view attributes = rest_.substr(end, close - end);
    rest_.remove_prefix(std::min(close + 1, rest_.size()));
    if (closes) {
      if (equals(name, "a")) end_link();
    } else {
      open(name, attributes);
    }
    html_.text += ' ';
  }

  [[nodiscard]] std::size_t tag_end(std::size_t at) const {
    // An attribute's quote that never closes would swallow the rest of the mail.
    constexpr std::size_t kMaxQuotedBytes = std::size_t{64} << 10;
    while (at < rest_.size() && rest_[at] != '>') {
      const char c = rest_[at];
      if ((c == '"' || c == '\'') && at > 0 && rest_[at - 1] == '=') {
        const std::size_t close = rest_.substr(at + 1, kMaxQuotedBytes).find(c);
        if (close != std::string_view::npos) at += close + 1;
      }
      ++at;
    }
    return at;
  }

  void skip_past(std::string_view end) {
    const std::size_t at = rest_.find(end);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
  }

  // Up to the closing tag of that name, which is left.
  std::string_view take_raw(std::string_view name) {
    for (std::size_t at = 0; (at = rest_.find("</", at)) != std::string_view::npos; at += 2) {
      if (!equals(rest_.substr(at + 2, name.size()), name)) continue;
      const std::string_view raw = rest_.substr(0, at);
      rest_.remove_prefix(at);
      return raw;
    }
    return std::exchange(rest_, {});
  }

  void open(std::string_view name, std::string_view attributes) {
    if (equals(name, "a") || equals(name, "area")) {
      end_link();
      link_ = Link{attribute(attributes, "href"), {}};
      if (equals(name, "area")) end_link();
    } else if (equals(name, "form")) {
      html_.asks_for_input = true;
      end_link();
      link_ = Link{attribute(attributes, "action"), {}};
      end_link();
    } else if (equals(name, "img")) {
      html_.has_image = true;
    } else if (equals(name, "script")) {
      const auto raw = take_raw("script");
      const std::size_t room = Html::kMaxTextBytes - html_.script.size();
      html_.script += raw.substr(0, room);
    } else if (equals(name, "style") || equals(name, "title")) {
      (void)take_raw(equals(name, "style") ? "style" : "title");
    }
  }

  void end_link() {
    if (!link_) return;
    if (!link_->url.empty() && html_.links.size() < Html::kMaxLinks) {
      link_->text = collapsed(link_->text);
      html_.links.push_back(*std::move(link_));
    }
    link_.reset();
  }

  static std::string attribute(std::string_view attributes, std::string_view wanted) {
    std::size_t at = 0;
    while (at < attributes.size()) {
      while (at < attributes.size() && (is_blank(attributes[at]) || attributes[at] == '/')) ++at;
      const std::size_t name_at = at;
      while (at < attributes.size() && attributes[at] != '=' && !is_blank(attributes[at])) ++at;
      const std::string_view name = attributes.substr(name_at, at - name_at);
      while (at < attributes.size() && is_blank(attributes[at])) ++at;
      if (at >= attributes.size() || attributes[at] != '=') continue;
      ++at;
      while (at < attributes.size() && is_blank(attributes[at])) ++at;
      std::string_view value;
      if (at < attributes.size() && (attributes[at] == '"' || attributes[at] == '\'')) {
        const std::size_t close = attributes.find(attributes[at], at + 1);
        const std::size_t end = std::min(close, attributes.size());
        value = attributes.substr(at + 1, end - at - 1);
        at = std::min(end + 1, attributes.size());
      } else {
        const std::size_t value_at = at;
        while (at < attributes.size() && !is_blank(attributes[at])) ++at;
        value = attributes.substr(value_at, at - value_at);
      }
      if (!equals(name, wanted)) continue;
      std::string decoded;
      append_decoded(decoded, value, Html::kMaxUrlBytes);
      return collapsed(decoded);
    }
    return {};
  }

  std::string_view rest_;
  Html html_;
  std::optional<Link> link_;  // open
};

}  // namespace

Html read_html(std::string_view html) {
  Html read = Reader(html).read();
  // Entities and limits may have cut characters in two.
  read.text = to_valid_utf8(utf8_prefix(read.text, Html::kMaxTextBytes));
  for (Link& link : read.links) {
    link.url = to_valid_utf8(link.url);
    link.text = to_valid_utf8(link.text);
  }
  return read;
}

}  // namespace decnet::mail
