#include "decnet/rules/sample_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "decnet/rules/derived_fields.h"

namespace decnet::rules {
namespace {

using Entry = YamlNode::Entry;

class SampleReader {
 public:
  SampleReader(Definition& definition, Complaints& complaints)
      : definition_(definition), complaints_(complaints) {}

  void read(const Entry& entry) {
    const YamlNode& tests = *entry.value;
    if (!tests.is_mapping()) {
      return complaints_.warning(
          entry.key->line(),
          fmt::format("tests: expected a mapping with fires and silent, found {}; "
                      "ignored",
                      tests.describe()));
    }
    for (const Entry& list : tests.entries()) {
      const std::string& key = list.key->text();
      if (key == "fires") {
        read_list(list, "tests.fires", definition_.samples.fires);
      } else if (key == "silent") {
        read_list(list, "tests.silent", definition_.samples.silent);
      } else {
        complaints_.warning(
            list.key->line(),
            fmt::format("tests: expected fires or silent, found {}; ignored", in_quotes(key)));
      }
    }
  }

 private:
  void read_list(const Entry& entry, const std::string& label, std::vector<Json>& out) {
    const YamlNode& list = *entry.value;
    if (!list.is_list()) {
      return complaints_.warning(entry.key->line(),
                                 fmt::format("{}: expected a list of samples, found {}; "
                                             "ignored",
                                             label, list.describe()));
    }
    for (std::size_t i = 0; i < list.elements().size(); ++i) {
      const YamlNode& sample = *list.elements()[i];
      const std::string place = fmt::format("{}[{}]", label, i);
      if (sample.is_null() || sample.is_list()) {
        complaints_.warning(
            sample.line(), fmt::format("{}: expected a text or a payload, found {}; ignored", place,
                                       sample.describe()));
        continue;
      }
      note(fmt::format("{}[{}]", label, out.size()), sample.line());
      if (!sample.is_mapping()) {  // a text, whatever YAML would read it as
        out.emplace_back(sample.text());
        continue;
      }
      check_payload(sample, place);
      out.push_back(sample.json());
    }
  }

  // "- echo a: b" is a mapping to YAML; the author meant a text.
  void check_payload(const YamlNode& sample, const std::string& label) {
    if (!definition_.is_pattern_rule() || definition_.applies_to.empty()) return;
    std::vector<std::string> fields = definition_.more_fields;
    if (!definition_.field.empty()) {
      fields.push_back(definition_.field);
    } else {
      for (const std::string& kind : definition_.applies_to) {
        if (const auto usual = default_field(kind); !usual.empty()) fields.emplace_back(usual);
      }
    }
    for (const std::string& field : fields) {
      for (const std::string& kind : definition_.applies_to) {
        if (is_derived_field(kind, field)) return;  // any key may give it
      }
      if (sample.find(field) != nullptr) return;
    }
    if (fields.empty()) return;
    complaints_.warning(
        sample.line(),
        fmt::format("{}: a payload without {}; a text that contains ': ' needs quotes", label,
                    in_quotes(fmt::format("{}", fmt::join(fields, "' or '")))));
  }

  void note(const std::string& key, int line) { definition_.lines[key] = line; }

  Definition& definition_;
  Complaints& complaints_;
};

}  // namespace

void read_samples(const YamlNode::Entry& tests, Definition& definition, Complaints& complaints) {
  SampleReader(definition, complaints).read(tests);
}

}  // namespace decnet::rules
