#include "decnet/web/body.h"

#include <algorithm>
#include <string>

#include "decnet/base/json.h"

namespace decnet::web {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t kMaxParts = 256;  // of a multipart body

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains(std::string_view text, std::string_view lower_case_word) {
  return std::search(text.begin(), text.end(), lower_case_word.begin(), lower_case_word.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}

// The value of `name=` in a header: quoted, or up to the next ';' or line end.
std::string_view attribute(std::string_view header, std::string_view name_and_equals) {
  const auto found =
      std::search(header.begin(), header.end(), name_and_equals.begin(), name_and_equals.end(),
                  [](char a, char b) { return lower(a) == b; });
  if (found == header.end()) return {};
  std::string_view value =
      header.substr(static_cast<std::size_t>(found - header.begin()) + name_and_equals.size());
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    return value.substr(0, value.find('"'));
  }
  return value.substr(0, value.find_first_of(";\r\n"));
}

void read_json(const Json& value, std::string_view name, const BodyReader& reader) {
  if (const std::string* text = value.string()) {
    reader.parameter(name, *text, false);
  } else if (const Json::Array* elements = value.array()) {
    for (const Json& element : *elements) read_json(element, name, reader);
  } else if (const Json::Object* members = value.object()) {
    for (const auto& [key, member] : *members) {
      if (member.string() == nullptr) reader.parameter(key, {}, false);
      read_json(member, key, reader);
    }
  }
}

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == ':' || c == '.' || c == '!' || c == '?' || c == '/';
}

// What stands between tags, and the values of attributes. No parser: a broken document is read as
// far as it can be.
void read_xml(std::string_view text, const BodyReader& reader) {
  std::string_view name;
  std::size_t at = 0;
  const auto told = [&reader](std::string_view of, std::string_view value) {
    if (value.find_first_not_of(" \t\r\n") != npos) reader.parameter(of, value, false);
  };
  while (at < text.size()) {
    const auto open = text.find('<', at);
    told(name, text.substr(at, open == npos ? npos : open - at));
    if (open == npos) return;
    constexpr std::string_view kData = "<![CDATA[";
    if (text.substr(open).starts_with(kData)) {
      const auto close = text.find("]]>", open);
      told(name,
           text.substr(open + kData.size(), close == npos ? npos : close - open - kData.size()));
      if (close == npos) return;
      at = close + 3;
      continue;
    }
    at = open + 1;
    const auto begin = at;
    while (at < text.size() && is_name(text[at])) ++at;
    name = text.substr(begin, at - begin);
    std::string_view key;
    while (at < text.size() && text[at] != '>') {
      if (text[at] == '"' || text[at] == '\'') {
        const auto close = text.find(text[at], at + 1);
        told(key, text.substr(at + 1, close == npos ? npos : close - at - 1));
        if (close == npos) return;
        at = close + 1;
      } else if (is_name(text[at])) {
        const auto from = at;
        while (at < text.size() && is_name(text[at])) ++at;
        key = text.substr(from, at - from);
      } else {
        ++at;
      }
    }
    ++at;
  }
}

void read_part(std::string_view part, const BodyReader& reader) {
  while (part.starts_with('\r') || part.starts_with('\n')) part.remove_prefix(1);
  std::size_t gap = 4;
  auto head_end = part.find("\r\n\r\n");
  if (const auto bare = part.find("\n\n"); bare < head_end) {
    head_end = bare;
    gap = 2;
  }
  const std::string_view head = part.substr(0, head_end);
  std::string_view content = head_end == npos ? std::string_view() : part.substr(head_end + gap);
  while (content.ends_with('\n') || content.ends_with('\r')) content.remove_suffix(1);
  for (std::size_t at = 0; at < head.size();) {
    const auto end = std::min(head.find('\n', at), head.size());
    std::string_view line = head.substr(at, end - at);
    while (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) reader.upload(line);
    at = end + 1;
  }
  const auto file = attribute(head, "filename=");
  if (!file.empty()) reader.upload(file);
  std::string_view names = head;  // "name=" is in "filename=" too
  if (const auto at = head.find(" name="); at != npos) names = head.substr(at + 1);
  reader.parameter(attribute(names, "name="), content, false);
  if (content.find('<') != npos) read_xml(content, reader);
}

void read_multipart(std::string_view body, std::string_view boundary, const BodyReader& reader) {
  const std::string mark = "--" + std::string(boundary);
  std::size_t at = body.find(mark);
  for (std::size_t parts = 0; at != npos && parts < kMaxParts; ++parts) {
    const auto begin = at + mark.size();
    at = body.find(mark, begin);
    const auto part = body.substr(begin, at == npos ? npos : at - begin);
    if (part.starts_with("--")) return;
    read_part(part, reader);
  }
}

}  // namespace

void read_form(std::string_view text, const BodyReader& reader) {
  while (!text.empty()) {
    const auto end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    const auto equals = pair.find('=');
    if (!pair.empty()) {
      reader.parameter(pair.substr(0, equals),
                       equals == npos ? std::string_view() : pair.substr(equals + 1), true);
    }
    if (end == npos) return;
    text.remove_prefix(end + 1);
  }
}

void read_body(std::string_view body, std::string_view content_type, const BodyReader& reader) {
  if (body.empty()) return;
  if (contains(content_type, "multipart/")) {
    const auto boundary = attribute(content_type, "boundary=");
    if (!boundary.empty() && body.find(boundary) != npos) {
      return read_multipart(body, boundary, reader);
    }
  }
  const auto first = body.find_first_not_of(" \t\r\n");
  const char begins = first == npos ? '\0' : body[first];
  if (contains(content_type, "json") || begins == '{' || begins == '[') {
    if (const auto json = Json::parse(body)) return read_json(*json, {}, reader);
  }
  if (contains(content_type, "xml") || begins == '<') {
    reader.document(body);
    return read_xml(body, reader);
  }
  if (content_type.empty() || contains(content_type, "form-urlencoded"))
    return read_form(body, reader);
  reader.document(body);
  if (body.find('=') != npos) read_form(body, reader);
}

}  // namespace decnet::web
