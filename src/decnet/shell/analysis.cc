#include "decnet/shell/analysis.h"

#include "decnet/shell/analysing.h"
#include "decnet/shell/parser.h"

namespace decnet::shell {
namespace {

constexpr std::size_t kUsualScripts = 16;
constexpr std::size_t kUsualBytes = std::size_t{64} << 10;

}  // namespace

Analysis::Analysis() : state_(std::make_unique<State>()) {}
Analysis::~Analysis() = default;

void Analysis::run(std::string_view text) { Analysing(*state_).run(text); }

std::span<const Text> Analysis::texts(TextKind kind) const {
  return state_->texts[static_cast<std::size_t>(kind)];
}
std::span<const Layer> Analysis::layers() const { return state_->layers; }
bool Analysis::truncated() const { return state_->truncated; }

void Analysing::run(std::string_view text) {
  state_.arena.clear();
  state_.variables.clear();
  state_.flow.clear();
  state_.scripts_used = 0;
  if (state_.scripts.size() > kUsualScripts) state_.scripts.resize(kUsualScripts);
  for (const auto& line : state_.lines) {
    if (line->text.capacity() > kUsualBytes) *line = Line();
  }
  for (auto& of_kind : state_.texts) of_kind.clear();
  state_.layers.clear();
  state_.is_shell.clear();
  state_.fields.clear();
  state_.redirections.clear();
  state_.streams.clear();
  state_.bytes_left = Analysis::kMaxBytes + text.size();
  state_.truncated = false;
  state_.layers.push_back({"normal", text, 0});
  state_.is_shell.push_back(true);
  for (layer_ = 0; layer_ < state_.layers.size(); ++layer_) {
    if (state_.is_shell[layer_]) read_layer();
  }
  for (const std::string& finding : state_.flow.findings()) {
    texts(TextKind::kFlow).push_back({keep(finding), 0});
  }
}

bool Analysing::charge(std::size_t bytes) {
  if (bytes > state_.bytes_left) {
    state_.truncated = true;
    return false;
  }
  state_.bytes_left -= bytes;
  return true;
}

std::string_view Analysing::keep(std::string_view text) {
  return charge(text.size()) ? state_.arena.keep(text) : std::string_view();
}

syntax::Script& Analysing::new_script() {
  if (state_.scripts_used == state_.scripts.size()) {
    state_.scripts.push_back(std::make_unique<Script>());
  }
  return *state_.scripts[state_.scripts_used++];
}

Line& Analysing::open_line() {
  if (nesting_ == state_.lines.size()) state_.lines.push_back(std::make_unique<Line>());
  Line& line = *state_.lines[nesting_++];
  line.text.clear();
  line.typed.clear();
  line.has_wrappers = false;
  line.marks.clear();
  line.pipeline = 0;
  line.command = 0;
  line.joint = Joint::kNone;
  line.substituted = false;
  line.mixed = false;
  line.stream.known = false;
  return line;
}

void Analysing::read_layer() {
  const std::string_view text = state_.layers[layer_].source;
  Script& script = new_script();
  parse(text, script);
  Line& line = open_line();
  list(script, script.root, line, Joint::kNone);
  const std::string_view whole = finish(line);
  if (!whole.empty()) record(TextKind::kCommandLine, whole);
  if (line.has_wrappers) record(TextKind::kCommandLine, keep(line.typed));
  --nesting_;
}

// Ends the line and records its texts; what it says as a whole.
std::string_view Analysing::finish(Line& line) {
  if (line.text.empty()) return {};
  line.marks.push_back({TextKind::kPipeline, line.pipeline, line.text.size()});
  if (line.joint == Joint::kBackground) {
    line.text += " &";
    if (line.has_wrappers) line.typed += " &";
  }
  const std::string_view source = state_.layers[layer_].source;
  const std::string_view whole = line.text == source ? source : keep(line.text);
  if (whole.empty()) return {};
  for (const Line::Mark& mark : line.marks) {
    record(mark.kind, whole.substr(mark.begin, mark.end - mark.begin));
  }
  return whole;
}

}  // namespace decnet::shell
