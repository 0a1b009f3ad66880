// The parameters that the body of a request carries, whatever its format.
#pragma once

#include <functional>
#include <string_view>

namespace decnet::web {

// Told of what is in a body, in the order it stands there. Views live during the call.
struct BodyReader {
  // Still percent-encoded when `is_encoded`.
  std::function<void(std::string_view name, std::string_view value, bool is_encoded)> parameter;
  std::function<void(std::string_view text)> upload;    // a file name, a header of a part
  std::function<void(std::string_view text)> document;  // the body as a whole, where it is no form
};

// name=value&…
void read_form(std::string_view text, const BodyReader& reader);

// By its Content-Type, else by how it begins: a form, multipart, JSON, XML, or a text.
void read_body(std::string_view body, std::string_view content_type, const BodyReader& reader);

}  // namespace decnet::web
