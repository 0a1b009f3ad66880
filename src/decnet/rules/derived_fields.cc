#include "decnet/rules/derived_fields.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "decnet/web/normal_request.h"

namespace decnet::rules {
namespace {

constexpr std::array<std::string_view, 6> kOfRequests = {
    "request_normal",      "request_path",    "request_parameters",
    "request_assignments", "request_headers", "request_uploads"};

Json list_of(const std::vector<std::string>& texts) {
  return Json(Json::Array(texts.begin(), texts.end()));
}

Json request_fields(const Json& payload) {
  const web::NormalRequest request = web::normal_request(payload);
  return Json::object({{std::string(kOfRequests[0]), request.all()},
                       {std::string(kOfRequests[1]), list_of(request.path)},
                       {std::string(kOfRequests[2]), list_of(request.parameters)},
                       {std::string(kOfRequests[3]), list_of(request.assignments)},
                       {std::string(kOfRequests[4]), list_of(request.headers)},
                       {std::string(kOfRequests[5]), list_of(request.uploads)}});
}

}  // namespace

bool is_derived_field(std::string_view source_kind, std::string_view field) {
  return source_kind == to_string(SourceKind::kHttpRequest) &&
         std::find(kOfRequests.begin(), kOfRequests.end(), field) != kOfRequests.end();
}

const Json* DerivedFields::find(std::string_view field) {
  if (!fields_) {
    fields_ = event_.source_kind == to_string(SourceKind::kHttpRequest)
                  ? request_fields(event_.payload)
                  : Json::object({});
  }
  return fields_->find(field);
}

}  // namespace decnet::rules
