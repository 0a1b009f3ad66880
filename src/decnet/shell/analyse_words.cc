// Words: from parts to fields, as a shell expands them.
#include <algorithm>

#include "decnet/shell/analysing.h"
#include "decnet/shell/braces.h"
#include "decnet/shell/characters.h"
#include "decnet/shell/encodings.h"
#include "decnet/shell/globs.h"
#include "decnet/shell/parser.h"
#include "decnet/shell/quoting.h"

namespace decnet::shell {
namespace {

using syntax::PartKind;

constexpr std::size_t kNone = std::string::npos;
constexpr std::size_t kBraceBombCost = 16'384;  // in bytes written
constexpr std::size_t kMaxBraceBytes = 4096;    // of a word whose braces are expanded

// $'\x41': the reader of words marks it like \A, but it is longer than what it stands for.
bool is_coded(const syntax::Part& part) {
  return part.escaped && part.span.size() >= part.text.size() + 3;
}

// An unquoted \x41, as loggers write a byte that nobody types: that byte, else what stands there.
std::string_view logged_text(const syntax::Part& part) {
  static constexpr std::string_view kLineFeed = "\n";
  const int value = hex_value(part.text[2]) * 16 + hex_value(part.text[3]);
  if (value == '\n') return kLineFeed;
  if (value == '\r' || value == 0) return {};
  return part.text;
}

bool begins_with(std::span<const syntax::Part> parts, std::size_t at, bool (*wanted)(char)) {
  return at < parts.size() && parts[at].kind == PartKind::kText && !parts[at].text.empty() &&
         wanted(parts[at].text.front());
}

bool is_plain_name(std::string_view text) {
  return !text.empty() && name_length(text) == text.size();
}

}  // namespace

// One field while it is put together.
struct Analysing::Builder {
  std::string text;
  bool started = false;  // something stands there, be it ""
  bool open = false;     // an expansion stays in it
  bool quote = false;    // of a field with an open expansion: the rest of it needs quotes
  bool glob = false;
  bool coded = false;
  std::size_t bare = kNone;  // where the name of a $NAME begins that stands last
  std::int32_t stream = -1;

  void append(std::string_view piece) {
    if (piece.empty()) return;
    started = true;
    if (bare != kNone) {
      if (is_name(piece.front())) {
        text.insert(bare, 1, '{');
        text += '}';
      }
      bare = kNone;
    }
    quote = quote || needs_quotes(piece) || piece.back() == '$';
    text += piece;
  }
  void append_open(std::string_view expansion) {
    started = true;
    open = true;
    bare = kNone;
    text += expansion;
  }
};

void Analysing::fields_of(const Script& script, const Word& word) {
  const std::span<const Part> parts =
      std::span(script.parts).subspan(word.parts.begin, word.parts.size());
  if (parts.empty()) {
    if (word.quoted) state_.fields.push_back({{}, true});
    return;
  }
  const Part& first = parts.front();
  const bool braces =
      word.active && word.span.size() <= kMaxBraceBytes && !state_.truncated &&
      std::any_of(parts.begin(), parts.end(), [](const Part& part) {
        return part.kind == PartKind::kText && !part.quoted && part.text.find('{') != kNone;
      });
  if (parts.size() == 1 && first.kind == PartKind::kText && !first.logged && !is_coded(first) &&
      !braces) {
    state_.fields.push_back({first.text, needs_quotes(first.text), word.active && !first.quoted});
    return;
  }
  if (braces) {
    std::vector<std::vector<Part>> words;
    // What came to nothing has cost its time all the same.
    if (!expand_braces({parts.begin(), parts.end()}, state_.arena, words)) charge(kBraceBombCost);
    for (const auto& one : words) {
      if (!charge(word.span.size())) return;
      expand_parts(script, one);
    }
    if (!words.empty()) return;
  }
  expand_parts(script, parts);
}

void Analysing::expand_parts(const Script& script, std::span<const Part> parts) {
  Builder builder;
  for (std::size_t i = 0; i < parts.size(); ++i) append_part(script, parts, i, true, builder);
  finish_field(builder);
}

Field Analysing::single(const Script& script, const Word& word) {
  const std::span<const Part> parts =
      std::span(script.parts).subspan(word.parts.begin, word.parts.size());
  if (parts.size() == 1 && parts.front().kind == PartKind::kText && !parts.front().logged &&
      !is_coded(parts.front())) {
    const std::string_view text = parts.front().text;
    return {text, needs_quotes(text), word.active && !parts.front().quoted};
  }
  Builder builder;
  for (std::size_t i = 0; i < parts.size(); ++i) append_part(script, parts, i, false, builder);
  builder.started = true;
  finish_field(builder);
  const Field field = state_.fields.back();
  state_.fields.pop_back();
  return field;
}

void Analysing::append_part(const Script& script, std::span<const Part> parts, std::size_t at,
                            bool splits, Builder& builder) {
  const Part& part = parts[at];
  switch (part.kind) {
    case PartKind::kText:
      if (part.quoted) builder.started = true;
      builder.coded = builder.coded || is_coded(part);
      builder.glob = builder.glob || (!part.quoted && has_glob(part.text));
      return builder.append(part.logged ? logged_text(part) : part.text);
    case PartKind::kParameter: {
      const Resolved resolved = parameter(part.text, part.quoted);
      if (resolved.known) {
        if (part.quoted) builder.started = true;
        return append_value(resolved.value, splits && !part.quoted, builder);
      }
      const bool plain = is_plain_name(part.text);
      const bool positional =
          part.text.size() == 1 && !plain &&
          (is_digit(part.text[0]) || part.text[0] == '@' || part.text[0] == '*');
      // Nothing was ever assigned to it: w${x}get, who$@ami, cat$IFS$9/etc/passwd.
      const bool letters_behind = begins_with(parts, at + 1, is_name);
      const bool between = !builder.text.empty() && is_name(builder.text.back()) && letters_behind;
      const bool behind_expansion = at > 0 && builder.text.empty();
      const bool all = positional && !is_digit(part.text[0]) && parts.size() > 1;
      const bool unset = state_.variables.get(part.text).state == Variables::State::kUnset;
      const bool shouts = plain && std::none_of(part.text.begin(), part.text.end(),
                                                [](char c) { return c >= 'a' && c <= 'z'; });
      const bool nothing = positional ? between || behind_expansion || all : plain && between;
      if (unset && !shouts && nothing && part.text != "0") {
        return;
      }
      builder.append_open("$");
      if (plain || part.text.size() == 1) {
        if (plain) builder.bare = builder.text.size();
        builder.text += part.text;
      } else {
        builder.text.append("{").append(part.text).append("}");
      }
      return;
    }
    case PartKind::kCommand:
      return append_substitution(script, part, splits && !part.quoted, builder);
    case PartKind::kProcess: {
      Line& line = open_line();
      line.substituted = true;
      list(script, part.node, line, Joint::kNone);
      const std::string_view text = finish(line);
      if (line.stream.known && !line.mixed && !part.output) {
        builder.stream = static_cast<std::int32_t>(state_.streams.size());
        state_.streams.push_back(std::move(line.stream));
      }
      --nesting_;
      builder.append_open(part.output ? ">(" : "<(");
      builder.text.append(text).append(")");
      return;
    }
    case PartKind::kArithmetic:
      builder.append_open("$((");
      builder.text.append(part.text).append("))");
      return;
  }
}

// What an expansion gave; unquoted, it is cut into fields where it has separators.
void Analysing::append_value(std::string_view value, bool splits, Builder& builder) {
  if (!charge(value.size())) return;
  if (!splits) return builder.append(value);
  const Resolved ifs = value_of("IFS");
  const std::string_view separators = ifs.known ? ifs.value : std::string_view(" \t\n");
  builder.glob = builder.glob || has_glob(value);
  while (!value.empty()) {
    const std::size_t end = std::min(value.find_first_of(separators), value.size());
    builder.append(value.substr(0, end));
    if (end == value.size()) return;
    finish_field(builder);
    value.remove_prefix(std::min(value.find_first_not_of(separators, end), value.size()));
  }
}

// $(…): what it writes where that can be told, else its canonical form. Its commands are listed in
// either case.
void Analysing::append_substitution(const Script& script, const Part& part, bool splits,
                                    Builder& builder) {
  Line& line = open_line();
  line.substituted = true;
  list(script, part.node, line, Joint::kNone);
  const std::string_view text = finish(line);
  const bool known = !state_.truncated && (text.empty() || (line.stream.known && !line.mixed));
  std::string value;
  if (known && !text.empty()) {
    if (!line.stream.encodings.empty()) open_decoded(line.stream, false);
    value = std::move(line.stream.bytes);
    while (value.ends_with('\n')) value.pop_back();
  }
  --nesting_;
  if (known) {
    if (part.quoted) builder.started = true;
    return append_value(value, splits, builder);
  }
  if (!charge(text.size())) return;
  builder.append_open("$(");
  builder.text.append(text).append(")");
}

void Analysing::finish_field(Builder& builder) {
  if (!builder.started) return;
  Field field;
  field.text = keep(builder.text);
  field.quote = builder.open ? builder.quote : needs_quotes(field.text);
  field.glob = builder.glob && !field.quote && !builder.open;
  field.stream = builder.stream;
  state_.fields.push_back(field);
  if (builder.coded && is_text(field.text))
    open_decoded({true, std::string(field.text), "escapes", 1}, false);
  builder = {};
}

// /etc/./passwd, /etc//passwd, /etc/p?sswd.
void Analysing::shorten(Field& field) {
  if (field.quote || field.text.size() < 3 || field.text.front() != '/') return;
  std::string shorter;
  if (shorten_path(field.text, shorter)) field.text = keep(shorter);
  if (!field.glob) return;
  if (const auto file = known_file(field.text)) field.text = *file;
}

std::string_view Analysing::document_body(const syntax::Document& document) {
  std::string_view body = document.body;
  if (document.expands && body.find_first_of("$`\\") != kNone) {
    Script& inner = new_script();
    parse_word(body, syntax::Reading::kDocument, static_cast<int>(nesting_), inner);
    if (!inner.words.empty()) body = single(inner, inner.words.front()).text;
  }
  if (body.ends_with('\n')) body.remove_suffix(1);
  return body;
}

}  // namespace decnet::shell
