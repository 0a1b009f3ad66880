// What real shells accept is not marked broken.
#include <gtest/gtest.h>

#include <random>

#include "decnet/shell/parser.h"
#include "decnet/shell/real_shell_test.h"

namespace decnet::shell::syntax {
namespace {

// Scripts of a grammar, and the same with something taken out, doubled or put elsewhere.
class AnyScript {
 public:
  AnyScript(std::uint32_t seed, bool bash) : random_(seed), bash_(bash) {}

  std::string next() {
    std::string text;
    do text = list(2);
    while (text.size() > 250);
    // Some things are only looked into when the script gets there: what is broken in backticks,
    // arithmetic or ${ is not what -n is about. [[ is a word like others to dash.
    for (const std::string_view lazy : {"((", "`", "${", "[["}) {
      if (text.find(lazy) != std::string::npos) return text;
    }
    for (std::size_t changes = below(4); changes > 0 && !text.empty(); --changes) {
      std::string changed = text;
      change(changed);
      if (!begins_brackets(changed)) text = changed;
    }
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  std::string pick(std::initializer_list<std::string_view> choices) {
    return std::string(choices.begin()[below(choices.size())]);
  }

  // `[[`, or `name[`, behind which bash reads everything up to the bracket's end as one word.
  static bool begins_brackets(const std::string& text) {
    for (std::size_t at = text.find('['); at != std::string::npos; at = text.find('[', at + 1)) {
      if (at > 0 && text[at - 1] != ' ' && text[at - 1] != '\n') return true;
    }
    return false;
  }

  void change(std::string& text) {
    static constexpr std::string_view kPieces[] = {
        "'",    "\"", "`",  "(", ")", "{",  "}",  ";",    "&",    "|",    "<",  ">",
        "\n",   " ",  "\\", "$", "#", "fi", "do", "done", "then", "esac", "in", "if",
        "case", "!",  "[",  "]", "=", "((", "))", "<<E",  "$(",   "${"};
    const std::size_t at = below(text.size());
    switch (below(3)) {
      case 0:
        text.erase(at, 1 + below(3));
        break;
      case 1:
        text.insert(at, kPieces[below(std::size(kPieces))]);
        break;
      default:
        text.insert(at, text.substr(below(text.size()), 1 + below(6)));
        break;
    }
  }

  std::string list(int depth) {
    std::string out = and_or(depth);
    for (std::size_t more = below(3); more > 0; --more) {
      out += pick({"; ", "\n", " & ", ";", "\n\n", " # note\n"}) + and_or(depth);
    }
    return out;
  }

  // A list as it must stand before a reserved word.
  std::string body(int depth) { return list(depth) + pick({"; ", "\n", " ;\n", " & "}); }

  std::string and_or(int depth) {
    std::string out = pipeline(depth);
    while (below(4) == 0) out += pick({" && ", "||", " &&\n "}) + pipeline(depth);
    return out;
  }

  std::string pipeline(int depth) {
    std::string out = pick({"", "", "", "", "! "}) + command(depth);
    while (below(4) == 0) out += pick({" | ", "|", " |\n"}) + command(depth);
    return out;
  }

  std::string command(int depth) {
    if (depth == 0) return simple(0);
    --depth;
    switch (below(14)) {
      case 0:
        return "( " + list(depth) + ")" + redirects(depth);
      case 1:
        return "{ " + body(depth) + "}" + redirects(depth);
      case 2:
        return "if " + body(depth) + "then " + body(depth) +
               pick({"", "else " + body(depth), "elif a; then " + body(depth)}) + "fi" +
               redirects(depth);
      case 3:
        return pick({"while ", "until "}) + body(depth) + "do " + body(depth) + "done" +
               redirects(depth);
      case 4:
        return "for " + pick({"x", "i_1"}) + pick({" in a b; ", "\n", "; ", " in \"$@\"\n"}) +
               "do " + body(depth) + "done";
      case 5:
        return "case " + word(depth) + " in " + pick({"a) ", "(b|c) ", "*)\n"}) + list(depth) +
               pick({";; ", "\n;;\n"}) + pick({"", "d) e;; "}) + "esac";
      case 6:
        return "f() { " + body(depth) + "}";
      case 7:
        if (!bash_) return simple(depth);
        return "[[ " + word(0) + pick({" == ", " != ", " =~ ", " -nt "}) + "a*b" +
               pick({"", " && -f x", " || ( -n y )"}) + " ]]";
      case 8:
        return "cat <<" + pick({"E", "'E'", "-E", "\\E"}) + redirects(0) +
               "\nbody 'it\n\tE2\nE\nid";
      default:
        return simple(depth);
    }
  }

  std::string simple(int depth) {
    std::string out = pick({"", "", "x=1 ", "a_b='c d' ", ">f ", "x= "}) +
                      pick({"wget", "cd", "echo", "./x", "busybox", "[ -f x ]", "\\ls"});
    for (std::size_t words = below(4); words > 0; --words) out += " " + word(depth);
    return out + redirects(depth);
  }

  std::string redirects(int depth) {
    if (below(4) != 0) return "";
    return pick({" >", " 2>", ">> ", " <", " 2>>", " >| ", " <>"}) +
           word(depth == 0 ? 0 : depth - 1) + pick({"", " 2>&1", " >&2", " <&-"});
  }

  std::string word(int depth) {
    std::string out;
    for (std::size_t pieces = 1 + below(2); pieces > 0; --pieces) out += piece(depth);
    return out;
  }

  std::string piece(int depth) {
    const std::string inner = depth == 0 ? std::string("id") : list(depth - 1);
    switch (below(16)) {
      case 0:
        return "'a b;\"$(`'";
      case 1:
        return "\"a $x \\\" ' b\"";
      case 2:
        return "$(" + inner + ")";
      case 3:
        return "`id -u`";
      case 4:
        return "${x:-" + pick({"y", "'}'", "\"a }\"", "${z}", "$(id)"}) + "}";
      case 5:
        return "$((1 + (2 * 3)))";
      case 6:
        return "\\" + pick({" ", ";", "\na", "$", "'", "a"});
      case 7:
        return "\"" + pick({"$(id \"a b\")", "`id`", "${x%\"y\"}", "\\\\"}) + "\"";
      case 8:
        return pick({"$1", "$@", "$$", "${#x}", "${x##*/}", "$"});
      case 9:
        return "{a,b}";
      default:
        return pick(
            {"a", "-x", "http://192.0.2.1/a", "*.c", "a=b", "#x", "2", "~", "a#b", "--k=v"});
    }
  }

  std::mt19937 random_;
  bool bash_;  // with what only bash has
};

class RealShell : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto path = real_shell(GetParam());
    if (!path || !real_shell("dash")) GTEST_SKIP() << "not installed: " << GetParam() << ", dash";
    shell_ = *path;
  }

  // Every script that the shell takes and we do not.
  void expect_none_broken(const std::vector<std::string>& scripts, std::size_t at_least) {
    const auto accepted = accepted_by(shell_, scripts);
    std::size_t count = 0;
    Script script;
    for (std::size_t i = 0; i < scripts.size(); ++i) {
      if (!accepted[i]) continue;
      ++count;
      parse(scripts[i], script);
      EXPECT_FALSE(is_broken(script.flaws)) << scripts[i];
    }
    EXPECT_GE(count, at_least) << "too few scripts were accepted to say anything";
  }

  std::string shell_;
};

TEST_P(RealShell, AcceptsNothingThatIsMarkedBroken) {
  AnyScript any(20260301, GetParam() == "bash");
  std::vector<std::string> scripts;
  for (int i = 0; i < 1500; ++i) scripts.push_back(any.next());
  expect_none_broken(scripts, 400);
}

INSTANTIATE_TEST_SUITE_P(Shells, RealShell, testing::Values("dash", "bash"),
                         [](const auto& row) { return row.param; });

}  // namespace
}  // namespace decnet::shell::syntax
