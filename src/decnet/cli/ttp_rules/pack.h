// Pack: the rules that the settings name, compiled, and what is wrong with the rest: what most
// commands of ttp-rules are about.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "decnet/attack/catalogue.h"
#include "decnet/base/error.h"
#include "decnet/cli/command.h"
#include "decnet/rules/rule_set.h"
#include "decnet/rules/state.h"

namespace decnet::cli {

struct Pack {
  std::shared_ptr<const attack::Catalogue> catalogue;
  std::shared_ptr<const rules::RuleSet> rules;
  std::vector<rules::Problem> problems;  // of reading and of compiling
  // Of files that broke after their rules came to the database: no rule of the pack lacks for them.
  std::vector<rules::Problem> problems_of_mirror;
  rules::States states;  // by rule; expired ones are left out
  std::string origin;    // "/usr/share/decnet/rules/ttp"

  // Of the pack itself.
  [[nodiscard]] bool has_errors() const;
  [[nodiscard]] std::vector<rules::Problem> all_problems() const;
};

// Errors: a catalogue or a store that cannot be used. A broken rule is a problem.
Result<Pack> open_pack(const Context& context);

// Says every problem on standard error, one a line.
void report(const Context& context, std::span<const rules::Problem> problems);

// The rules of those ids, in that order and each once; without ids all of the pack. Errors:
// kNotFound, naming every id that is no rule, with what was probably meant.
Result<std::vector<const rules::Rule*>> chosen(const Pack& pack, std::span<const std::string> ids);

// The state an operator gave the rule, or that of a rule without one.
const rules::State& state_of(const Pack& pack, const RuleId& rule);

// Why no event can make the rule fire now ("disabled", "no lifter of this release evaluates it"),
// or nothing when one can.
std::optional<std::string_view> why_silent(const Pack& pack, const rules::Rule& rule);

// The most specific technique id a tag of this emit is stored with.
const TechniqueId& stored_technique(const rules::CompiledEmit& emit);

}  // namespace decnet::cli
