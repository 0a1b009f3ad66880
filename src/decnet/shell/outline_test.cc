#include "decnet/shell/outline_test.h"

#include "decnet/shell/parser.h"

namespace decnet::shell::syntax {
namespace {

class Outline {
 public:
  explicit Outline(const Script& script) : script_(script) {}

  std::string children(std::uint32_t node) {
    std::string out;
    for (std::uint32_t child = script_.nodes[node].first_child; child != kNoNode;
         child = script_.nodes[child].next) {
      out += one(child);
      const bool last = script_.nodes[child].next == kNoNode;
      switch (script_.nodes[child].joint) {
        case Joint::kNone:
          out += last ? "" : " ";
          break;
        case Joint::kThen:
          out += last ? "" : "; ";
          break;
        case Joint::kBackground:
          out += last ? " &" : " & ";
          break;
        case Joint::kAnd:
          out += " && ";
          break;
        case Joint::kOr:
          out += " || ";
          break;
        case Joint::kPipe:
          out += " | ";
          break;
        case Joint::kPipeAll:
          out += " |& ";
          break;
      }
    }
    return out;
  }

 private:
  std::string one(std::uint32_t index) {
    const Node& node = script_.nodes[index];
    std::string out = node.negated ? "! " : "";
    switch (node.kind) {
      case NodeKind::kSimple:
        return out + simple(node);
      case NodeKind::kPipeline:
      case NodeKind::kSequence:
        return out + children(index);
      case NodeKind::kSubshell:
        out += "(" + children(index) + ")";
        break;
      case NodeKind::kGroup:
        out += "{" + children(index) + "}";
        break;
      case NodeKind::kIf:
        out += "if" + branches(index);
        break;
      case NodeKind::kLoop:
        out += "loop" + branches(index);
        break;
      case NodeKind::kFor:
        out += "for" + words(node.words) + branches(index);
        break;
      case NodeKind::kCase:
        out += "case" + words(node.words) + branches(index);
        break;
      case NodeKind::kFunction:
        out += "function" + words(node.words) + branches(index);
        break;
      case NodeKind::kTest:
        out += words(node.words);
        break;
      case NodeKind::kArithmetic:
        out += "((" + std::string(node.text) + "))";
        break;
    }
    return out + redirects(node.redirects);
  }

  std::string branches(std::uint32_t node) {
    std::string out;
    for (std::uint32_t child = script_.nodes[node].first_child; child != kNoNode;
         child = script_.nodes[child].next) {
      out += "{" + one(child) + "}";
    }
    return out;
  }

  std::string simple(const Node& node) {
    std::string out;
    for (std::uint32_t i = node.assignments.begin; i < node.assignments.end; ++i) {
      const Assignment& assignment = script_.assignments[i];
      out += std::string(assignment.name) + (assignment.append ? "+=" : "=");
      out += assignment.array ? "(" + words(assignment.words) + ")" : words(assignment.words);
    }
    return out + words(node.words) + redirects(node.redirects);
  }

  std::string redirects(Range range) {
    static constexpr std::string_view kSigns[] = {"<",   ">",  ">>", "<>", "&>",
                                                  "&>>", "<&", ">&", "<<", "<<<"};
    std::string out;
    for (std::uint32_t i = range.begin; i < range.end; ++i) {
      const Redirect& redirect = script_.redirects[i];
      if (redirect.fd >= 0) out += std::to_string(redirect.fd);
      if (!redirect.fd_variable.empty()) out += "{" + std::string(redirect.fd_variable) + "}";
      out += kSigns[static_cast<std::size_t>(redirect.kind)];
      if (redirect.kind == RedirectKind::kDocument) {
        const Document& document = script_.documents[redirect.document];
        out += document.expands ? "" : "'";
        out += "[" + std::string(document.body) + "]";
      } else {
        out += word(redirect.target);
      }
    }
    return out;
  }

  std::string words(Range range) {
    std::string out;
    for (std::uint32_t i = range.begin; i < range.end; ++i) out += word(script_.words[i]);
    return out;
  }

  std::string word(const Word& word) {
    std::string out = "[";
    for (std::uint32_t i = word.parts.begin; i < word.parts.end; ++i) {
      const Part& part = script_.parts[i];
      switch (part.kind) {
        case PartKind::kText:
          out += part.text;
          break;
        case PartKind::kParameter:
          out += "<" + std::string(part.text) + ">";
          break;
        case PartKind::kCommand:
          out += "$(" + one(part.node) + ")";
          break;
        case PartKind::kProcess:
          out += (part.output ? ">(" : "<(") + one(part.node) + ")";
          break;
        case PartKind::kArithmetic:
          out += "$((" + std::string(part.text) + "))";
          break;
      }
    }
    return out + "]";
  }

  const Script& script_;
};

}  // namespace

std::string outline(const Script& script) {
  return script.root == kNoNode ? "" : Outline(script).children(script.root);
}

}  // namespace decnet::shell::syntax
