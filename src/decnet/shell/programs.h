// Programs in script languages, as attackers put them on a command line: which texts they decode,
// and which they give to a shell. Calls are recognised by their names; nothing is executed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace decnet::shell {

struct Payload {
  enum class Kind { kShell, kProgram, kData };
  std::string text;
  std::string encodings;  // undone, the first one first
  Kind kind = Kind::kData;
};

// In the order they stand: string literals that are decoded or run. At most 16 of one program.
std::vector<Payload> payloads(std::string_view program);

}  // namespace decnet::shell
