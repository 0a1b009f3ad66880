// INI files: sections of `key = value` lines.
//
//   [decnet]
//   mode = agent        ; a comment begins with ; or #, at the start of a line or after a blank
//
// Section and key names are case-insensitive and come out in lower case; `:` serves as `=`. Blanks
// around a value are dropped, everything else in it stays as written.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"

namespace decnet::config {

struct IniEntry {
  std::string section;
  std::string key;
  std::string value;
  int line = 0;  // from 1
};

// The entries in file order. Errors: kInvalid, as "path:line: problem": a line that is neither a
// section nor an entry, an entry before the first section, a key given twice in one section.
Result<std::vector<IniEntry>> read_ini(std::string_view text, const std::filesystem::path& path);

}  // namespace decnet::config
