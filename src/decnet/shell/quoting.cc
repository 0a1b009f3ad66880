#include "decnet/shell/quoting.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "decnet/shell/characters.h"

namespace decnet::shell {
namespace {

enum class Care : std::uint8_t { kNone, kQuote, kDollar, kBrace, kLookAlike };

constexpr std::array<Care, 256> kCare = [] {
  std::array<Care, 256> care{};
  for (std::size_t i = 0; i < care.size(); ++i) {
    if (i < 0x20 || i == 0x7F) care[i] = Care::kQuote;
    if (i >= 0x80) care[i] = Care::kLookAlike;
  }
  for (const char c : std::string_view(" ;&|<>()'\"\\`")) {
    care[static_cast<unsigned char>(c)] = Care::kQuote;
  }
  care['$'] = Care::kDollar;
  care['{'] = Care::kBrace;
  return care;
}();

bool begins_expansion(char next) {
  return is_name(next) || is_special_parameter(next) || next == '{' || next == '(' || next == '[' ||
         next == '\'' || next == '"';
}

// What brace expansion would look at: {a,b}, {1..3}.
bool braces_expand(std::string_view text) {
  const std::string_view inside = text.substr(0, text.find('}'));
  return inside.size() < text.size() && (inside.find(',') != std::string_view::npos ||
                                         inside.find("..") != std::string_view::npos);
}

bool is_reserved(std::string_view word) {
  static constexpr std::string_view kWords[] = {
      "!",   "{",      "}",      "[[",       "if",   "then", "else",  "elif",
      "fi",  "do",     "$",      "done",     "case", "esac", "while", "until",
      "for", "select", "coproc", "function", "#",    ">",    "%",     "]]"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

constexpr std::string_view kSystemDirectories[] = {
    "/bin/",           "/sbin/",        "/usr/bin/",        "/usr/sbin/",
    "/usr/local/bin/", "/system/bin/",  "/usr/local/sbin/", "/system/xbin/",
    "/opt/bin/",       "/usr/libexec/", "/opt/sbin/",       "/snap/bin/"};

bool is_path_character(char c) {
  return is_name(c) || std::string_view("/.-~@+%:,=").find(c) != std::string_view::npos;
}

}  // namespace

bool needs_quotes(std::string_view text) {
  if (text.empty() || text.front() == '#') return true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (kCare[static_cast<unsigned char>(text[i])]) {
      case Care::kNone:
        break;
      case Care::kQuote:
        return true;
      case Care::kDollar:
        if (i + 1 < text.size() && begins_expansion(text[i + 1])) return true;
        break;
      case Care::kBrace:
        if (braces_expand(text.substr(i))) return true;
        break;
      case Care::kLookAlike:
        if (look_alike(text.substr(i)).length != 0) return true;
        break;
    }
  }
  return false;
}

bool needs_quotes_as_name(std::string_view text) {
  if (is_reserved(text)) return true;
  const std::size_t name = name_length(text);
  if (name == 0 || name == text.size()) return false;
  const std::string_view rest = text.substr(name);
  if (rest.front() == '[') return rest.find('=') != std::string_view::npos;
  return rest.starts_with('=') || rest.starts_with("+=");
}

void append_quoted(std::string& out, std::string_view text) {
  out += '\'';
  for (;;) {
    const std::size_t quote = text.find('\'');
    out += text.substr(0, quote);
    if (quote == std::string_view::npos) break;
    out += R"('\'')";
    text.remove_prefix(quote + 1);
  }
  out += '\'';
}

bool shorten_path(std::string_view path, std::string& out) {
  if (path.size() < 3 || path[0] != '/' || path[1] == '/') return false;
  if (path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos) {
    return false;
  }
  if (!std::all_of(path.begin(), path.end(), is_path_character)) return false;
  out.clear();
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t begin = path.find_first_not_of('/', at);
    if (begin == std::string_view::npos) {
      out += '/';  // it was there: a directory is meant
      break;
    }
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view name = path.substr(begin, end - begin);
    at = end;
    if (name == "..") {
      out.resize(out.empty() ? 0 : out.rfind('/'));
    } else if (name != ".") {
      out.append("/").append(name);
    }
  }
  if (out.empty()) out += '/';
  return out != path;
}

std::string_view program_name(std::string_view path) {
  if (path.empty() || path.front() != '/') return path;
  for (const std::string_view directory : kSystemDirectories) {
    if (!path.starts_with(directory)) continue;
    const std::string_view name = path.substr(directory.size());
    if (!name.empty() && name.find('/') == std::string_view::npos) return name;
  }
  return path;
}

}  // namespace decnet::shell
