// Reads one rule document into a Definition, or says everything that is wrong with it.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "decnet/rules/definition.h"

namespace decnet::rules {

// Appends what is wrong to `problems`, by line. Nothing when there is an error; warnings may come
// with a rule. `path` is only what the problems and the definition are to name.
// Bounds: 1 MiB of text, 32 levels, 10,000 values (aliases counted each time they are used), so
// that a hostile file costs little.
// `before`: what the document said earlier, or null. What its patterns compile to is taken over
// where the text of a pattern is the same.
std::optional<Definition> read_definition(std::string_view yaml, const std::filesystem::path& path,
                                          std::vector<Problem>& problems,
                                          const Definition* before = nullptr);

// What there is of a document, whatever is wrong with the rest: for whoever looks for more.
struct Draft {
  Definition definition;  // what could be read; emits are whole ones
  bool loads = false;     // read_definition() gives it
};
Draft read_draft(std::string_view yaml, const std::filesystem::path& path,
                 std::vector<Problem>& problems);

}  // namespace decnet::rules
