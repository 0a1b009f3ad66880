// What a plain (unquoted) YAML 1.1 scalar stands for.
#pragma once

#include <string_view>

#include "decnet/base/json.h"
#include "decnet/rules/yaml.h"

namespace decnet::rules {

struct YamlScalar {
  YamlNode::Kind kind = YamlNode::Kind::kText;
  Json value;
  std::string_view surprise;  // as YamlNode::surprise()
};

// Follows the resolution of YAML 1.1 (yaml.org/type), which is what the DECNET framework's reader
// does: null, boolean, integer in base 2, 8, 10, 16 and 60, float, else text. A date stays text,
// and so does a number that does not fit 64 bits.
YamlScalar resolve_scalar(std::string_view text);

}  // namespace decnet::rules
