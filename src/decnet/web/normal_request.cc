#include "decnet/web/normal_request.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "decnet/base/utf8.h"
#include "decnet/web/body.h"
#include "decnet/web/decode.h"

namespace decnet::web {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// How much of one part is read, as of a text that is evaluated.
constexpr std::size_t kHead = std::size_t{48} << 10;
constexpr std::size_t kTail = std::size_t{16} << 10;

std::string read_part_of(std::string_view text) {
  if (text.size() <= kHead + kTail) return std::string(text);
  return std::string(text.substr(0, kHead)) + "\n" + std::string(text.substr(text.size() - kTail));
}

bool equals_ignoring_case(std::string_view a, std::string_view lower_case) {
  return std::equal(a.begin(), a.end(), lower_case.begin(), lower_case.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
  });
}

class Normaliser {
 public:
  explicit Normaliser(NormalRequest& out) : out_(out) {}

  // All forms of a text from which one layer, that of its place, was taken off.
  void add_forms(std::string_view text, std::vector<std::string>& to) {
    std::string plain = folded(decoded(text));
    const std::string no_comments = plain.find("/*") == npos && plain.find("*/") == npos
                                        ? std::string()
                                        : folded(without_comments(plain));
    const std::string no_quoting =
        plain.find_first_of("'\"\\^$") == npos ? std::string() : folded(without_quoting(plain));
    auto base64 = base64_decoded(text);
    if (!base64) base64 = base64_decoded(plain);
    add(plain, to);
    if (!no_comments.empty() && no_comments != plain) add(no_comments, to);
    if (!no_quoting.empty() && no_quoting != plain) add(no_quoting, to);
    if (!base64) return;
    add(folded(decoded(*base64)), to);
    if (const auto inner = base64_decoded(*base64)) add(folded(decoded(*inner)), to);
  }

  void parameter(std::string_view name, std::string_view value, bool is_encoded,
                 bool is_cookie = false) {
    const std::string own_name = is_encoded ? percent_decoded(name, true) : std::string(name);
    const std::string own_value = is_encoded ? percent_decoded(value, true) : std::string(value);
    add_forms(own_name, out_.parameters);
    if (!own_value.empty()) {
      add_forms(own_value, out_.parameters);
      if (!is_cookie) add(folded(decoded(own_name + "=" + own_value)), out_.assignments);
    }
    // A plus that was meant as one: base64, arithmetic.
    if (is_encoded && value.find('+') != npos) {
      if (const auto base64 = base64_decoded(percent_decoded(value))) {
        add(folded(decoded(*base64)), out_.parameters);
      }
    }
  }

  void url(std::string_view raw) {
    // Of an absolute URL only what follows its host is the server's.
    if (const auto scheme = raw.find("://"); scheme != npos && scheme < raw.find_first_of("?/")) {
      const auto path = raw.find('/', scheme + 3);
      raw = path == npos ? std::string_view() : raw.substr(path);
    }
    const auto query = raw.find('?');
    std::string path = folded(decoded(raw.substr(0, query)));
    add_forms(path, out_.path);
    std::replace(path.begin(), path.end(), '\\', '/');
    std::string one_slash;
    for (const char c : path) {
      if (c != '/' || one_slash.empty() || one_slash.back() != '/') one_slash += c;
    }
    if (std::find(out_.path.begin(), out_.path.end(), one_slash) == out_.path.end()) {
      add(one_slash, out_.path);
    }
    if (query != npos) read_form(raw.substr(query + 1), reader());
  }

  void header(std::string_view name, std::string_view value) {
    const bool names_file =
        equals_ignoring_case(name, "x-filename") || equals_ignoring_case(name, "x-file-name") ||
        equals_ignoring_case(name, "x_filename") || equals_ignoring_case(name, "x.filename");
    if (names_file) return add_forms(value, out_.uploads);
    if (!equals_ignoring_case(name, "cookie")) return add_forms(value, out_.headers);
    while (!value.empty()) {
      const auto end = value.find(';');
      std::string_view pair = value.substr(0, end);
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      const auto equals = pair.find('=');
      parameter(pair.substr(0, equals),
                equals == npos ? std::string_view() : pair.substr(equals + 1), true, true);
      if (end == npos) return;
      value.remove_prefix(end + 1);
    }
  }

  void body(std::string_view text, std::string_view content_type) {
    read_body(text, content_type, reader());
  }

 private:
  BodyReader reader() {
    return {[this](std::string_view name, std::string_view value, bool is_encoded) {
              parameter(name, value, is_encoded);
            },
            [this](std::string_view text) { add_forms(text, out_.uploads); },
            [this](std::string_view text) { add_forms(text, out_.document); }};
  }

  void add(std::string text, std::vector<std::string>& to) {
    if (text.empty() || text.size() > left_) return;
    left_ -= text.size();
    to.push_back(std::move(text));
  }

  NormalRequest& out_;
  std::size_t left_ = kMaxNormalBytes;
};

const std::string* text_of(const Json& payload, std::string_view key) {
  const Json* const value = payload.find(key);
  return value == nullptr ? nullptr : value->string();
}

}  // namespace

NormalRequest normal_request(const Json& payload) {
  NormalRequest request;
  Normaliser normaliser(request);
  if (const std::string* url = text_of(payload, "raw_url")) normaliser.url(read_part_of(*url));

  std::string content_type;
  const auto header = [&](const std::string& name, const Json& value) {
    const std::string* text = value.string();
    if (text == nullptr) return;
    if (equals_ignoring_case(name, "content-type")) content_type = *text;
    normaliser.header(name, read_part_of(*text));
  };
  const Json* const headers = payload.find("headers");
  if (headers != nullptr && headers->object() != nullptr) {
    for (const auto& [name, value] : *headers->object()) header(name, value);
  } else if (headers != nullptr && headers->array() != nullptr) {
    for (const Json& pair : *headers->array()) {
      const auto* const both = pair.array();
      if (both != nullptr && both->size() == 2 && (*both)[0].string() != nullptr) {
        header(*(*both)[0].string(), (*both)[1]);
      }
    }
  }
  if (const std::string* agent = text_of(payload, "user_agent")) {
    if (headers == nullptr || headers->is_null())
      normaliser.header("user-agent", read_part_of(*agent));
  }
  if (const std::string* body = text_of(payload, "body")) {
    normaliser.body(read_part_of(*body), content_type);
  }
  return request;
}

Json NormalRequest::all() const {
  Json::Array texts;
  for (const auto* part : {&path, &parameters, &uploads, &document, &headers}) {
    for (const std::string& text : *part) texts.emplace_back(text);
  }
  return texts;
}

}  // namespace decnet::web
