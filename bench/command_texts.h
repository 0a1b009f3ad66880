// Command lines as attackers of honeypots type them, made up: many, distinct, of real lengths.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace decnet::bench {

// `count` texts, the same ones every time. About half of them are such that some shipped rule
// fires.
std::vector<std::string> command_texts(std::size_t count);

}  // namespace decnet::bench
