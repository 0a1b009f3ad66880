#include "decnet/catalogues/intel_mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "decnet/base/json.h"

namespace decnet::catalogues {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kFiles = {{
    {
        "abuseipdb",
#include "abuseipdb.json.inc"
    },
    {
        "greynoise",
#include "greynoise.json.inc"
    },
    {
        "feodo",
#include "feodo.json.inc"
    },
    {
        "threatfox",
#include "threatfox.json.inc"
    },
}};

const std::string* text_of(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value == nullptr ? nullptr : value->string();
}

const Json::Array* list_of(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value == nullptr ? nullptr : value->array();
}

std::optional<IntelSignal> read_signal(const Json& json) {
  const std::string* id = text_of(json, "id");
  const std::string* label = text_of(json, "label");
  const Json* reference = json.find("external_reference");
  const std::string* url = reference == nullptr ? nullptr : text_of(*reference, "url");
  const Json::Array* techniques = list_of(json, "techniques");
  if (id == nullptr || label == nullptr || url == nullptr || techniques == nullptr) {
    return std::nullopt;
  }
  IntelSignal signal{*id, *label, *url, {}, 1.0};
  for (const Json& one : *techniques) {
    const std::string* technique = text_of(one, "technique_id");
    if (technique == nullptr) return std::nullopt;
    const Json* threshold = one.find("high_score_threshold");
    if (threshold != nullptr && threshold->integer() == nullptr) return std::nullopt;
    signal.techniques.push_back(
        {*technique, threshold == nullptr ? std::nullopt : std::optional(*threshold->integer())});
  }
  if (const Json* multiplier = json.find("confidence_multiplier")) {
    const bool usable = multiplier->number(signal.multiplier) && signal.multiplier >= 0.0 &&
                        signal.multiplier <= 1.0;
    if (!usable) return std::nullopt;
  }
  return signal;
}

}  // namespace

Result<IntelMapping> IntelMapping::read(std::string_view provider, std::string_view json) {
  DECNET_TRY(const Json root, Json::parse(json));
  const std::string* named = text_of(root, "provider");
  const std::string* version = text_of(root, "mapping_version");
  const Json::Array* signals = list_of(root, "signals");
  if (named == nullptr || version == nullptr || signals == nullptr) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: provider, mapping_version or signals is missing", provider));
  }
  if (*named != provider) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: is the file of {}", provider, *named));
  }
  IntelMapping mapping;
  mapping.version_ = *version;
  for (const Json& one : *signals) {
    auto signal = read_signal(one);
    if (!signal) {
      return fail(ErrorCode::kInvalid, fmt::format("{}: signals[{}] lacks a key or has one of "
                                                   "another type",
                                                   provider, mapping.signals_.size()));
    }
    if (mapping.find(signal->id) != nullptr) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}: signal {} is there twice", provider, signal->id));
    }
    mapping.signals_.push_back(*std::move(signal));
  }
  return mapping;
}

const IntelMapping& IntelMapping::of(std::string_view provider) {
  static const std::vector<std::pair<std::string_view, IntelMapping>> mappings = [] {
    std::vector<std::pair<std::string_view, IntelMapping>> made;
    for (const auto& [name, json] : kFiles) {
      auto mapping = read(name, json);
      if (!mapping) {  // the program was built from a damaged file
        (void)std::fprintf(stderr, "decnet: %s\n", mapping.error().message.c_str());
        std::abort();
      }
      made.emplace_back(name, *std::move(mapping));
    }
    return made;
  }();
  for (const auto& [name, mapping] : mappings) {
    if (name == provider) return mapping;
  }
  (void)std::fprintf(stderr, "decnet: no mapping of that provider\n");
  std::abort();  // providers are named in the program alone
}

const IntelSignal* IntelMapping::find(std::string_view id) const {
  const auto found = std::find_if(signals_.begin(), signals_.end(),
                                  [id](const IntelSignal& signal) { return signal.id == id; });
  return found == signals_.end() ? nullptr : &*found;
}

}  // namespace decnet::catalogues
