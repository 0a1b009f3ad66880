// The parser's inside: one pass over a text, filling a Script. parse_commands.cc reads what holds
// commands together, parse_words.cc what they consist of, parse_dollar.cc expansions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/shell/parser.h"
#include "decnet/shell/syntax.h"

namespace decnet::shell::syntax {

// What a list may end at.
enum class Closer : std::uint8_t {
  kParenthesis,
  kBrace,
  kThen,
  kElse,  // else, elif
  kFi,
  kDo,
  kDone,
  kEsac,
  kCaseBreak,  // ;; ;& ;;&
};
using Closers = Flags<Closer>;

class Parsing {
 public:
  Parsing(std::string_view text, int nesting, Script& script);

  void whole_text();
  void one_word(Reading reading);

 private:
  // Where reading takes place. The body of a backtick substitution with escapes in it is a text of
  // its own, all of which stands at one `place` of the whole.
  struct Source {
    std::string_view text;
    std::size_t pos = 0;
    std::size_t end = 0;
    std::optional<Span> place;
  };
  // Counts a level of nesting while it lives.
  class Level {
   public:
    explicit Level(int& depth) : depth_(depth) { ++depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    ~Level() { --depth_; }

   private:
    int& depth_;
  };

  [[nodiscard]] bool at_end() const { return source_.pos >= source_.end; }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    const std::size_t at = source_.pos + ahead;
    return at < source_.end ? source_.text[at] : '\0';
  }
  [[nodiscard]] bool follows(std::string_view token) const { return rest().starts_with(token); }
  [[nodiscard]] std::string_view rest() const {
    return source_.text.substr(source_.pos, source_.end - source_.pos);
  }
  [[nodiscard]] std::string_view slice(std::size_t begin, std::size_t end) const {
    return source_.text.substr(begin, end - begin);
  }
  [[nodiscard]] Span span_from(std::size_t begin) const { return span_of(begin, source_.pos); }
  [[nodiscard]] Span span_of(std::size_t begin, std::size_t end) const {
    return source_.place ? *source_.place : Span{begin, end};
  }
  void flaw(Flaw flaw);
  std::string_view keep(std::string text);

  // parse_commands.cc
  std::uint32_t new_node(NodeKind kind);
  void append_child(std::uint32_t parent, std::uint32_t& last, std::uint32_t child);
  std::uint32_t list(Closers stop);
  bool skip_to_command(Closers stop);
  bool at_closer(Closers stop, bool& stray);
  Joint joint();
  std::uint32_t pipeline();
  std::uint32_t command();
  std::uint32_t compound();
  std::uint32_t enclosed(NodeKind kind, std::size_t opener, Closer closer);
  std::uint32_t if_clause();
  std::uint32_t loop_clause(std::size_t keyword);
  std::uint32_t for_clause(std::size_t keyword);
  std::uint32_t case_clause();
  void case_items(std::uint32_t node);
  std::uint32_t function_clause(std::uint32_t name, std::size_t begin);
  std::uint32_t arithmetic_command(std::size_t begin, std::size_t close);
  void trailing_redirects(std::uint32_t node);
  bool take_closer(Closers closers);
  [[nodiscard]] std::string_view keyword() const;

  // parse_simple.cc
  // How far the stacks below were filled when a command began.
  struct Bases {
    std::size_t words;
    std::size_t assignments;
    std::size_t redirects;
    std::size_t begin;
  };
  [[nodiscard]] Bases bases() const;
  std::uint32_t finish(NodeKind kind, const Bases& bases);
  Range take_words(std::size_t base);
  std::uint32_t simple();
  [[nodiscard]] bool ends_command() const;
  void command_word(const Bases& bases);
  [[nodiscard]] bool names_function(const Bases& bases) const;
  std::uint32_t test_command();
  bool test_operator();
  bool redirect();
  [[nodiscard]] std::size_t redirect_prefix() const;
  std::size_t operator_length(Redirect& redirect) const;
  void document_mark(Redirect& redirect);
  void read_documents();
  bool take_assignment(const Word& word);
  bool array_follows(const Word& word, const Bases& bases) const;
  void take_array(const Word& word);

  // parse_words.cc
  void skip_blanks();
  bool skip_newline();
  [[nodiscard]] std::size_t blank_length() const;
  [[nodiscard]] bool carriage_return_ends_line() const;
  void skip_comment();
  enum class WordMode : std::uint8_t { kCommand, kTestPattern, kArgument };
  Word word(WordMode mode = WordMode::kCommand);
  void word_parts(WordMode mode, Word& word, std::size_t first_part);
  bool word_ends(WordMode mode, int& parentheses);
  bool special(WordMode mode, Word& word, std::size_t first_part);
  bool look_alike_part(WordMode mode);
  void escape();
  void single_quotes(Word& word);
  void double_quotes(Word& word);
  void quoted_text(Reading reading);
  void quoted_escape(Reading reading);
  void ansi_quotes(Word& word);
  void rub_out(std::size_t first_part);
  void text_part(std::size_t begin, std::size_t end, bool quoted);
  void text_part(std::string_view text, Span span, bool quoted, bool escaped = false);
  void finish_word(Word& word, std::size_t first_part, std::size_t begin);

  // parse_dollar.cc
  bool dollar(bool quoted);
  bool parameter_in_braces(bool quoted);
  bool arithmetic(bool quoted);
  bool old_arithmetic(bool quoted);
  bool substitution(PartKind kind, bool quoted);
  void backticks(bool quoted);
  std::size_t find_close_brace(std::size_t from);
  std::size_t find_close_parentheses(std::size_t from);
  Part& add_part(PartKind kind, bool quoted, std::string_view text, std::size_t begin);

  Script& script_;
  Source source_;
  int depth_;
  Closers awaited_;         // by everything that is open
  bool line_start_ = true;  // a prompt may stand here
  Flaws flaws_;             // of the simple command being read
  int failed_scans_ = 0;    // for a closing brace or parenthesis, to bound how often we look
  // Of what is being read; nested commands push above and take theirs off again.
  std::vector<Part> parts_;
  std::vector<Word> words_;
  std::vector<Assignment> assignments_;
  std::vector<Redirect> redirects_;
  std::vector<std::uint32_t> waiting_documents_;
};

}  // namespace decnet::shell::syntax
