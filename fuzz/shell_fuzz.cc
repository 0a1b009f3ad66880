// The shell analysis: any text is read, resolved and decoded within the bounds.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "decnet/shell/analysis.h"
#include "fuzz/check.h"

namespace {

using decnet::shell::Analysis;
using decnet::shell::TextKind;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static Analysis analysis;  // as it is used: its memory is kept
  analysis.run(text);
  DECNET_FUZZ_CHECK(!analysis.layers().empty());
  DECNET_FUZZ_CHECK(analysis.layers().size() <= Analysis::kMaxLayers);
  for (const auto& layer : analysis.layers()) {
    DECNET_FUZZ_CHECK(layer.depth <= Analysis::kMaxDepth);
    DECNET_FUZZ_CHECK(!layer.label.empty());
  }
  std::size_t decoded = 0;
  for (std::size_t kind = 0; kind < decnet::shell::kTextKindNames.size(); ++kind) {
    for (const auto& one : analysis.texts(static_cast<TextKind>(kind))) {
      DECNET_FUZZ_CHECK(one.layer < analysis.layers().size());
      if (static_cast<TextKind>(kind) == TextKind::kDecoded) decoded += one.text.size();
    }
  }
  DECNET_FUZZ_CHECK(decoded <= Analysis::kMaxBytes + size);
  DECNET_FUZZ_CHECK(analysis.texts(TextKind::kDecoded).size() ==
                    analysis.texts(TextKind::kDecoding).size());
  return 0;
}
