// What a command does, as far as an analysis cares: variables and aliases it sets, what it writes
// to a pipe, and the layers it opens.
#include <algorithm>
#include <unordered_map>

#include "decnet/shell/analysing.h"
#include "decnet/shell/characters.h"
#include "decnet/shell/encodings.h"
#include "decnet/shell/programs.h"
#include "decnet/shell/quoting.h"
#include "decnet/shell/wrappers.h"

namespace decnet::shell {
namespace {

enum class Role : std::uint8_t {
  kNone,
  kFilter,
  kShell,
  kLanguage,
  kEval,
  kSource,
  kTrap,
  kRunsOption,  // su -c, script -c, watch …
  kFind,
  kDeclares,
  kAlias,
  kUnalias,
  kUnset,
  kReads,  // variables
};

std::unordered_map<std::string_view, Role> roles() {
  std::unordered_map<std::string_view, Role> roles = {
      {"eval", Role::kEval},         {"source", Role::kSource},     {".", Role::kSource},
      {"trap", Role::kTrap},         {"su", Role::kRunsOption},     {"runuser", Role::kRunsOption},
      {"script", Role::kRunsOption}, {"watch", Role::kRunsOption},  {"flock", Role::kRunsOption},
      {"find", Role::kFind},         {"export", Role::kDeclares},   {"declare", Role::kDeclares},
      {"local", Role::kDeclares},    {"readonly", Role::kDeclares}, {"typeset", Role::kDeclares},
      {"alias", Role::kAlias},       {"unalias", Role::kUnalias},   {"unset", Role::kUnset},
      {"read", Role::kReads},        {"mapfile", Role::kReads},     {"readarray", Role::kReads}};
  for (const std::string_view name : filter_names()) roles.emplace(name, Role::kFilter);
  for (const std::string_view name : shell_names()) roles.emplace(name, Role::kShell);
  return roles;
}

// One look-up for most commands.
Role role_of(std::string_view name) {
  static const auto kRoles = roles();
  if (const auto found = kRoles.find(name); found != kRoles.end()) return found->second;
  return is_script_language(name) ? Role::kLanguage : Role::kNone;
}

bool is_short_option(std::string_view word, char letter) {
  return word.size() > 1 && word[0] == '-' && word[1] != '-' &&
         word.find(letter, 1) != std::string_view::npos;
}

}  // namespace

void Analysing::effects(std::span<const Field> fields, std::span<const Redirection> redirections,
                        Line& line, Joint behind) {
  Stream in;
  if (pipes(line.joint)) std::swap(in, line.stream);
  line.stream.known = false;
  std::string_view from = "pipe";
  bool writes_file = false;
  for (const Redirection& redirection : redirections) {
    if (redirection.kind == RedirectKind::kDocument ||
        redirection.kind == RedirectKind::kHereString) {
      in = {true, std::string(redirection.target) + '\n', {}, 0};
      from = "here-document";
    }
    const bool output = redirection.kind == RedirectKind::kOutput ||
                        redirection.kind == RedirectKind::kAppend ||
                        redirection.kind == RedirectKind::kOutputAll ||
                        redirection.kind == RedirectKind::kAppendAll;
    writes_file = writes_file || (output && redirection.fd <= 1);
  }
  if (fields.empty()) return;
  auto& words = state_.words;
  words.clear();
  for (const Field& field : fields) words.push_back(field.text);
  state_.flow.command(words, redirections, pipes(line.joint), pipes(behind));
  const Role role = role_of(fields.front().text);
  // What it reads is decoded and goes no further as a text.
  const bool ends_stream = in.known && !in.encodings.empty() && role != Role::kFilter;
  switch (role) {
    case Role::kNone:
      break;
    case Role::kFilter: {
      const bool wanted = in.known || pipes(behind) || line.substituted ||
                          std::any_of(fields.begin(), fields.end(), [](const Field& field) {
                            return field.text.find('\\') != std::string_view::npos;
                          });
      if (!wanted) return;
      if (words[0] == "printf" && words.size() > 3 && words[1] == "-v") {
        bool hides = false;
        const std::string text = formatted(std::span(words).subspan(3), hides);
        state_.variables.set(words[2], text);
        if (hides) open_decoded({true, text, "escapes", 1}, false);
        return;
      }
      Stream out = output(words, in);
      if (!charge(out.bytes.size())) return;
      if (!out.known) {
        if (in.known && !in.encodings.empty()) open_decoded(in, false);
      } else if (!writes_file && (pipes(behind) || line.substituted)) {
        line.stream = std::move(out);
      } else if (!out.encodings.empty()) {
        open_decoded(out, false);
      }
      return;
    }
    case Role::kShell:
      return shell_command(fields, std::move(in), from);
    case Role::kLanguage:
      return language_command(fields, in);
    case Role::kEval: {
      std::string text;
      for (const Field& field : fields.subspan(1)) {
        if (field.text == "--") continue;
        if (!text.empty()) text += ' ';
        text += field.text;
      }
      open_layer(keep(text), "eval");
      break;
    }
    case Role::kSource:
      if (fields.size() > 1 && fields[1].stream >= 0) {
        const Stream& stream = state_.streams[static_cast<std::size_t>(fields[1].stream)];
        if (stream.encodings.empty()) {
          open_layer(keep(stream.bytes), "source");
        } else {
          open_decoded(stream, true);
        }
      } else if (fields.size() > 1 && in.known &&
                 (fields[1].text == "/dev/stdin" || fields[1].text == "/proc/self/fd/0")) {
        return shell_command(fields.first(1), std::move(in), from);
      }
      break;
    case Role::kTrap:
      if (fields.size() > 2 && fields[1].text != "-" && !fields[1].text.starts_with('-')) {
        open_layer(fields[1].text, "trap");
      }
      break;
    case Role::kRunsOption:
      if (fields[0].text == "watch") {
        std::size_t at = 1;
        while (at < fields.size() && fields[at].text.starts_with('-')) {
          at += fields[at].text == "-n" ? 2U : 1U;
        }
        std::string text;
        for (; at < fields.size(); ++at)
          text.append(text.empty() ? "" : " ").append(fields[at].text);
        if (!text.empty()) open_layer(keep(text), "watch");
        break;
      }
      for (std::size_t i = 1; i + 1 < fields.size(); ++i) {
        if (is_short_option(fields[i].text, 'c') || fields[i].text == "--command") {
          open_layer(fields[i + 1].text, "sh -c");
          break;
        }
      }
      break;
    case Role::kFind: {
      // -exec COMMAND ;
      for (std::size_t i = 1; i + 1 < fields.size(); ++i) {
        const std::string_view word = fields[i].text;
        if (word != "-exec" && word != "-execdir" && word != "-ok" && word != "-okdir") continue;
        std::string text;
        for (++i; i < fields.size() && fields[i].text != ";" && fields[i].text != "+"; ++i) {
          if (!text.empty()) text += ' ';
          append_word(text, fields[i]);
        }
        open_layer(keep(text), "find -exec");
      }
      break;
    }
    case Role::kDeclares:
      declare(fields);
      break;
    case Role::kAlias:
      define_aliases(fields);
      break;
    case Role::kUnalias:
      for (const Field& field : fields.subspan(1)) state_.variables.unset_alias(field.text);
      break;
    case Role::kUnset:
      for (const Field& field : fields.subspan(1)) state_.variables.unset(field.text);
      break;
    case Role::kReads:
      for (const Field& field : fields.subspan(1)) {
        if (name_length(field.text) == field.text.size() && !field.text.empty()) {
          state_.variables.set_unknown(field.text);
        }
      }
      break;
  }
  if (ends_stream) open_decoded(in, false);
}

// export NAME=value is an assignment too.
void Analysing::declare(std::span<const Field> fields) {
  for (const Field& field : fields.subspan(1)) {
    const std::size_t name = name_length(field.text);
    if (name == 0 || name >= field.text.size() || field.text[name] != '=') continue;
    const std::string_view value = field.text.substr(name + 1);
    if (field.quote) {
      std::string text(field.text.substr(0, name + 1));
      append_quoted(text, value);
      record(TextKind::kSimpleCommand, keep(text));
    } else {
      record(TextKind::kSimpleCommand, field.text);
    }
    if (value.find_first_of("$`") == std::string_view::npos) {
      state_.variables.set(field.text.substr(0, name), value);
    } else {
      state_.variables.set_unknown(field.text.substr(0, name));
    }
  }
}

void Analysing::define_aliases(std::span<const Field> fields) {
  for (const Field& field : fields.subspan(1)) {
    const std::size_t equals = field.text.find('=');
    if (equals == 0 || equals == std::string_view::npos || field.text.front() == '-') continue;
    const std::string_view value = field.text.substr(equals + 1);
    // Only what is words and nothing else.
    if (value.find_first_of("$`'\"\\;&|<>(){}") != std::string_view::npos) continue;
    state_.variables.set_alias(field.text.substr(0, equals), value);
  }
}

// sh -c TEXT, and a shell that reads its commands.
void Analysing::shell_command(std::span<const Field> fields, Stream in, std::string_view from) {
  std::size_t at = 1;
  bool reads = true;
  for (; at < fields.size() && fields[at].text.size() > 1 &&
         (fields[at].text[0] == '-' || fields[at].text[0] == '+');
       ++at) {
    const std::string_view option = fields[at].text;
    if (is_short_option(option, 'c')) {
      ++at;
      while (at < fields.size() && fields[at].text.starts_with('-')) ++at;
      if (at < fields.size()) open_layer(fields[at].text, "sh -c");
      reads = false;
      break;
    }
    if (is_short_option(option, 's')) {
      at = fields.size();
      break;
    }
    if (option == "-o" || option == "-O" || option == "--rcfile" || option == "--init-file") ++at;
  }
  if (reads && at < fields.size() && fields[at].stream >= 0) {
    in = state_.streams[static_cast<std::size_t>(fields[at].stream)];
    from = "source";
    at = fields.size();
  }
  const bool named_input =
      at < fields.size() && (fields[at].text == "/dev/stdin" || fields[at].text == "-");
  reads = reads && (at >= fields.size() || named_input);
  if (!in.known) return;
  if (!in.encodings.empty()) {
    open_decoded(in, reads);
  } else if (reads) {
    open_layer(keep(in.bytes), from);
  }
}

void Analysing::language_command(std::span<const Field> fields, const Stream& in) {
  bool given = false;
  for (std::size_t i = 1; i + 1 < fields.size(); ++i) {
    const std::string_view option = fields[i].text;
    // -c, -e, perl's -ne; not its -MMIME::Base64.
    const bool last_letter = option.size() > 1 && option.size() < 6 && option[0] == '-' &&
                             std::string_view("ceEr").find(option.back()) != std::string_view::npos;
    if (last_letter || option == "--eval") {
      run_program(fields[i + 1].text, {});
      given = true;
      ++i;
    }
  }
  const bool reads = !given && (fields.size() == 1 || fields.back().text == "-");
  if (!in.known) return;
  if (!in.encodings.empty()) open_decoded(in, reads, false);
  if (reads) run_program(keep(in.bytes), in.encodings);
}

void Analysing::run_program(std::string_view program, const std::string& encodings) {
  const std::uint32_t depth = state_.layers[layer_].depth;
  if (nested_programs_ + depth >= Analysis::kMaxDepth) {
    state_.truncated = true;
    return;
  }
  ++nested_programs_;
  for (Payload& payload : payloads(program)) {
    if (!charge(payload.text.size())) break;
    const bool runs = payload.kind != Payload::Kind::kData;
    if (!payload.encodings.empty()) {
      open_decoded({true, payload.text, payload.encodings, 1}, runs,
                   payload.kind != Payload::Kind::kProgram);
    } else if (payload.kind == Payload::Kind::kShell) {
      open_layer(keep(payload.text), "program");
    }
    if (payload.kind == Payload::Kind::kProgram) run_program(keep(payload.text), encodings);
  }
  --nested_programs_;
}

void Analysing::open_layer(std::string_view text, std::string_view label, bool is_shell) {
  if (text.empty()) return;
  const std::uint32_t depth = state_.layers[layer_].depth + 1;
  if (depth > Analysis::kMaxDepth || state_.layers.size() >= Analysis::kMaxLayers) {
    state_.truncated = true;
    return;
  }
  const bool known = std::any_of(state_.layers.begin(), state_.layers.end(),
                                 [&](const Layer& layer) { return layer.source == text; });
  if (known || !charge(text.size())) return;
  state_.layers.push_back({label, text, depth});
  state_.is_shell.push_back(is_shell && is_text(text));
}

void Analysing::open_decoded(const Stream& stream, bool runs, bool is_shell) {
  const std::string_view text = keep(stream.bytes);
  if (text.empty()) return;
  std::string label(stream.encodings);
  std::replace(label.begin(), label.end(), ' ', '+');
  const std::size_t layers = state_.layers.size();
  open_layer(text, keep(label), is_shell);
  if (state_.layers.size() == layers) return;
  const auto layer = static_cast<std::uint32_t>(layers);
  texts(TextKind::kDecoded).push_back({text, layer});
  texts(TextKind::kDecoding).push_back({keep(stream.encodings + (runs ? " run" : "")), layer});
}

}  // namespace decnet::shell
