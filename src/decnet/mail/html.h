// Html: what a reader sees of an HTML text, where its links lead, and what it would run. Tolerant:
// any bytes are some HTML. Linear in them; nothing is loaded or executed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace decnet::mail {

struct Link {
  std::string url;   // of <a href>, <area href> or <form action>, entities decoded, trimmed
  std::string text;  // what is shown for it, blanks collapsed; empty for a picture
};

struct Html {
  static constexpr std::size_t kMaxTextBytes = std::size_t{64} << 10;
  static constexpr std::size_t kMaxLinks = 1000;
  static constexpr std::size_t kMaxUrlBytes = 2048;

  std::string text;  // blanks collapsed, entities decoded, at most kMaxTextBytes
  std::vector<Link> links;
  std::string script;           // the texts of <script>, at most kMaxTextBytes
  bool asks_for_input = false;  // has a form
  bool has_image = false;
};

Html read_html(std::string_view html);

}  // namespace decnet::mail
