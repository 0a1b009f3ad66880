// Derived fields: what rules may search beside the keys of a payload, computed from it. A payload
// key of such a name is not looked at.
//
//   kind          field                what it holds (decnet/web/normal_request.h)
//   http_request  request_normal       every text of the request in its normal forms
//                 request_path         the path
//                 request_parameters   names and values of parameters, in the URL, cookies and body
//                 request_assignments  "name=value" of each
//                 request_headers      values of headers but Cookie
//                 request_uploads      names of uploaded files, headers of their parts
//
// All of them are lists of texts.
#pragma once

#include <optional>
#include <string_view>

#include "decnet/base/json.h"
#include "decnet/model/event.h"

namespace decnet::rules {

bool is_derived_field(std::string_view source_kind, std::string_view field);

// Those of one event, computed when the first is asked for. The event outlives it.
class DerivedFields {
 public:
  explicit DerivedFields(const Event& event) : event_(event) {}
  // Null when the event's kind has no such field.
  const Json* find(std::string_view field);

 private:
  const Event& event_;
  std::optional<Json> fields_;
};

}  // namespace decnet::rules
