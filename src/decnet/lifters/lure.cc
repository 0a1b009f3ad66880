#include "decnet/lifters/lure.h"

#include <algorithm>
#include <array>

#include "decnet/base/utf8.h"
#include "decnet/lifters/fields.h"

namespace decnet::lifters {
namespace {

constexpr std::size_t kMaxLinks = 200;
constexpr std::size_t kFewCharacters = 300;

bool is_unseen(char32_t c) {
  return c == 0xAD || c == 0x34F || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x2064) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
}

// Letters of mathematics and phonetics that look like Latin ones.
bool is_look_alike(char32_t c) {
  return (c >= 0x1D400 && c <= 0x1D7FF) || (c >= 0x1D00 && c <= 0x1D7F);
}

// Whether a word is written in two alphabets, as nobody writes who does not want to deceive.
bool mixes_alphabets(std::string_view text) {
  bool latin = false;
  bool other = false;
  while (!text.empty()) {
    const char32_t c = take_code_point(text);
    const bool is_latin = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool is_other = c >= 0x370 && c <= 0x52F;  // Greek and Cyrillic
    latin = (latin && (is_latin || is_other)) || is_latin;
    other = (other && (is_latin || is_other)) || is_other;
    if (latin && other) return true;
  }
  return false;
}

bool is_pictograph(char32_t c) {
  return (c >= 0x1F000 && c <= 0x1FAFF) || (c >= 0x2600 && c <= 0x27BF) ||
         (c >= 0x2B00 && c <= 0x2BFF);
}

bool any_of(std::string_view text, bool (*is)(char32_t)) {
  while (!text.empty()) {
    if (is(take_code_point(text))) return true;
  }
  return false;
}

std::string without_unseen(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t c = take_code_point(text);
    if (!is_unseen(c)) result += before.substr(0, before.size() - text.size());
  }
  return result;
}

std::string_view value(const Json& payload, std::string_view key) {
  const std::string* found = text(payload, key);
  return found == nullptr ? std::string_view() : *found;
}

// The part of a domain that somebody registered: two labels, three below suffixes such as co.uk.
std::string_view organisation(std::string_view domain) {
  constexpr std::size_t kLongestSecondLevel = 3;  // co, com, org, gov, ac, net
  const std::size_t last = domain.rfind('.');
  if (last == std::string_view::npos || last == 0) return domain;
  const std::size_t second = domain.rfind('.', last - 1);
  if (second == std::string_view::npos) return domain;
  const bool country = domain.size() - last - 1 == 2;
  const bool shared = country && last - second - 1 <= kLongestSecondLevel;
  if (!shared || second == 0) return domain.substr(second + 1);
  const std::size_t third = domain.rfind('.', second - 1);
  return third == std::string_view::npos ? domain : domain.substr(third + 1);
}

bool differ(std::string_view a, std::string_view b) {
  return !a.empty() && !b.empty() && organisation(a) != organisation(b);
}

// "ubuntu-s-1vcpu-…", "vmi123.provider": names that providers give and nobody changed.
bool is_rented_machine(std::string_view domain) {
  constexpr std::array<std::string_view, 8> kMarks = {
      "vcpu",      "contaboserver",  "vultrusercontent", "linodeusercontent",
      "localhost", "your-server.de", "amazonaws.com",    "compute.internal"};
  return std::any_of(kMarks.begin(), kMarks.end(), [domain](std::string_view mark) {
    return domain.find(mark) != std::string_view::npos;
  });
}

// Whether the text names a brand whose domain this is not.
bool claims_brand(std::string_view name, std::string_view domain,
                  const catalogues::Catalogues& known) {
  const auto* domains = known.brand_in(lower_case(without_unseen(name)));
  if (domains == nullptr) return false;
  const std::string_view own = organisation(domain);
  return domains->find(own.substr(0, own.find('.'))) == domains->end();
}

std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#\\ "));
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos)
    url.remove_prefix(at + 1);
  return lower_case(url.substr(0, url.find(':')));
}

bool is_address(std::string_view host) {
  return !host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

// The host that a link shows as its text, "https://bank.example/…" or "www.bank.example"; empty
// when the text is no more than words.
std::string shown_host(std::string_view shown) {
  const bool has_scheme = shown.starts_with("http://") || shown.starts_with("https://");
  if (!has_scheme && !shown.starts_with("www.")) return {};
  if (shown.find(' ') != std::string_view::npos) return {};
  const std::string host = host_of(has_scheme ? shown : "http://" + std::string(shown));
  return host.find('.') == std::string::npos ? std::string() : host;
}

struct Links {
  bool any = false;
  bool to_sender = false;  // one leads to the sender's organisation
  bool to_shared_host = false;
  bool names_other_host = false;
};

void look_at(std::string_view url, std::string_view from_domain,
             const catalogues::Catalogues& known, Links& links) {
  const std::string host = host_of(url);
  if (host.empty()) return;
  links.any = true;
  links.to_sender = links.to_sender || organisation(host) == organisation(from_domain);
  links.to_shared_host = links.to_shared_host || known.is_shared_host(host) || is_address(host);
}

Links links_of(const Json& payload, const catalogues::Catalogues& known) {
  const std::string_view from = value(payload, "from_domain");
  Links links;
  std::size_t looked_at = 0;
  for (const std::string_view url : texts(payload, "urls")) {
    if (++looked_at > kMaxLinks) break;
    look_at(url, from, known, links);
  }
  const Json* shown = payload.find("links");
  if (shown == nullptr || shown->array() == nullptr) return links;
  looked_at = 0;
  for (const Json& link : *shown->array()) {
    if (++looked_at > kMaxLinks) break;
    const std::string host = host_of(value(link, "url"));
    const std::string named = shown_host(value(link, "text"));
    links.names_other_host = links.names_other_host || differ(host, named);
  }
  return links;
}

}  // namespace

std::vector<LureSignal> lure_signals(const Json& payload, const catalogues::Catalogues& known) {
  std::vector<LureSignal> signals;
  const auto of_sender = [&signals](std::string_view name, bool holds) {
    if (holds) signals.push_back({name, true});
  };
  const auto of_mail = [&signals](std::string_view name, bool holds) {
    if (holds) signals.push_back({name, false});
  };
  const std::string_view from = value(payload, "from_domain");
  const std::string_view name = value(payload, "from_name");
  const std::string_view subject = value(payload, "subject");
  const std::string_view return_path = value(payload, "return_path_domain");
  const Links links = links_of(payload, known);
  const auto hides = [](std::string_view text) {
    return any_of(text, is_unseen) || any_of(text, is_look_alike) || mixes_alphabets(text);
  };
  const bool failed = is_false(payload, "spf_pass") || is_false(payload, "dkim_signed") ||
                      is_false(payload, "dmarc_pass");
  const std::int64_t* recipients = integer(payload, "rcpt_count");

  of_sender("authentication_failed", failed);
  of_sender("unauthenticated", !failed && is_true(payload, "sender_checked") &&
                                   !is_true(payload, "spf_pass") &&
                                   !is_true(payload, "dkim_signed"));
  of_sender("return_path_differs", differ(from, return_path));
  of_sender("reply_to_differs", differ(from, value(payload, "reply_to_domain")));
  of_sender("no_sender_domain", from.find('.') == std::string_view::npos);
  of_sender("rented_machine", is_rented_machine(from) || is_rented_machine(return_path));
  of_sender("sender_claims_brand", claims_brand(name, from, known));
  of_sender("random_mailbox", is_true(payload, "from_is_random"));
  of_sender("free_mailbox", known.is_free_mailbox(from));
  of_sender("sender_on_shared_host", known.is_shared_host(from));
  of_sender("hidden_characters", hides(name) || hides(subject));
  of_sender("link_names_other_host", links.names_other_host);
  of_sender("link_to_shared_host", links.to_shared_host);
  of_sender("no_recipient", recipients != nullptr && *recipients == 0);
  of_sender("names_reader", is_true(payload, "subject_names_recipient"));
  of_mail("subject_claims_brand", claims_brand(subject, from, known));
  of_mail("links_lead_elsewhere", links.any && !links.to_sender);
  of_mail("pictographs", any_of(name, is_pictograph) || any_of(subject, is_pictograph));
  of_mail("picture_only", links.any && is_true(payload, "has_picture") &&
                              value(payload, "visible_text").size() < kFewCharacters);
  of_mail("asks_for_input", is_true(payload, "asks_for_input"));
  return signals;
}

std::string lure_text(const Json& payload) {
  std::string text;
  for (const std::string_view key : {"subject", "from_name", "visible_text"}) {
    text += without_unseen(value(payload, key));
    text += '\n';
  }
  return text;
}

bool has_link(const Json& payload) {
  for (const std::string_view url : texts(payload, "urls")) {
    if (!host_of(url).empty()) return true;
  }
  return false;
}

}  // namespace decnet::lifters
