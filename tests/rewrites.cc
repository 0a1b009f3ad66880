#include "tests/rewrites.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace decnet::test {
namespace {

using Text = std::optional<std::string>;

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/' || c == ':' ||
           c == '@' || c == '+' || c == ',' || c == '%' || c == '=' || c == '~';
  });
}

// The program's name, if the command begins with one of at least two letters.
std::string_view name_of(std::string_view command) {
  const std::string_view name = command.substr(0, command.find(' '));
  const bool letters = name.size() >= 2 && std::all_of(name.begin(), name.end(), [](char c) {
                         return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
                       });
  return letters ? name : std::string_view();
}

// One simple command of bare words.
bool is_plain(std::string_view command) {
  return std::all_of(command.begin(), command.end(), [](char c) {
    return c == ' ' || is_word({&c, 1});
  });
}

// The command with another beginning in place of its name.
template <typename Function>
Text with_name(std::string_view command, const Function& rewritten) {
  const std::string_view name = name_of(command);
  if (name.empty()) return std::nullopt;
  return rewritten(std::string(name)) + std::string(command.substr(name.size()));
}

template <typename Function>
std::string each(std::string_view text, const Function& rewritten) {
  std::string out;
  for (const char c : text) out += rewritten(c);
  return out;
}

template <typename Function>
Text with_words(std::string_view command, const Function& rewritten) {
  if (!is_plain(command)) return std::nullopt;
  std::string out;
  std::size_t at = 0;
  while (at <= command.size()) {
    const std::size_t end = std::min(command.find(' ', at), command.size());
    out += (at == 0 ? "" : " ") + rewritten(std::string(command.substr(at, end - at)));
    at = end + 1;
  }
  return out;
}

std::string blanks_as(std::string_view command, std::string_view blank) {
  std::string out;
  for (const char c : command) {
    if (c == ' ') {
      out += blank;
    } else {
      out += c;
    }
  }
  return out;
}

std::string quoted(std::string_view text) {
  return "'" +
         each(text, [](char c) { return c == '\'' ? std::string(R"('\'')") : std::string(1, c); }) +
         "'";
}

std::string hex(std::string_view text, const char* before) {
  return each(text, [before](char c) {
    return fmt::format("{}{:02x}", before, static_cast<unsigned char>(c));
  });
}

std::string octal(std::string_view text) {
  return each(text, [](char c) { return fmt::format("\\{:03o}", static_cast<unsigned char>(c)); });
}

std::string base64(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned buffer = 0;
  unsigned held = 0;
  for (const char c : text) {
    buffer = (buffer << 8) | static_cast<unsigned char>(c);
    for (held += 8; held >= 6;) {
      held -= 6;
      out += kDigits[(buffer >> held) & 63];
    }
  }
  if (held > 0) out += kDigits[(buffer << (6 - held)) & 63];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::string rot13(std::string_view text) {
  return each(text, [](char c) {
    if (c >= 'a' && c <= 'z') return std::string(1, static_cast<char>('a' + (c - 'a' + 13) % 26));
    if (c >= 'A' && c <= 'Z') return std::string(1, static_cast<char>('A' + (c - 'A' + 13) % 26));
    return std::string(1, c);
  });
}

std::string half(const std::string& text) { return text.substr(0, text.size() / 2); }
std::string other_half(const std::string& text) { return text.substr(text.size() / 2); }

}  // namespace

const std::vector<Rewrite>& rewrites() {
  static const std::vector<Rewrite> kRewrites = {
      {"leading blanks", [](std::string_view c) -> Text { return "   " + std::string(c); }},
      {"more blanks",
       [](std::string_view c) -> Text {
         return is_plain(c) ? Text(blanks_as(c, "   ")) : std::nullopt;
       }},
      {"tabs",
       [](std::string_view c) -> Text {
         return is_plain(c) ? Text(blanks_as(c, "\t")) : std::nullopt;
       }},
      {"another command before",
       [](std::string_view c) -> Text { return "true;" + std::string(c); }},
      {"in a subshell", [](std::string_view c) -> Text { return "(" + std::string(c) + ")"; }},
      {"in a group", [](std::string_view c) -> Text { return "{ " + std::string(c) + "; }"; }},
      {"in a condition",
       [](std::string_view c) -> Text { return "if true; then " + std::string(c) + "; fi"; }},
      {"in a loop",
       [](std::string_view c) -> Text { return "for i in 1; do " + std::string(c) + "; done"; }},
      {"name in single quotes", [](std::string_view c) { return with_name(c, quoted); }},
      {"each letter quoted",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) {
           return each(n, [](char l) { return std::string("'") + l + "'"; });
         });
       }},
      {"name half in quotes",
       [](std::string_view c) {
         return with_name(
             c, [](const std::string& n) { return half(n) + "\"" + other_half(n) + "\""; });
       }},
      {"nothing quoted in the name",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return half(n) + "''" + other_half(n); });
       }},
      {"a backslash before each letter",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) {
           return each(n, [](char l) { return std::string("\\") + l; });
         });
       }},
      {"a backslash in the name",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return half(n) + "\\" + other_half(n); });
       }},
      {"each word quoted",
       [](std::string_view c) {
         return with_words(c, [](const std::string& w) { return "\"" + w + "\""; });
       }},
      {"nothing quoted in each word",
       [](std::string_view c) {
         return with_words(c, [](const std::string& w) {
           return w.size() < 2 ? w : half(w) + "\"\"" + other_half(w);
         });
       }},
      {"$IFS",
       [](std::string_view c) -> Text {
         return is_plain(c) ? Text(blanks_as(c, "${IFS}")) : std::nullopt;
       }},
      {"$IFS and $9",
       [](std::string_view c) -> Text {
         return is_plain(c) ? Text(blanks_as(c, "$IFS$9")) : std::nullopt;
       }},
      {"words in braces",
       [](std::string_view c) -> Text {
         if (!is_plain(c) || c.find(' ') == std::string_view::npos ||
             c.find(',') != std::string_view::npos)
           return std::nullopt;
         return "{" + blanks_as(c, ",") + "}";
       }},
      {"name in a variable",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "a=" + n + "; $a"; });
       }},
      {"name in two variables",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) {
           return "a=" + half(n) + ";b=" + other_half(n) + ";${a}${b}";
         });
       }},
      {"name as a default",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "${u:-" + n + "}"; });
       }},
      {"name cut out of a variable",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) {
           return fmt::format("v=zz{}zz;${{v:2:{}}}", n, n.size());
         });
       }},
      {"name in capitals, lowered",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) {
           std::string upper = each(n, [](char l) {
             return std::string(1, static_cast<char>(std::toupper(static_cast<unsigned char>(l))));
           });
           return upper == n || std::any_of(n.begin(), n.end(),
                                            [](char l) { return l >= 'A' && l <= 'Z'; })
                      ? n
                      : "v=" + upper + ";${v,,}";
         });
       }},
      {"name substituted",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "$(echo " + n + ")"; });
       }},
      {"name printed",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "`printf %s " + n + "`"; });
       }},
      {"$@ in the name",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return half(n) + "$@" + other_half(n); });
       }},
      {"an unset variable in the name",
       [](std::string_view c) {
         return with_name(c,
                          [](const std::string& n) { return half(n) + "${zq}" + other_half(n); });
       }},
      {"nothing substituted in the name",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return half(n) + "$()" + other_half(n); });
       }},
      {"name in hexadecimal",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "$'" + hex(n, "\\x") + "'"; });
       }},
      {"name in octal",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "$'" + octal(n) + "'"; });
       }},
      {"name reversed",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) {
           return "$(echo " + std::string(n.rbegin(), n.rend()) + "|rev)";
         });
       }},
      {"line continued in the name",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return half(n) + "\\\n" + other_half(n); });
       }},
      {"absolute path",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "/usr/bin/" + n; });
       }},
      {"odd path",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "/usr/./bin//" + n; });
       }},
      {"busybox",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "/bin/busybox " + n; });
       }},
      {"sudo",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "sudo -u root " + n; });
       }},
      {"env",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "env A=1 " + n; });
       }},
      {"nohup",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "nohup " + n; });
       }},
      {"timeout",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "timeout 60 " + n; });
       }},
      {"an alias",
       [](std::string_view c) {
         return with_name(c, [](const std::string& n) { return "alias q='" + n + "';q"; });
       }},
      {"eval", [](std::string_view c) -> Text { return "eval " + quoted(c); }},
      {"sh -c", [](std::string_view c) -> Text { return "sh -c " + quoted(c); }},
      {"bash -c of a variable",
       [](std::string_view c) -> Text { return "c=" + quoted(c) + "; bash -c \"$c\""; }},
      {"here-document",
       [](std::string_view c) -> Text { return "sh <<'Q'\n" + std::string(c) + "\nQ"; }},
      {"here-string", [](std::string_view c) -> Text { return "bash <<< " + quoted(c); }},
      {"echo into a shell",
       [](std::string_view c) -> Text { return "echo " + quoted(c) + " | sh"; }},
      {"base64",
       [](std::string_view c) -> Text { return "echo " + base64(c) + " | base64 -d | sh"; }},
      {"base64, evaluated",
       [](std::string_view c) -> Text {
         return "eval \"$(echo " + base64(c) + " | base64 --decode)\"";
       }},
      {"base64 by openssl",
       [](std::string_view c) -> Text {
         return "echo " + base64(c) + "|openssl base64 -d -A|bash";
       }},
      {"base64 twice",
       [](std::string_view c) -> Text {
         return "echo " + base64(base64(c)) + "|base64 -d|base64 -d|sh";
       }},
      {"base64 in a variable",
       [](std::string_view c) -> Text { return "p=" + base64(c) + "; base64 -d <<< $p | sh"; }},
      {"base64 by Python",
       [](std::string_view c) -> Text {
         return "python3 -c \"import os,base64;os.system(base64.b64decode('" + base64(c) +
                "').decode())\"";
       }},
      {"hexadecimal",
       [](std::string_view c) -> Text { return "echo " + hex(c, "") + " | xxd -r -p | sh"; }},
      {"echo -e",
       [](std::string_view c) -> Text { return "echo -e '" + hex(c, "\\x") + "' | sh"; }},
      {"printf", [](std::string_view c) -> Text { return "printf '" + octal(c) + "' | sh"; }},
      {"backwards",
       [](std::string_view c) -> Text {
         return "echo " + quoted(std::string(c.rbegin(), c.rend())) + " | rev | sh";
       }},
      {"rot13",
       [](std::string_view c) -> Text {
         return "echo " + quoted(rot13(c)) + " | tr 'A-Za-z' 'N-ZA-Mn-za-m' | sh";
       }},
      {"carriage return", [](std::string_view c) -> Text { return std::string(c) + "\r\n"; }},
      {"prompt pasted", [](std::string_view c) -> Text { return "root@web:~# " + std::string(c); }},
      {"zero-width character in the name",
       [](std::string_view c) {
         return with_name(
             c, [](const std::string& n) { return half(n) + "\xe2\x80\x8b" + other_half(n); });
       }},
      {"no-break spaces",
       [](std::string_view c) -> Text {
         return is_plain(c) ? Text(blanks_as(c, "\xc2\xa0")) : std::nullopt;
       }},
  };
  return kRewrites;
}

}  // namespace decnet::test
