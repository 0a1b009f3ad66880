// The walk over commands: compound ones are flattened into one line.
#include <algorithm>

#include "decnet/shell/analysing.h"
#include "decnet/shell/characters.h"

namespace decnet::shell {
namespace {

using syntax::kNoNode;
using syntax::NodeKind;

std::string_view joint_text(Joint joint) {
  switch (joint) {
    case Joint::kBackground:
      return " & ";
    case Joint::kAnd:
      return " && ";
    case Joint::kOr:
      return " || ";
    case Joint::kPipe:
    case Joint::kPipeAll:
      return " | ";
    case Joint::kNone:
    case Joint::kThen:
      break;
  }
  return " ; ";
}

}  // namespace

void Analysing::list(const Script& script, std::uint32_t node, Line& line, Joint behind) {
  for (std::uint32_t child = script.nodes[node].first_child; child != kNoNode;
       child = script.nodes[child].next) {
    const Node& one = script.nodes[child];
    const bool last = one.next == kNoNode;
    const bool keeps =
        one.joint == Joint::kBackground && (behind == Joint::kNone || behind == Joint::kThen);
    command(script, child, line, last && !keeps ? behind : one.joint);
  }
}

void Analysing::command(const Script& script, std::uint32_t index, Line& line, Joint behind) {
  const Node& node = script.nodes[index];
  switch (node.kind) {
    case NodeKind::kSimple:
      return simple(script, node, line, behind);
    case NodeKind::kPipeline:
    case NodeKind::kSequence:
      return list(script, index, line, behind);
    case NodeKind::kTest:
      return test_command(script, node, line, behind);
    case NodeKind::kArithmetic:
      begin_command(line);
      line.command = line.marks.size();
      line.marks.push_back(
          {TextKind::kSimpleCommand, line.text.size(), line.text.size() + node.text.size() + 4});
      for (std::string* out : {&line.text, &line.typed}) {
        if (out == &line.typed && !line.has_wrappers) continue;
        out->append("((").append(node.text).append("))");
      }
      line.joint = behind;
      break;
    case NodeKind::kFor:
    case NodeKind::kCase:
      head_words(script, node);
      if (node.kind == NodeKind::kFor) bind_loop_variable(script, node);
      branches(script, node, line, behind);
      break;
    case NodeKind::kSubshell:
    case NodeKind::kGroup:
    case NodeKind::kIf:
    case NodeKind::kLoop:
    case NodeKind::kFunction:
      branches(script, node, line, behind);
      break;
  }
  redirect_group(script, node, line);
}

void Analysing::branches(const Script& script, const Node& node, Line& line, Joint behind) {
  for (std::uint32_t child = node.first_child; child != kNoNode; child = script.nodes[child].next) {
    // The head of for ((…)) is three expressions, which alone would be something else.
    if (node.kind == NodeKind::kFor && script.nodes[child].kind == NodeKind::kArithmetic) continue;
    const bool last = script.nodes[child].next == kNoNode;
    command(script, child, line, last ? behind : Joint::kThen);
  }
}

// The items of a loop, the subject of a case: only the commands substituted in them are listed.
void Analysing::head_words(const Script& script, const Node& node) {
  const std::size_t base = state_.fields.size();
  for (std::uint32_t i = node.words.begin; i < node.words.end; ++i) {
    fields_of(script, script.words[i]);
    state_.fields.resize(base);
  }
}

// A loop over one thing is no loop.
void Analysing::bind_loop_variable(const Script& script, const Node& node) {
  if (node.words.empty()) return;
  const std::size_t base = state_.fields.size();
  fields_of(script, script.words[node.words.begin]);
  const std::string_view name =
      state_.fields.size() == base ? std::string_view() : state_.fields[base].text;
  state_.fields.resize(base);
  if (name.empty() || name_length(name) != name.size()) return;
  const bool one = node.lists_items && node.words.size() == 2;
  if (one) fields_of(script, script.words[node.words.begin + 1]);
  if (one && state_.fields.size() == base + 1 &&
      state_.fields[base].text.find('$') == std::string_view::npos && !state_.fields[base].glob) {
    state_.variables.set(name, state_.fields[base].text);
  } else {
    state_.variables.set_unknown(name);
  }
  state_.fields.resize(base);
}

void Analysing::begin_command(Line& line) {
  if (line.text.empty()) return;
  if (!pipes(line.joint)) {
    line.marks.push_back({TextKind::kPipeline, line.pipeline, line.text.size()});
    line.mixed = true;
  }
  line.text += joint_text(line.joint);
  if (line.has_wrappers) line.typed += joint_text(line.joint);
  if (!pipes(line.joint)) line.pipeline = line.text.size();
}

void Analysing::test_command(const Script& script, const Node& node, Line& line, Joint behind) {
  const std::size_t first = state_.fields.size();
  for (std::uint32_t i = node.words.begin; i < node.words.end; ++i) {
    const Word& word = script.words[i];
    const std::size_t before = state_.fields.size();
    state_.fields.push_back(single(script, word));
    if (word.bare) state_.fields[before].quote = false;
  }
  begin_command(line);
  const std::size_t begin = line.text.size();
  for (std::size_t i = first; i < state_.fields.size(); ++i) {
    if (i != first) line.text += ' ';
    append_word(line.text, state_.fields[i]);
  }
  if (line.has_wrappers) line.typed.append(line.text, begin);
  line.command = line.marks.size();
  line.marks.push_back({TextKind::kSimpleCommand, begin, line.text.size()});
  line.joint = behind;
  line.stream.known = false;
  state_.fields.resize(first);
  redirect_group(script, node, line);
}

// The redirections of a loop or group stand with its last command.
void Analysing::redirect_group(const Script& script, const Node& node, Line& line) {
  if (node.redirects.empty() || line.marks.empty() || line.text.empty()) return;
  const std::size_t first = state_.redirections.size();
  add_redirections(script, node, Joint::kNone);
  for (std::size_t i = first; i < state_.redirections.size(); ++i) {
    line.text.append(" ").append(state_.redirections[i].text);
    if (line.has_wrappers) line.typed.append(" ").append(state_.redirections[i].text);
  }
  line.marks[line.command].end = line.text.size();
  state_.redirections.resize(first);
}

}  // namespace decnet::shell
