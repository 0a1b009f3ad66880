// The inside of an analysis: a walk over the syntax of each layer. analyse_commands.cc flattens
// what holds commands together into a line, analyse_words.cc resolves words, analyse_parameters.cc
// expansions, analyse_effects.cc says what a command does to variables and which layers it opens.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/shell/analysis.h"
#include "decnet/shell/arena.h"
#include "decnet/shell/filters.h"
#include "decnet/shell/flow.h"
#include "decnet/shell/quoting.h"
#include "decnet/shell/syntax.h"
#include "decnet/shell/variables.h"

namespace decnet::shell {

// A word as the program would get it, but for what is not known: that stands as $NAME or $(…).
struct Field {
  std::string_view text;
  bool quote = false;        // its canonical spelling has quotes
  bool glob = false;         // an unquoted * ? [
  std::int32_t stream = -1;  // of <(…): index of what it gives, if that is known
};

inline void append_word(std::string& out, const Field& field) {
  if (field.quote) {
    append_quoted(out, field.text);
  } else {
    out += field.text;
  }
}

constexpr bool pipes(Joint joint) { return joint == Joint::kPipe || joint == Joint::kPipeAll; }

// A redirection of a command.
struct Redirection {
  std::string_view text;  // canonical
  RedirectKind kind = {};
  std::int32_t fd = -1;
  std::string_view target;  // the word, or the body of a here-document
};

// A list of commands while its canonical form is written.
struct Line {
  struct Mark {
    TextKind kind = {};
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  std::string text;   // wrappers taken off
  std::string typed;  // with them, once there are any
  bool has_wrappers = false;
  std::vector<Mark> marks;     // in `text`
  std::size_t pipeline = 0;    // where the current one begins
  std::size_t command = 0;     // index of the mark of the last simple command
  Joint joint = Joint::kNone;  // behind the last command
  bool substituted = false;    // the list of a $(…): its output is wanted
  bool mixed = false;          // its output is that of several pipelines
  Stream stream;               // what the last command writes
};

// What the analysis keeps between runs is its memory.
struct Analysis::State {
  Arena arena;
  Variables variables{arena};
  Flow flow;
  std::vector<std::unique_ptr<syntax::Script>> scripts;
  std::size_t scripts_used = 0;
  std::vector<std::unique_ptr<Line>> lines;  // by nesting
  std::array<std::vector<Text>, kTextKindNames.size()> texts;
  std::vector<Layer> layers;
  std::vector<bool> is_shell;  // by layer
  std::vector<Field> fields;   // a stack: of the commands that are being read
  std::vector<Redirection> redirections;
  std::vector<std::string_view> words;
  std::vector<Stream> streams;  // of <(…)
  std::size_t bytes_left = 0;
  bool truncated = false;
};

class Analysing {
 public:
  explicit Analysing(Analysis::State& state) : state_(state) {}

  void run(std::string_view text);

 private:
  using Script = syntax::Script;
  using Node = syntax::Node;
  using Part = syntax::Part;
  using Word = syntax::Word;

  [[nodiscard]] std::vector<Text>& texts(TextKind kind) {
    return state_.texts[static_cast<std::size_t>(kind)];
  }
  void record(TextKind kind, std::string_view text) { texts(kind).push_back({text, layer_}); }
  // False, and the analysis is truncated, when so many bytes may not be written any more.
  bool charge(std::size_t bytes);
  std::string_view keep(std::string_view text);
  Script& new_script();
  Line& open_line();

  // analysis.cc
  void read_layer();
  std::string_view finish(Line& line);

  // analyse_commands.cc
  void list(const Script& script, std::uint32_t node, Line& line, Joint behind);
  void command(const Script& script, std::uint32_t node, Line& line, Joint behind);
  void branches(const Script& script, const Node& node, Line& line, Joint behind);
  void head_words(const Script& script, const Node& node);
  void test_command(const Script& script, const Node& node, Line& line, Joint behind);
  void bind_loop_variable(const Script& script, const Node& node);
  void redirect_group(const Script& script, const Node& node, Line& line);
  void begin_command(Line& line);

  // analyse_simple.cc
  void simple(const Script& script, const Node& node, Line& line, Joint behind);
  void assignment(const Script& script, const syntax::Assignment& assignment, bool alone,
                  Line& line, Joint behind);
  void add_redirections(const Script& script, const Node& node, Joint behind);
  void write_command(std::size_t first_field, std::size_t first_redirection, Line& line,
                     Joint behind);
  void write_wrapped(std::size_t first_field, std::size_t length, std::size_t first_redirection);
  std::size_t write_words(std::size_t first, std::string& out, bool begins_line);
  void expand_alias(std::size_t first_field);
  void canonical_name(Field& name);

  // analyse_words.cc
  void fields_of(const Script& script, const Word& word);
  void expand_parts(const Script& script, std::span<const Part> parts);
  Field single(const Script& script, const Word& word);
  struct Builder;
  void append_part(const Script& script, std::span<const Part> parts, std::size_t at, bool splits,
                   Builder& builder);
  void append_value(std::string_view value, bool splits, Builder& builder);
  void append_substitution(const Script& script, const Part& part, bool splits, Builder& builder);
  void finish_field(Builder& builder);
  void shorten(Field& field);
  std::string_view document_body(const syntax::Document& document);

  // analyse_parameters.cc
  struct Resolved {
    bool known = false;
    std::string_view value;
  };
  Resolved parameter(std::string_view text, bool quoted);
  Resolved with_operator(std::string_view name, std::string_view rest, bool quoted);
  Resolved substring(std::string_view value, std::string_view numbers);
  Resolved replaced(std::string_view value, std::string_view rest);
  std::string_view word_of(std::string_view text, bool quoted);
  [[nodiscard]] Resolved value_of(std::string_view name) const;

  // analyse_effects.cc
  void effects(std::span<const Field> fields, std::span<const Redirection> redirections, Line& line,
               Joint behind);
  void declare(std::span<const Field> fields);
  void define_aliases(std::span<const Field> fields);
  void shell_command(std::span<const Field> fields, Stream in, std::string_view from);
  void language_command(std::span<const Field> fields, const Stream& in);
  void run_program(std::string_view program, const std::string& encodings);
  void open_layer(std::string_view text, std::string_view label, bool is_shell = true);
  void open_decoded(const Stream& stream, bool runs, bool is_shell = true);

  Analysis::State& state_;
  std::uint32_t layer_ = 0;
  std::size_t nesting_ = 0;            // of lists
  std::uint32_t nested_programs_ = 0;  // that a program runs which a program runs
  std::size_t parameter_depth_ = 0;    // of ${…:-${…}}
};

}  // namespace decnet::shell
