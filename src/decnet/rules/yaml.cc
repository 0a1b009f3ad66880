#include "decnet/rules/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <istream>
#include <map>
#include <optional>
#include <streambuf>
#include <unordered_map>

#include "decnet/base/utf8.h"
#include "decnet/rules/yaml_scalar.h"

namespace decnet::rules {
namespace {

// What the tree costs, aliases counted as often as they are used.
struct Size {
  std::size_t nodes = 1;
  std::size_t bytes = 0;
  std::size_t height = 1;
};

struct Refusal {  // thrown by the builder through the parser, and no further than read()
  YamlFlaw flaw;
};

// At most 60 bytes of a text, harmless in a message.
std::string short_line(std::string_view text) {
  constexpr std::size_t kShown = 60;
  const std::string_view shown = utf8_prefix(text, kShown);
  return printable(shown) + (shown.size() < text.size() ? "…" : "");
}

int line_of(const YAML::Mark& mark) { return mark.line + 1; }

}  // namespace

const YamlNode::Entry* YamlNode::find(std::string_view key) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [key](const Entry& entry) { return entry.key->text() == key; });
  return found == entries_.end() ? nullptr : &*found;
}

Json YamlNode::json() const {
  switch (kind_) {
    case Kind::kList: {
      Json::Array elements;
      for (const YamlNode* element : elements_) elements.push_back(element->json());
      return elements;
    }
    case Kind::kMapping: {
      Json::Object members;
      for (const Entry& entry : entries_) {
        members.emplace_back(entry.key->text(), entry.value->json());
      }
      return members;
    }
    default:
      return value_;
  }
}

std::string in_quotes(std::string_view text) { return fmt::format("'{}'", short_line(text)); }

std::string YamlNode::describe() const {
  switch (kind_) {
    case Kind::kNull:
      return "nothing";
    case Kind::kBoolean:
      return fmt::format("the boolean {}", text_);
    case Kind::kInteger:
    case Kind::kFloat: {
      const std::string shown = short_line(text_);
      return surprise_.empty() ? fmt::format("the number {}", shown)
                               : fmt::format("{}, which YAML reads as {}", shown, value_.dump());
    }
    case Kind::kText:
      return text_.empty() ? "an empty text" : fmt::format("the text {}", in_quotes(text_));
    case Kind::kList:
      return elements_.empty() ? "an empty list" : "a list";
    case Kind::kMapping:
      return "a mapping";
  }
  return {};
}

// Builds the tree from the parser's events: they come with quoting style and with aliases as
// aliases, both of which the parser's own tree hides.
class YamlBuilder final : public YAML::EventHandler {
 public:
  explicit YamlBuilder(int lines) : lines_(lines) {}

  [[nodiscard]] YamlDocument take() { return std::move(document_); }
  [[nodiscard]] bool has_root() const { return document_.root_ != nullptr; }
  [[nodiscard]] bool is_empty() const { return !has_root() || document_.root_->is_null(); }
  // Of the value read last, and of the innermost one that is not complete.
  [[nodiscard]] int last_line() const { return std::max(last_line_, 1); }
  [[nodiscard]] int open_line() const {
    return open_.empty() ? last_line() : open_.back().node->line();
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (has_root()) {
      refuse(mark, "a second document begins here; a rule file holds one rule");
    }
  }
  void OnDocumentEnd() override {}

  // The parser marks a value left out by what comes after it, lines below.
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode& node = make(mark, YamlNode::Kind::kNull);
    if (!open_.empty() && open_.back().key != nullptr) node.line_ = open_.back().key->line();
    add(node, {}, anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    YamlNode& node = make(mark, YamlNode::Kind::kText);
    node.text_ = text;
    if (tag.empty() || tag == "?") {
      YamlScalar scalar = resolve_scalar(text);
      node.kind_ = scalar.kind;
      node.value_ = std::move(scalar.value);
      node.surprise_ = scalar.surprise;
    } else {
      if (tag != "!" && tag != "tag:yaml.org,2002:str") refuse_tag(mark, tag);
      node.value_ = text;
    }
    add(node, {.bytes = text.size()}, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) refuse(mark, "an alias of the very value it stands in");
    last_line_ = std::min(line_of(mark), lines_);
    attach(*known->second.node, known->second.size);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    if (!tag.empty() && tag != "?" && tag != "!") refuse_tag(mark, tag);
    open(make(mark, YamlNode::Kind::kList), anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    if (!tag.empty() && tag != "?" && tag != "!") refuse_tag(mark, tag);
    open(make(mark, YamlNode::Kind::kMapping), anchor);
  }
  void OnMapEnd() override {
    finish_mapping(*open_.back().node);
    close();
  }

 private:
  struct Open {
    YamlNode* node;
    YAML::anchor_t anchor;
    Size size;
    const YamlNode* key = nullptr;  // of a mapping, when its value comes next
  };
  struct Anchored {
    const YamlNode* node;
    Size size;
  };

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string message) const {
    throw Refusal{{std::min(line_of(mark), lines_), std::move(message)}};
  }
  [[noreturn]] void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    refuse(mark, fmt::format("the tag {} is not supported; a text that begins with ! needs quotes",
                             in_quotes(tag)));
  }

  YamlNode& make(const YAML::Mark& mark, YamlNode::Kind kind) {
    last_line_ = std::min(line_of(mark), lines_);
    YamlNode& node = document_.nodes_.emplace_back();
    node.kind_ = kind;
    node.line_ = last_line_;
    return node;
  }

  void open(YamlNode& node, YAML::anchor_t anchor) {
    open_.push_back({&node, anchor, {}});
    check(open_.size(), 0, 0);
  }

  void close() {
    const Open done = open_.back();
    open_.pop_back();
    add(*done.node, done.size, done.anchor);
  }

  // A finished value. Its anchor counts from here on, so that it cannot be its own part.
  void add(const YamlNode& node, const Size& size, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = {&node, size};
    attach(node, size);
  }

  void attach(const YamlNode& node, const Size& size) {
    if (open_.empty()) {
      document_.root_ = &node;
      return;
    }
    Open& parent = open_.back();
    parent.size.nodes += size.nodes;
    parent.size.bytes += size.bytes;
    parent.size.height = std::max(parent.size.height, size.height + 1);
    check(open_.size() + size.height, parent.size.nodes, parent.size.bytes);
    if (parent.node->is_list()) {
      parent.node->elements_.push_back(&node);
    } else if (parent.key != nullptr) {
      parent.node->entries_.push_back({parent.key, &node});
      parent.key = nullptr;
    } else {
      if (node.is_list() || node.is_mapping()) {
        throw Refusal{{node.line(), fmt::format("{} as a key; a key must be a text",
                                                node.is_list() ? "a list" : "a mapping")}};
      }
      parent.key = &node;
    }
  }

  // The depth reached, and the nodes and bytes of one value on the way: an inner value's are
  // bounded when it is finished, so the total never exceeds depth times the bound.
  void check(std::size_t depth, std::size_t nodes, std::size_t bytes) const {
    if (depth > YamlDocument::kMaxDepth + 1) {
      throw Refusal{
          {last_line_, fmt::format("nested deeper than {} levels", YamlDocument::kMaxDepth)}};
    }
    if (nodes > YamlDocument::kMaxNodes || document_.nodes_.size() > YamlDocument::kMaxNodes) {
      throw Refusal{{last_line_, fmt::format("more than {} values, aliases counted each time they "
                                             "are used",
                                             YamlDocument::kMaxNodes)}};
    }
    if (bytes > YamlDocument::kMaxBytes) {
      throw Refusal{{last_line_, fmt::format("more than {} bytes of text, aliases counted each "
                                             "time they are used",
                                             YamlDocument::kMaxBytes)}};
    }
  }

  // Names keys written twice and resolves `<<`: keys of the mapping itself win over merged ones,
  // and earlier merged mappings over later ones.
  void finish_mapping(YamlNode& node) {
    std::unordered_map<std::string_view, int> lines;
    std::vector<const YamlNode*> merged;
    std::vector<YamlNode::Entry> own;
    for (const YamlNode::Entry& entry : node.entries_) {
      if (entry.key->text() == "<<") {
        add_merged(*entry.value, merged);
        continue;
      }
      own.push_back(entry);
      const auto [first, is_new] = lines.emplace(entry.key->text(), entry.key->line());
      if (is_new) continue;
      document_.repeated_keys_.push_back(
          {entry.key->line(), fmt::format("the key {} again; it is already on line {}",
                                          in_quotes(entry.key->text()), first->second)});
    }
    for (const YamlNode* mapping : merged) {
      for (const YamlNode::Entry& entry : mapping->entries()) {
        if (lines.emplace(entry.key->text(), entry.key->line()).second) own.push_back(entry);
      }
    }
    node.entries_ = std::move(own);
  }

  static void add_merged(const YamlNode& value, std::vector<const YamlNode*>& merged) {
    if (value.is_mapping()) {
      merged.push_back(&value);
      return;
    }
    const bool mappings =
        value.is_list() &&
        std::all_of(value.elements().begin(), value.elements().end(),
                    [](const YamlNode* element) { return element->is_mapping(); });
    if (!mappings) {
      throw Refusal{{value.line(), fmt::format("<<: expected a mapping or a list of mappings to "
                                               "merge, found {}",
                                               value.describe())}};
    }
    merged.insert(merged.end(), value.elements().begin(), value.elements().end());
  }

  YamlDocument document_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  const int lines_;  // of the text as the author sees it
  int last_line_ = 0;
};

namespace {

// An istream over text that is not copied.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string& text) {
    setg(text.data(), text.data(), text.data() + text.size());
  }
};

std::optional<YamlFlaw> bad_byte(std::string_view text) {
  int line = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n') ++line;
    if ((c >= 0x20 && c != 0x7F) || c == '\t' || c == '\n' || c == '\r') continue;
    return YamlFlaw{line, c == 0 ? std::string("a NUL byte; is the file UTF-8 text?")
                                 : fmt::format("the control character \\x{:02x}", c)};
  }
  if (is_valid_utf8(text)) return std::nullopt;
  line = 1;
  for (std::size_t begin = 0; begin < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (!is_valid_utf8(text.substr(begin, end - begin))) break;
    begin = end + 1;
  }
  return YamlFlaw{line, "a byte that is not UTF-8"};
}

// What is never closed is noticed at the end of the text, and is to be mended where it begins.
int problem_line(const YAML::Exception& problem, const YamlBuilder& builder, int lines) {
  if (problem.msg.find("document indicator in scalar") != std::string::npos) {
    return builder.last_line();
  }
  if (problem.msg.find("flow not found") != std::string::npos) return builder.open_line();
  return std::clamp(line_of(problem.mark), 1, lines);
}

// The parser's texts are terse; those that authors meet most get a hint.
std::string explained(const std::string& reason) {
  if (reason.find("document indicator in scalar") != std::string::npos) {
    return "a quoted text that is never closed";
  }
  if (reason.find("unknown escape") != std::string::npos) {
    return reason + "; write a pattern in single quotes, where a backslash is a backslash";
  }
  if (reason.find("anchor is not defined") != std::string::npos) {
    return reason + "; a text that begins with * or & needs quotes";
  }
  if (reason.find("unknown token") != std::string::npos) {
    return reason + "; a text that begins with %, @ or ` needs quotes";
  }
  if (reason.find("end of map not found") != std::string::npos) {
    return reason + "; check the indent, the quotes and the brackets";
  }
  if (reason.find("flow not found") != std::string::npos) {
    return "a bracket that is never closed; a text that begins with [ or { needs quotes";
  }
  return reason;
}

}  // namespace

tl::expected<YamlDocument, YamlFlaw> YamlDocument::read(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return tl::unexpected(YamlFlaw{0, fmt::format("larger than {} bytes", kMaxBytes)});
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return tl::unexpected(YamlFlaw{1, "UTF-16 text; save the file as UTF-8"});
  }
  if (auto flaw = bad_byte(text)) return tl::unexpected(*std::move(flaw));

  // The parser takes the end of the text for the end of an unclosed quote, a document end not.
  std::string closed(text);
  if (!closed.ends_with('\n')) closed += '\n';
  closed += "...\n";
  ViewBuffer buffer(closed);
  std::istream stream(&buffer);
  const int lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  YamlBuilder builder(lines);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refusal& refusal) {
    return tl::unexpected(refusal.flaw);
  } catch (const YAML::Exception& problem) {  // yaml-cpp throws; it goes no further
    return tl::unexpected(YamlFlaw{problem_line(problem, builder, lines),
                                   fmt::format("not YAML: {}", explained(problem.msg))});
  }
  if (builder.is_empty()) {
    return tl::unexpected(YamlFlaw{0, "empty"});
  }
  return builder.take();
}

}  // namespace decnet::rules
