#include "decnet/base/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "decnet/base/utf8.h"

namespace decnet {
namespace {

Json from_simdjson(simdjson::dom::element element) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::ARRAY: {
      const auto array = simdjson::dom::array(element);
      Json::Array elements;
      elements.reserve(array.size());
      for (const auto child : array) elements.push_back(from_simdjson(child));
      return elements;
    }
    case element_type::OBJECT: {
      const auto object = simdjson::dom::object(element);
      Json::Object members;
      members.reserve(object.size());
      for (const auto member : object) {
        members.emplace_back(std::string(member.key), from_simdjson(member.value));
      }
      return members;
    }
    case element_type::INT64:
      return std::int64_t(element);
    case element_type::UINT64:
      return double(std::uint64_t(element));
    case element_type::DOUBLE:
      return double(element);
    case element_type::STRING:
      return std::string_view(element);
    case element_type::BOOL:
      return bool(element);
    case element_type::NULL_VALUE:
      break;
  }
  return nullptr;
}

// Builds a Json from the events of nlohmann's reader, which takes integers of any length.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override { return add(value); }
  bool number_unsigned(std::uint64_t value) override {
    if (value > static_cast<std::uint64_t>(INT64_MAX)) return add(static_cast<double>(value));
    return add(static_cast<std::int64_t>(value));
  }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool key(std::string& value) override {
    open_.back().key = std::move(value);
    return true;
  }
  bool start_object(std::size_t) override { return open(Json::Object{}); }
  bool start_array(std::size_t) override { return open(Json::Array{}); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& problem) override {
    error_ = fmt::format("not JSON at byte {}: {}", position, reason(problem.what()));
    return false;
  }

  Json result;
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  struct Open {
    Json::Object members;
    Json::Array elements;
    bool is_object;
    std::string key;
  };

  // nlohmann's text is "[json.exception.parse_error.101] parse error at line 1, column 2: …;
  // last read: '…'": only the reason is for people, and the last part repeats hostile bytes.
  static std::string reason(std::string_view what) {
    if (const auto column = what.find("column "); column != std::string_view::npos) {
      if (const auto colon = what.find(": ", column); colon != std::string_view::npos) {
        what.remove_prefix(colon + 2);
      }
    }
    return std::string(what.substr(0, what.find("; last read")));
  }

  bool open(const Json& kind) {
    if (open_.size() >= Json::kMaxDepth) {
      error_ = fmt::format("nested deeper than {} levels", Json::kMaxDepth);
      return false;
    }
    open_.push_back({{}, {}, kind.object() != nullptr, {}});
    return true;
  }
  bool close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    return done.is_object ? add(std::move(done.members)) : add(std::move(done.elements));
  }
  bool add(Json value) {
    if (open_.empty()) {
      result = std::move(value);
    } else if (Open& parent = open_.back(); parent.is_object) {
      parent.members.emplace_back(std::move(parent.key), std::move(value));
    } else {
      parent.elements.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Open> open_;
  std::string error_;
};

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The code unit of the \uXXXX escape at `at`, or -1 when there is none.
int escape_at(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  if (!std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at) + 2,
                   text.begin() + static_cast<std::ptrdiff_t>(at) + 6, is_hex)) {
    return -1;
  }
  std::from_chars(text.data() + at + 2, text.data() + at + 6, unit, 16);
  return unit;
}

// Python writes bytes that were no UTF-8 as lone surrogate escapes (surrogateescape); strict
// readers refuse the whole document for one. Each becomes U+FFFD here.
std::string without_lone_surrogates(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      out += text[i++];
      continue;
    }
    const int unit = escape_at(text, i);
    if (unit < 0) {  // another escape: its second character may be a backslash
      out += text.substr(i, 2);
      i += 2;
    } else if (unit >= 0xD800 && unit < 0xDC00) {
      const int low = escape_at(text, i + 6);
      const bool pair = low >= 0xDC00 && low < 0xE000;
      out += pair ? text.substr(i, 12) : std::string_view("\\ufffd");
      i += pair ? 12 : 6;
    } else {
      out += unit >= 0xDC00 && unit < 0xE000 ? std::string_view("\\ufffd") : text.substr(i, 6);
      i += 6;
    }
  }
  return out;
}

}  // namespace

bool Json::number(double& out) const {
  if (const auto* whole = integer()) {
    out = static_cast<double>(*whole);
    return true;
  }
  if (const auto* real = std::get_if<double>(&value_)) {
    out = *real;
    return true;
  }
  return false;
}

bool Json::truthy() const {
  struct Truth {
    bool operator()(std::monostate) const { return false; }
    bool operator()(bool value) const { return value; }
    bool operator()(std::int64_t value) const { return value != 0; }
    bool operator()(double value) const { return value != 0.0; }
    bool operator()(const std::string& value) const { return !value.empty(); }
    bool operator()(const Array& value) const { return !value.empty(); }
    bool operator()(const Object& value) const { return !value.empty(); }
  };
  return std::visit(Truth{}, value_);
}

const Json* Json::find(std::string_view key) const {
  const Object* members = object();
  if (members == nullptr) return nullptr;
  const auto found = std::find_if(members->rbegin(), members->rend(),
                                  [key](const Member& member) { return member.first == key; });
  return found == members->rend() ? nullptr : &found->second;
}

void Json::set(std::string_view key, Json value) {
  if (is_null()) value_ = Object{};
  auto* members = std::get_if<Object>(&value_);
  if (members == nullptr) return;
  if (const Json* existing = find(key)) {
    const_cast<Json&>(*existing) = std::move(value);
    return;
  }
  members->emplace_back(std::string(key), std::move(value));
}

Result<Json> Json::parse(std::string_view text) {
  // The parser keeps its buffers between calls. A document's size is bounded by who reads it.
  thread_local simdjson::dom::parser parser;
  if (parser.max_depth() != kMaxDepth) {
    const auto problem = parser.allocate(std::size_t{1} << 16, kMaxDepth);
    if (problem != simdjson::SUCCESS) return fail(ErrorCode::kInternal, "no memory to read JSON");
  }
  simdjson::dom::element document;
  if (parser.parse(text.data(), text.size()).get(document) == simdjson::SUCCESS) {
    return from_simdjson(document);
  }
  // nlohmann's reader takes a NUL for the end of the text, and what follows for nothing.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return fail(ErrorCode::kInvalid, fmt::format("not JSON at byte {}: a NUL byte", nul + 1));
  }
  const std::string repaired = without_lone_surrogates(to_valid_utf8(text));
  Builder builder;
  if (!nlohmann::json::sax_parse(repaired, &builder)) {
    return fail(ErrorCode::kInvalid,
                builder.error().empty() ? std::string("not JSON") : builder.error());
  }
  return std::move(builder.result);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) continue;
    out += text.substr(done, i - done);
    done = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    }
  }
  out += text.substr(done);
  out += '"';
}

void Json::dump_to(std::string& out) const {
  struct Writer {
    std::string& out;
    void operator()(std::monostate) const { out += "null"; }
    void operator()(bool value) const { out += value ? "true" : "false"; }
    void operator()(std::int64_t value) const {
      fmt::format_to(std::back_inserter(out), "{}", value);
    }
    void operator()(double value) const {
      if (!std::isfinite(value)) {
        out += "null";
        return;
      }
      const std::string text = fmt::format("{}", value);
      out += text;
      // Keep it a floating-point number when it is read again.
      if (text.find_first_of(".eE") == std::string::npos) out += ".0";
    }
    void operator()(const std::string& value) const { append_json_string(out, value); }
    void operator()(const Array& elements) const {
      out += '[';
      for (std::size_t i = 0; i < elements.size(); ++i) {
        if (i != 0) out += ',';
        elements[i].dump_to(out);
      }
      out += ']';
    }
    void operator()(const Object& members) const {
      out += '{';
      for (std::size_t i = 0; i < members.size(); ++i) {
        if (i != 0) out += ',';
        append_json_string(out, members[i].first);
        out += ':';
        members[i].second.dump_to(out);
      }
      out += '}';
    }
  };
  std::visit(Writer{out}, value_);
}

std::string Json::dump() const {
  std::string out;
  dump_to(out);
  return out;
}

}  // namespace decnet
