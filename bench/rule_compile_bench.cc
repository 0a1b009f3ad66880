// What it costs to get from rule files to a rule set, by number of rules: all of it, and step by
// step.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/rule_documents.h"
#include "decnet/attack/catalogue.h"
#include "decnet/matching/expression.h"
#include "decnet/matching/literals.h"
#include "decnet/matching/needs.h"
#include "decnet/matching/re2_search.h"
#include "decnet/rules/reader.h"
#include "decnet/rules/rule_set.h"
#include "decnet/rules/yaml.h"

namespace decnet::bench {
namespace {

using rules::Definition;
using rules::RuleSet;

std::vector<std::string> documents(const benchmark::State& state) {
  return rule_documents(static_cast<std::size_t>(state.range(0)));
}

std::vector<Definition> read_all(const std::vector<std::string>& documents) {
  std::vector<Definition> result;
  for (const std::string& document : documents) {
    std::vector<rules::Problem> problems;
    auto definition = rules::read_definition(document, "made_up.yaml", problems);
    if (!definition) {
      std::fprintf(stderr, "%s\n", problems.front().text().c_str());
      std::exit(1);
    }
    result.push_back(*std::move(definition));
  }
  return result;
}

std::vector<matching::Expression> expressions(const std::vector<Definition>& definitions) {
  std::vector<matching::Expression> result;
  for (const Definition& definition : definitions) {
    if (!definition.is_pattern_rule()) continue;
    result.push_back(*matching::read_expression(definition.pattern));
  }
  return result;
}

std::vector<matching::Re2Search> searches(const std::vector<matching::Expression>& expressions) {
  std::vector<matching::Re2Search> result;
  for (const auto& expression : expressions) {
    result.push_back(*matching::Re2Search::compile(expression.witness));
  }
  return result;
}

std::vector<matching::Literals::Literal> literals(const std::vector<matching::Expression>& of) {
  std::vector<matching::Literals::Literal> result;
  std::size_t id = 0;
  for (const matching::Expression& expression : of) {
    for (matching::Need& need : matching::needs_of(expression.witness)) {
      for (auto& [text, before, after] : need) {
        result.push_back({std::move(text), id, before, after});
      }
      ++id;
    }
  }
  return result;
}

// --- everything ---

void read(benchmark::State& state) {
  const auto texts = documents(state);
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(read_all(texts));
  }
}

void compile(benchmark::State& state) {
  const auto definitions = read_all(documents(state));
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(RuleSet::compile(definitions, *attack::Catalogue::built_in()));
  }
}

// One rule of many edited, again and again: first what its pattern costs, then what only its
// confidence does.
void edit(benchmark::State& state, bool pattern) {
  std::vector<std::shared_ptr<const Definition>> definitions;
  for (Definition& definition : read_all(documents(state))) {
    definitions.push_back(std::make_shared<const Definition>(std::move(definition)));
  }
  const auto& catalogue = *attack::Catalogue::built_in();
  auto rules = RuleSet::compile(definitions, catalogue).rules;
  std::size_t edited = 0;
  for (auto unused : state) {
    (void)unused;
    do {
      edited = (edited + 7) % definitions.size();
    } while (!definitions[edited]->is_pattern_rule());
    Definition changed = *definitions[edited];
    if (pattern) {
      changed.pattern += "\\w?";
    } else {
      changed.emits.front().confidence = 1.0 - changed.emits.front().confidence;
    }
    definitions[edited] = std::make_shared<const Definition>(std::move(changed));
    rules = RuleSet::compile(definitions, catalogue, {.previous = rules.get()}).rules;
  }
}
void edit_pattern(benchmark::State& state) { edit(state, true); }
void edit_confidence(benchmark::State& state) { edit(state, false); }

// --- its steps ---

void step_yaml(benchmark::State& state) {
  const auto texts = documents(state);
  for (auto unused : state) {
    (void)unused;
    for (const std::string& text : texts) {
      benchmark::DoNotOptimize(rules::YamlDocument::read(text));
    }
  }
}

void step_expression(benchmark::State& state) {
  const auto definitions = read_all(documents(state));
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(expressions(definitions));
  }
}

void step_re2(benchmark::State& state) {
  const auto of = expressions(read_all(documents(state)));
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(searches(of));
  }
}

void step_needs(benchmark::State& state) {
  const auto of = expressions(read_all(documents(state)));
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(literals(of));
  }
}

void step_automaton(benchmark::State& state) {
  const auto of = literals(expressions(read_all(documents(state))));
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(matching::Literals(of));
  }
}

void step_placement(benchmark::State& state) {
  const auto definitions = read_all(documents(state));
  const auto catalogue = attack::Catalogue::built_in();
  for (auto unused : state) {
    (void)unused;
    for (const Definition& definition : definitions) {
      for (const rules::Emit& emit : definition.emits) {
        benchmark::DoNotOptimize(
            attack::place(*catalogue, emit.technique_id, emit.sub_technique_id, emit.tactic));
      }
    }
  }
}

void step_copy(benchmark::State& state) {
  const auto definitions = read_all(documents(state));
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(std::vector<Definition>(definitions));
  }
}

void by_size(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("rules")->Arg(59)->Arg(500)->Arg(5'000)->Unit(benchmark::kMillisecond);
}
BENCHMARK(read)->Apply(by_size);
BENCHMARK(compile)->Apply(by_size);
BENCHMARK(edit_pattern)->Apply(by_size);
BENCHMARK(edit_confidence)->Apply(by_size);
BENCHMARK(step_yaml)->Apply(by_size);
BENCHMARK(step_expression)->Apply(by_size);
BENCHMARK(step_re2)->Apply(by_size);
BENCHMARK(step_needs)->Apply(by_size);
BENCHMARK(step_automaton)->Apply(by_size);
BENCHMARK(step_placement)->Apply(by_size);
BENCHMARK(step_copy)->Apply(by_size);

}  // namespace
}  // namespace decnet::bench
