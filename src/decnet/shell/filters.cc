#include "decnet/shell/filters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "decnet/shell/characters.h"
#include "decnet/shell/encodings.h"
#include "decnet/shell/escapes.h"

namespace decnet::shell {
namespace {

using Words = std::span<const std::string_view>;

Stream unknown() { return {}; }

Stream decoded(std::optional<std::string> bytes, const Stream& in, std::string_view encoding) {
  if (!bytes) return unknown();
  Stream out{true, *std::move(bytes), in.encodings, in.depth};
  out.undo(encoding);
  return out;
}

Stream echo(Words words, const Stream&) {
  std::size_t at = 1;
  bool escapes = false;
  bool newline = true;
  while (at < words.size() && words[at].size() > 1 && words[at].front() == '-' &&
         words[at].find_first_not_of("neE", 1) == std::string_view::npos) {
    for (const char option : words[at].substr(1)) {
      if (option == 'n') newline = false;
      if (option == 'e') escapes = true;
      if (option == 'E') escapes = false;
    }
    ++at;
  }
  std::string text;
  for (std::size_t i = at; i < words.size() && text.size() < kMaxStreamBytes; ++i) {
    if (i > at) text += ' ';
    text += words[i];
  }
  Stream out{true, std::move(text), {}, 0};
  if (escapes) {
    Unescaped read = unescape(out.bytes, EscapeStyle::kEcho);
    out.bytes = std::move(read.text);
    if (read.hides) out.undo("escapes");
  }
  if (newline) out.bytes += '\n';
  return out;
}

Stream printf_(Words words, const Stream&) {
  bool hides = false;
  Stream out{true, formatted(words.subspan(1), hides), {}, 0};
  if (hides) out.undo("escapes");
  return out;
}

// An option among the arguments, alone or in a bundle of short ones.
bool has_option(Words words, char letter, std::string_view name = {}) {
  return std::any_of(words.begin() + 1, words.end(), [&](std::string_view word) {
    if (!name.empty() && word.size() > 4 && name.starts_with(word)) return true;
    return word.size() > 1 && word[0] == '-' && word[1] != '-' &&
           word.find(letter, 1) != std::string_view::npos;
  });
}

// Arguments that are no options.
std::size_t operands(Words words) {
  return static_cast<std::size_t>(
      std::count_if(words.begin() + 1, words.end(), [](std::string_view word) {
        return word != "-" && word != "/dev/stdin" && !word.empty() && word.front() != '-';
      }));
}

Stream cat(Words words, const Stream& in) { return operands(words) == 0 ? in : unknown(); }

Stream pass(Words, const Stream& in) { return in; }

Stream base64(Words words, const Stream& in) {
  const bool decodes = has_option(words, 'd', "--decode") || has_option(words, 'D');
  if (!decodes || operands(words) != 0) return unknown();
  return decoded(decode_base64(in.bytes), in, "base64");
}

Stream base32(Words words, const Stream& in) {
  if (!has_option(words, 'd', "--decode") || operands(words) != 0) return unknown();
  return decoded(decode_base32(in.bytes), in, "base32");
}

Stream openssl(Words words, const Stream& in) {
  if (words.size() < 2) return unknown();
  const auto has = [&](std::string_view wanted) {
    return std::find(words.begin() + 1, words.end(), wanted) != words.end();
  };
  const bool base64 = words[1] == "base64" || (words[1] == "enc" && (has("-base64") || has("-a")));
  if (!base64 || !has("-d") || has("-in")) return unknown();
  return decoded(decode_base64(in.bytes), in, "base64");
}

Stream xxd(Words words, const Stream& in) {
  if (!has_option(words, 'r') || operands(words) != 0) return unknown();
  if (has_option(words, 'p')) return decoded(decode_hex(in.bytes), in, "hex");
  // Lines of a dump: "00000000: 7767 6574  wget".
  std::string digits;
  for (std::size_t at = 0; at < in.bytes.size();) {
    const std::size_t end = std::min(in.bytes.find('\n', at), in.bytes.size());
    std::string_view line = std::string_view(in.bytes).substr(at, end - at);
    line.remove_prefix(std::min(line.find(':') + 1, line.size()));
    digits += line.substr(0, line.find("  "));
    at = end + 1;
  }
  return decoded(decode_hex(digits), in, "hex");
}

Stream rev(Words words, const Stream& in) {
  if (operands(words) != 0) return unknown();
  return decoded(reverse_lines(in.bytes), in, "rev");
}

Stream tac(Words words, const Stream& in) {
  if (operands(words) != 0) return unknown();
  std::string out;
  for (std::size_t end = in.bytes.size(); end > 0;) {
    const std::size_t from = in.bytes[end - 1] == '\n' ? end - 1 : end;
    const std::size_t line = from == 0 ? std::string::npos : in.bytes.rfind('\n', from - 1);
    const std::size_t begin = line == std::string::npos ? 0 : line + 1;
    out.append(in.bytes, begin, end - begin);
    if (out.back() != '\n') out += '\n';
    end = begin;
  }
  return decoded(std::move(out), in, "tac");
}

Stream tr(Words words, const Stream& in) {
  bool deletes = false;
  bool complement = false;
  std::size_t at = 1;
  for (; at < words.size() && words[at].size() > 1 && words[at].front() == '-'; ++at) {
    if (words[at] == "--delete" || words[at].find('d') != std::string_view::npos) deletes = true;
    if (words[at].find_first_of("cC") != std::string_view::npos) complement = true;
  }
  if (at >= words.size()) return unknown();
  const std::string_view to = at + 1 < words.size() ? words[at + 1] : std::string_view();
  std::string text = translate(in.bytes, words[at], to, deletes, complement);
  if (text == in.bytes) return in;
  // Taking line feeds out or putting them in is layout, no code.
  const bool layout = words[at] == "\\n" || words[at] == "\\r" || words[at] == "\n" ||
                      words[at] == " " || words[at] == "[:space:]";
  if (layout) return {true, std::move(text), in.encodings, in.depth};
  return decoded(std::move(text), in, "tr");
}

Stream gunzip(Words words, const Stream& in) {
  const bool decompresses = words[0] == "gunzip" || words[0] == "zcat" || words[0] == "gzcat" ||
                                    words[0] == "zlib-flate" || words[0] == "pigz"
                                ? true
                                : has_option(words, 'd', "--decompress");
  if (!decompresses || operands(words) != 0) return unknown();
  return decoded(inflate_bytes(in.bytes, kMaxStreamBytes), in, "gzip");
}

// Only substitutions of fixed texts, s/a/b/ or s/a/b/g.
Stream sed(Words words, const Stream& in) {
  std::string_view script;
  for (const std::string_view word : words.subspan(1)) {
    if (word == "-e" || word == "-E" || word == "-r") continue;
    if (!script.empty() || word.starts_with('-')) return unknown();
    script = word;
  }
  if (script.size() < 4 || script[0] != 's' || is_name(script[1]) || script[1] == '\\') {
    return unknown();
  }
  const char mark = script[1];
  const std::size_t middle = script.find(mark, 2);
  const std::size_t last =
      middle == std::string_view::npos ? middle : script.find(mark, middle + 1);
  if (last == std::string_view::npos) return unknown();
  const std::string_view from = script.substr(2, middle - 2);
  const std::string_view to = script.substr(middle + 1, last - middle - 1);
  const std::string_view flags = script.substr(last + 1);
  const bool fixed = !from.empty() && from.find_first_of("\\.*[^$") == std::string_view::npos &&
                     to.find_first_of("\\&") == std::string_view::npos;
  if (!fixed || (!flags.empty() && flags != "g")) return unknown();
  std::string out;
  std::string_view rest = in.bytes;
  bool changed = false;
  while (!rest.empty() && out.size() < kMaxStreamBytes) {
    const std::size_t at = changed && flags.empty() ? std::string_view::npos : rest.find(from);
    out += rest.substr(0, at);
    if (at == std::string_view::npos) break;
    out += to;
    changed = true;
    rest.remove_prefix(at + from.size());
  }
  if (!changed) return in;
  return decoded(std::move(out), in, "sed");
}

struct Filter {
  std::string_view name;
  Stream (*run)(Words, const Stream&);
  bool reads = true;
};
// In ascending order of names.
constexpr std::array kFilters = {Filter{"base32", base32},
                                 Filter{"base64", base64},
                                 Filter{"cat", cat},
                                 Filter{"echo", echo, false},
                                 Filter{"gunzip", gunzip},
                                 Filter{"gzcat", gunzip},
                                 Filter{"gzip", gunzip},
                                 Filter{"iconv", pass},
                                 Filter{"openssl", openssl},
                                 Filter{"pigz", gunzip},
                                 Filter{"printf", printf_, false},
                                 Filter{"rev", rev},
                                 Filter{"sed", sed},
                                 Filter{"tac", tac},
                                 Filter{"tee", pass},
                                 Filter{"tr", tr},
                                 Filter{"xxd", xxd},
                                 Filter{"zcat", gunzip},
                                 Filter{"zlib-flate", gunzip}};

const Filter* filter_of(std::string_view name) {
  const auto* const found = std::lower_bound(
      kFilters.begin(), kFilters.end(), name,
      [](const Filter& filter, std::string_view wanted) { return filter.name < wanted; });
  return found != kFilters.end() && found->name == name ? found : nullptr;
}

std::string number_text(std::string_view argument, char conversion) {
  long value = 0;
  if (argument.size() > 1 && (argument[0] == '\'' || argument[0] == '"')) {
    value = static_cast<unsigned char>(argument[1]);
  } else {
    const bool hex = argument.starts_with("0x") || argument.starts_with("0X");
    const bool octal = !hex && argument.size() > 1 && argument[0] == '0';
    const std::string_view digits = hex ? argument.substr(2) : argument;
    std::from_chars(digits.data(), digits.data() + digits.size(), value,
                    hex ? 16 : (octal ? 8 : 10));
  }
  if (conversion == 'd' || conversion == 'i' || conversion == 'u') return std::to_string(value);
  char text[24];
  const auto [end, error] =
      std::to_chars(std::begin(text), std::end(text), value, conversion == 'o' ? 8 : 16);
  static_cast<void>(error);  // 24 digits hold every number
  std::string out(std::begin(text), end);
  if (conversion == 'X') {
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

}  // namespace

std::span<const std::string_view> filter_names() {
  static constexpr auto kNames = [] {
    std::array<std::string_view, kFilters.size()> names;
    std::transform(kFilters.begin(), kFilters.end(), names.begin(),
                   [](const Filter& filter) { return filter.name; });
    return names;
  }();
  return kNames;
}

Stream output(std::span<const std::string_view> words, const Stream& in) {
  const Filter* filter = words.empty() ? nullptr : filter_of(words[0]);
  if (filter == nullptr || (filter->reads && !in.known)) return unknown();
  Stream out = filter->run(words, in);
  if (out.bytes.size() > kMaxStreamBytes) out.bytes.resize(kMaxStreamBytes);
  return out;
}

std::string formatted(std::span<const std::string_view> arguments, bool& hides) {
  while (!arguments.empty() && arguments.front() == "--") arguments = arguments.subspan(1);
  if (arguments.empty()) return {};
  const std::string_view format = arguments.front();
  arguments = arguments.subspan(1);
  std::string out;
  std::size_t next = 0;
  do {
    const std::size_t before = next;
    for (std::size_t at = 0; at < format.size() && out.size() < kMaxStreamBytes;) {
      const std::size_t percent = std::min(format.find('%', at), format.size());
      const Unescaped plain = unescape(format.substr(at, percent - at), EscapeStyle::kPrintf);
      hides = hides || plain.hides;
      out += plain.text;
      if (percent == format.size()) break;
      at = percent + 1;
      while (at < format.size() &&
             std::string_view("-+ #0123456789.*'l").find(format[at]) != std::string_view::npos) {
        ++at;
      }
      if (at >= format.size()) break;
      const char conversion = format[at++];
      if (conversion == '%') {
        out += '%';
        continue;
      }
      const std::string_view argument =
          next < arguments.size() ? arguments[next] : std::string_view();
      ++next;
      if (conversion == 'b') {
        const Unescaped read = unescape(argument, EscapeStyle::kPrintfText);
        hides = hides || read.hides;
        out += read.text;
      } else if (conversion == 'c') {
        out += argument.substr(0, 1);
      } else if (conversion == 's' || conversion == 'q') {
        out += argument;
      } else {
        out += number_text(argument, conversion);
      }
    }
    if (next == before) break;  // the format takes no arguments
  } while (next < arguments.size() && out.size() < kMaxStreamBytes);
  return out;
}

}  // namespace decnet::shell
