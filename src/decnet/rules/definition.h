// Definition: a detection rule as its author wrote it, before rules are compiled together.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/base/json.h"
#include "decnet/matching/pattern.h"
#include "decnet/model/event.h"
#include "decnet/model/ids.h"

namespace decnet::rules {

struct Emit {
  TechniqueId technique_id;  // parent
  std::optional<TechniqueId> sub_technique_id;
  TacticId tactic;
  double confidence = 0.0;  // base, in [0, 1]
  friend bool operator==(const Emit&, const Emit&) = default;
};

// Examples that the rule carries: texts of its field on which it must fire or stay silent. A sample
// that is no plain text is a whole payload.
struct Samples {
  std::vector<Json> fires;
  std::vector<Json> silent;
  friend bool operator==(const Samples&, const Samples&) = default;
};

// A pattern as whoever read it compiled it to see whether it is one; null when nobody did. It
// follows from the pattern's text and is no part of what a definition says, so any two are equal.
struct ReadyPattern {
  std::shared_ptr<const matching::Pattern> pattern = nullptr;

  // What `text` compiles to: `pattern` if it is of this text, else anew. Errors: as
  // Pattern::compile().
  [[nodiscard]] Result<std::shared_ptr<const matching::Pattern>> of(const std::string& text) const;
  friend bool operator==(const ReadyPattern&, const ReadyPattern&) { return true; }
};

// One step of a sequence: an entry of a session in which the pattern is found.
struct SequenceStep {
  SourceKind kind = SourceKind::kCommand;  // command, auth_attempt or payload
  std::string field;                       // of the entry; empty: the kind's default
  std::string pattern;
  ReadyPattern ready = {};
  friend bool operator==(const SequenceStep&, const SequenceStep&) = default;
};
inline constexpr std::string_view kSequence = "sequence";

struct Definition {
  RuleId id;
  int version = 0;
  std::string name;
  std::string description;
  std::vector<std::string> applies_to;  // source kinds; unknown ones are legal and never match
  std::string match_kind;  // "lifter:canary_webdriver", "sequence"; else a pattern rule
  std::string pattern;     // of a pattern rule
  ReadyPattern ready;      // the same
  std::string field;       // payload key it is searched in; empty: the kind's default
  std::vector<std::string> more_fields;  // further keys; every text in a list or object counts
  std::vector<SequenceStep> steps;       // of a sequence rule, in their order
  std::optional<std::chrono::seconds> within;  // the whole sequence; nothing: the whole session
  Json parameters = Json::object({});          // every key of `match` but those above
  std::vector<Emit> emits;
  std::vector<std::string> evidence_fields;
  Samples samples;
  std::string attack_release;  // the ATT&CK release its author wrote it for; informational

  std::filesystem::path path;  // where it was read from; empty when from elsewhere
  int line = 0;                // of rule_id
  // Lines of other keys, for problems found later: "match.pattern", "match.paths[1]",
  // "emits[0].tactic", "tests.fires[2]", …
  std::map<std::string, int> lines;

  // The line of a key as in `lines`, else that of rule_id.
  [[nodiscard]] int line_of(const std::string& key) const;

  [[nodiscard]] bool is_sequence_rule() const { return match_kind == kSequence; }
  [[nodiscard]] bool is_pattern_rule() const {
    return !match_kind.starts_with("lifter:") && !is_sequence_rule();
  }

  friend bool operator==(const Definition&, const Definition&) = default;
};

// The payload key a pattern rule of this kind searches when it names none; empty when there is
// none.
std::string_view default_field(std::string_view source_kind);

// The commands of a session, in its payload.
inline constexpr std::string_view kSessionCommands = "commands";

// The payload key that a field is read from: command_text for what the shell analysis makes of a
// command, `commands` for the flow of a session; for what is derived from a request
// (derived_fields.h), which is read from several, the usual one; else the field itself.
std::string_view payload_key(std::string_view source_kind, std::string_view field);

// The field of an entry that a step of this kind searches when it names none: command_text, outcome
// (auth_attempt), payload_text.
std::string_view default_step_field(SourceKind kind);

// The tagger that holds the rules of a lifter kind ("lifter:canary_webdriver" is the canary
// lifter's); empty when nobody does: such a rule loads and never fires.
std::string_view lifter_owner(std::string_view match_kind);

// A lifter kind that nobody holds and that rules are published with elsewhere: never fires, and
// says so in the catalogue instead of in a warning at every start. (docs/decisions/0016)
bool is_inert(std::string_view match_kind);

// Something wrong with a rule file, for its author.
struct Problem {
  enum class Severity { kError, kWarning };  // an error costs the rule, a warning does not
  Severity severity = Severity::kError;
  std::filesystem::path path;
  int line = 0;  // 1-based; 0 when the file as a whole is meant
  std::string message;

  // "path:line: message", without what is not known, in one harmless line.
  [[nodiscard]] std::string text() const;
};

}  // namespace decnet::rules
