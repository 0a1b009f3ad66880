// Simple commands: assignments, words and redirections, written canonically.
#include <algorithm>

#include "decnet/shell/analysing.h"
#include "decnet/shell/characters.h"
#include "decnet/shell/globs.h"
#include "decnet/shell/quoting.h"
#include "decnet/shell/wrappers.h"

namespace decnet::shell {
namespace {

constexpr std::size_t kMaxListedWrappers = 4;  // of one command

}  // namespace

void Analysing::simple(const Script& script, const Node& node, Line& line, Joint behind) {
  const std::size_t first_field = state_.fields.size();
  const std::size_t first_redirection = state_.redirections.size();
  // Before a command they stand as commands of their own, and so they count for what follows.
  const bool alone = node.words.empty();
  for (std::uint32_t i = node.assignments.begin; i < node.assignments.end; ++i) {
    const bool last = i + 1 == node.assignments.end && alone && node.redirects.empty();
    assignment(script, script.assignments[i], alone, line, last ? behind : Joint::kThen);
  }
  for (std::uint32_t i = node.words.begin; i < node.words.end; ++i) {
    fields_of(script, script.words[i]);
  }
  const bool has_words = state_.fields.size() != first_field;
  add_redirections(script, node, behind);
  if (has_words || state_.redirections.size() != first_redirection) {
    write_command(first_field, first_redirection, line, behind);
  }
  state_.fields.resize(first_field);
  state_.redirections.resize(first_redirection);
}

void Analysing::assignment(const Script& script, const syntax::Assignment& assignment, bool alone,
                           Line& line, Joint behind) {
  const bool in_pipe = pipes(line.joint) && !alone;  // a | X=1 b: the pipe goes on to b
  // IFS= read … is the usual form, and of that command alone.
  const bool sets = alone || (!in_pipe && assignment.name != "IFS");
  std::string text(assignment.name);
  if (!assignment.subscript.empty()) text.append("[").append(assignment.subscript).append("]");
  text += assignment.append ? "+=" : "=";
  const std::size_t base = state_.fields.size();
  if (assignment.array) {
    for (std::uint32_t i = assignment.words.begin; i < assignment.words.end; ++i) {
      fields_of(script, script.words[i]);
    }
    text += '(';
    for (std::size_t i = base; i < state_.fields.size(); ++i) {
      if (i != base) text += ' ';
      append_word(text, state_.fields[i]);
    }
    text += ')';
    // ${name[0]} and ${name[*]} are rare enough.
    if (sets) state_.variables.set_unknown(assignment.name);
  } else {
    Field value;
    if (!assignment.words.empty()) value = single(script, script.words[assignment.words.begin]);
    if (!value.text.empty()) append_word(text, value);
    const bool constant = value.text.find('$') == std::string_view::npos &&
                          value.text.find('`') == std::string_view::npos;
    if (sets && assignment.subscript.empty()) {
      if (!constant) {
        state_.variables.set_unknown(assignment.name);
      } else if (assignment.append) {
        state_.variables.append(assignment.name, value.text);
      } else {
        state_.variables.set(assignment.name, value.text);
      }
    }
  }
  state_.fields.resize(base);
  if (in_pipe) {
    record(TextKind::kSimpleCommand, keep(text));
    return;
  }
  begin_command(line);
  line.command = line.marks.size();
  line.marks.push_back(
      {TextKind::kSimpleCommand, line.text.size(), line.text.size() + text.size()});
  line.text += text;
  if (line.has_wrappers) line.typed += text;
  line.joint = behind;
  line.stream.known = false;
}

void Analysing::add_redirections(const Script& script, const Node& node, Joint behind) {
  static constexpr std::string_view kSigns[] = {"<",   ">",  ">>", "<>",  "&>",
                                                "&>>", "<&", ">&", "<<<", "<<<"};
  std::string text;
  for (std::uint32_t i = node.redirects.begin; i < node.redirects.end; ++i) {
    const syntax::Redirect& redirect = script.redirects[i];
    using Kind = RedirectKind;
    const bool duplicates =
        redirect.kind == Kind::kDuplicateIn || redirect.kind == Kind::kDuplicateOut;
    Field target;
    if (redirect.kind == Kind::kDocument) {
      target.text = document_body(script.documents[redirect.document]);
      target.quote = needs_quotes(target.text);
    } else {
      target = single(script, redirect.target);
      shorten(target);
      if (target.text.empty()) target.quote = true;
    }
    text.clear();
    const bool input = redirect.kind == Kind::kInput || redirect.kind == Kind::kBoth ||
                       redirect.kind == Kind::kDuplicateIn || redirect.kind == Kind::kDocument ||
                       redirect.kind == Kind::kHereString;
    if (!redirect.fd_variable.empty()) {
      text.append("{").append(redirect.fd_variable).append("}");
    } else if (redirect.fd >= 0 && redirect.fd != (input ? 0 : 1)) {
      text += std::to_string(redirect.fd);
    }
    text += kSigns[static_cast<std::size_t>(redirect.kind)];
    if (!duplicates) text += ' ';
    append_word(text, target);
    const std::string_view kept = keep(text);
    if (kept.empty()) continue;
    record(TextKind::kRedirect, kept);
    state_.redirections.push_back({kept, redirect.kind, redirect.fd, target.text});
  }
  if (behind == Joint::kPipeAll) {
    state_.redirections.push_back({"2>&1", RedirectKind::kDuplicateOut, 2, "1"});
  }
}

void Analysing::expand_alias(std::size_t first_field) {
  const auto value = state_.variables.alias(state_.fields[first_field].text);
  if (!value || !charge(value->size())) return;
  std::vector<Field> words;
  for (std::string_view rest = *value;;) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\n"), rest.size()));
    if (rest.empty()) break;
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t\n"));
    words.push_back({word, needs_quotes(word)});
    rest.remove_prefix(word.size());
  }
  // An alias of an alias would not come to rest: alias ls='ls -a'.
  if (words.empty() || state_.variables.alias(words.front().text)) return;
  const auto place = state_.fields.begin() + static_cast<std::ptrdiff_t>(first_field);
  *place = words.front();
  state_.fields.insert(place + 1, words.begin() + 1, words.end());
}

void Analysing::canonical_name(Field& name) {
  shorten(name);
  if (name.glob) {
    if (const auto program = known_program(name.text)) name = {*program};
    return;
  }
  const std::string_view program = program_name(name.text);
  if (program.size() != name.text.size()) {
    name.text = program;
    name.quote = needs_quotes(program);
  }
}

// Writes the command of the fields and redirections from there on, and follows what it does.
void Analysing::write_command(std::size_t first_field, std::size_t first_redirection, Line& line,
                              Joint behind) {
  auto& fields = state_.fields;
  std::size_t inner = first_field;
  if (fields.size() != first_field) {
    canonical_name(fields[first_field]);
    expand_alias(first_field);
    for (std::size_t i = first_field + 1; i < fields.size(); ++i) shorten(fields[i]);
    auto& words = state_.words;
    words.clear();
    for (std::size_t i = first_field; i < fields.size(); ++i) words.push_back(fields[i].text);
    for (std::size_t wrappers = 0;; ++wrappers) {
      const std::size_t at = inner - first_field;
      const std::size_t length = wrapped_command(std::span(words).subspan(at));
      if (length == 0) break;
      if (wrappers < kMaxListedWrappers) write_wrapped(inner, length, first_redirection);
      inner += length;
      canonical_name(fields[inner]);
      words[at + length] = fields[inner].text;
    }
  }
  const std::span<const Field> all(fields);
  if (inner != first_field && !line.has_wrappers) {
    line.has_wrappers = true;
    line.typed = line.text;
  }
  const Joint before = line.joint;
  begin_command(line);
  const std::size_t begin = line.text.size();
  const std::size_t arguments = write_words(inner, line.text, begin == 0);
  if (fields.size() > inner) record(TextKind::kArgv0, fields[inner].text);
  if (arguments != line.text.size()) {
    line.marks.push_back({TextKind::kArgs, arguments, line.text.size()});
  }
  for (std::size_t i = first_redirection; i < state_.redirections.size(); ++i) {
    if (line.text.size() != begin) line.text += ' ';
    line.text += state_.redirections[i].text;
  }
  line.command = line.marks.size();
  line.marks.push_back({TextKind::kSimpleCommand, begin, line.text.size()});
  if (line.has_wrappers) {
    if (inner == first_field) {
      line.typed.append(line.text, begin);
    } else {
      write_words(first_field, line.typed, line.typed.empty());
      for (std::size_t i = first_redirection; i < state_.redirections.size(); ++i) {
        line.typed.append(" ").append(state_.redirections[i].text);
      }
    }
  }
  line.joint = before;  // what is piped in is seen by that
  effects(all.subspan(inner), std::span(state_.redirections).subspan(first_redirection), line,
          behind);
  line.joint = behind;
}

// Lists a wrapper with all that it wraps, and what it assigns on the way.
void Analysing::write_wrapped(std::size_t first_field, std::size_t length,
                              std::size_t first_redirection) {
  auto& fields = state_.fields;
  std::string text;
  const std::size_t arguments = write_words(first_field, text, true);
  const std::string_view kept_words = keep(text);
  if (kept_words.empty()) return;
  record(TextKind::kArgv0, fields[first_field].text);
  record(TextKind::kArgs, kept_words.substr(arguments));
  if (state_.redirections.size() == first_redirection) {
    record(TextKind::kSimpleCommand, kept_words);
  } else {
    for (std::size_t i = first_redirection; i < state_.redirections.size(); ++i) {
      text.append(" ").append(state_.redirections[i].text);
    }
    record(TextKind::kSimpleCommand, keep(text));
  }
  for (std::size_t i = first_field + 1; i < first_field + length; ++i) {
    const std::string_view word = fields[i].text;
    const std::size_t assigned = name_length(word);
    if (assigned != 0 && assigned < word.size() && word[assigned] == '=') {
      record(TextKind::kSimpleCommand, word);
    }
  }
}

// Where the arguments begin; the end of the text when there are none.
std::size_t Analysing::write_words(std::size_t first, std::string& out, bool begins_line) {
  const auto& fields = state_.fields;
  if (first == fields.size()) return out.size();
  Field name = fields[first];
  name.quote = name.quote || needs_quotes_as_name(name.text);
  const std::size_t begin = out.size();
  append_word(out, name);
  std::size_t arguments = out.size() + 1;
  for (std::size_t i = first + 1; i < fields.size(); ++i) {
    out += ' ';
    append_word(out, fields[i]);
  }
  // What would be taken for a prompt is none.
  if (begins_line && !name.quote && prompt_length(std::string_view(out).substr(begin)) != 0) {
    out.insert(begin, 1, '\'');
    out.insert(begin + 1 + name.text.size(), 1, '\'');
    arguments += 2;
  }
  return std::min(arguments, out.size());
}

}  // namespace decnet::shell
