// CowrieFields: the members of a Cowrie log line that mean something here, still as text.
#pragma once

#include <string_view>

#include "decnet/base/error.h"

namespace decnet::importers {

// Empty stands for absent, null, and everything that is neither text nor, where a name or a number
// may stand, a number.
struct CowrieFields {
  std::string_view eventid;
  std::string_view timestamp;
  std::string_view src_ip;
  std::string_view session;
  std::string_view sensor;
  std::string_view protocol;
  std::string_view system;
  std::string_view input;  // text only
  std::string_view username;
  std::string_view password;
};

// The fields of one line; all empty when it is JSON but no object. The views live until this
// thread's next call. Error: why the line is no JSON.
Result<CowrieFields> read_cowrie_fields(std::string_view line);

// The same without the short cut for lines as Cowrie writes them; for tests, which hold the two
// against each other.
Result<CowrieFields> read_cowrie_fields_generally(std::string_view line);

}  // namespace decnet::importers
