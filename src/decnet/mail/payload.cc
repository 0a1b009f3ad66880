#include "decnet/mail/payload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "decnet/base/utf8.h"
#include "decnet/base/uuid.h"
#include "decnet/mail/attachment.h"
#include "decnet/mail/base64_run.h"
#include "decnet/mail/html.h"
#include "decnet/mail/message.h"

namespace decnet::mail {
namespace {

constexpr std::size_t kMaxUrlBytes = Html::kMaxUrlBytes;

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }
Json or_null(const std::optional<bool>& verdict) { return verdict ? Json(*verdict) : Json(); }

// What is not said yet is said now.
void add(Json& payload, std::string_view key, Json value) {
  const Json* said = payload.find(key);
  if (said == nullptr || said->is_null()) payload.set(key, std::move(value));
}

// A producer's false may mean that nobody looked.
void add_verdict(Json& payload, std::string_view key, const std::optional<bool>& verdict) {
  const Json* said = payload.find(key);
  const bool denied = said != nullptr && said->boolean() != nullptr && !*said->boolean();
  if (said == nullptr || said->is_null() || denied) payload.set(key, or_null(verdict));
}

std::string domain_of(const std::string& address) {
  const std::size_t at = address.rfind('@');
  return at == std::string::npos ? std::string() : address.substr(at + 1);
}

void add_recipients(Json& payload, const Message& message) {
  std::vector<std::string> domains;
  for (const std::string& address : message.recipients) {
    std::string domain = domain_of(address);
    if (!domain.empty() && std::find(domains.begin(), domains.end(), domain) == domains.end()) {
      domains.push_back(std::move(domain));
    }
  }
  add(payload, "rcpt_count", static_cast<std::int64_t>(message.recipients.size()));
  add(payload, "rcpt_domains", Json::Array(domains.begin(), domains.end()));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool names_recipient(const Message& message) {
  constexpr std::size_t kMinNameBytes = 4;
  constexpr std::size_t kMaxAsked = 100;
  std::string subject = message.subject;
  std::transform(subject.begin(), subject.end(), subject.begin(), lower);
  const auto asked = std::min(message.recipients.size(), kMaxAsked);
  return std::any_of(
      message.recipients.begin(), message.recipients.begin() + static_cast<std::ptrdiff_t>(asked),
      [&subject](const std::string& address) {
        const auto name = std::string_view(address).substr(0, address.find('@'));
        return name.size() >= kMinNameBytes && subject.find(name) != std::string::npos;
      });
}

// Whether a mailbox's name is letters and digits as a machine throws them: digits inside it, or
// capitals that begin no word ("xT4bq", "NAcchXX"; not "JaneDoe7").
bool is_random(std::string_view name) {
  constexpr std::size_t kMinBytes = 4;
  constexpr std::size_t kMaxBytes = 20;
  while (!name.empty() && std::isdigit(static_cast<unsigned char>(name.back())) != 0) {
    name.remove_suffix(1);
  }
  if (name.size() < kMinBytes || name.size() > kMaxBytes) return false;
  std::size_t digit_groups = 0;
  std::size_t odd_capitals = 0;
  bool any_small = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto kind = [&name](std::size_t at) {
      const char c = at < name.size() ? name[at] : '\0';
      return c >= 'a' && c <= 'z'   ? 'a'
             : c >= 'A' && c <= 'Z' ? 'A'
             : c >= '0' && c <= '9' ? '0'
                                    : '-';
    };
    if (kind(i) == '-') return false;
    if (kind(i) == '0' && (i == 0 || kind(i - 1) != '0')) ++digit_groups;
    any_small = any_small || kind(i) == 'a';
    // A word's capital stands before small letters and, inside a name, after two of them.
    const bool after_word = i == 0 || (i > 1 && kind(i - 1) == 'a' && kind(i - 2) != '0');
    if (kind(i) == 'A' && (kind(i + 1) != 'a' || !after_word)) ++odd_capitals;
  }
  return digit_groups >= 2 || (any_small && odd_capitals >= 1);
}

// Appends the http and https URLs of a plain text.
void find_urls(std::string_view text, std::vector<std::string>& urls) {
  for (std::size_t at = 0; (at = text.find("://", at)) != std::string_view::npos; at += 3) {
    std::size_t begin = at;
    while (begin > 0 && at - begin < 5 &&
           std::isalpha(static_cast<unsigned char>(text[begin - 1]))) {
      --begin;
    }
    std::string scheme(text.substr(begin, at - begin));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(), lower);
    if (scheme != "http" && scheme != "https") continue;
    const std::string_view rest = text.substr(begin, kMaxUrlBytes);
    const std::size_t end = rest.find_first_of(" \t\r\n\"'<>()[]{}|\\^`");
    if (urls.size() >= kMaxUrls) return;
    urls.emplace_back(rest.substr(0, end));
  }
}

std::uint64_t hash_of(std::string_view word) {  // FNV-1a
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : word) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  }
  return hash;
}

// Charikar's digest of the words: texts that share most of them differ in few bits.
std::string simhash(std::string_view text) {
  std::array<int, 64> weight{};
  bool any = false;
  std::string word;
  const auto count = [&] {
    if (word.empty()) return;
    any = true;
    const std::uint64_t hash = hash_of(word);
    for (std::size_t bit = 0; bit < weight.size(); ++bit) {
      weight[bit] += ((hash >> bit) & 1U) != 0 ? 1 : -1;
    }
    word.clear();
  };
  for (const char c : text) {
    const bool letter =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || (static_cast<unsigned char>(c) & 0x80);
    if (letter) {
      word += lower(c);
    } else {
      count();
    }
  }
  count();
  if (!any) return {};
  std::uint64_t digest = 0;
  for (std::size_t bit = 0; bit < weight.size(); ++bit) {
    if (weight[bit] > 0) digest |= std::uint64_t{1} << bit;
  }
  return fmt::format("{:016x}", digest);
}

// "." and what follows the last dot of a file's name; empty when that is no extension.
std::string extension_of(std::string_view name) {
  constexpr std::size_t kMaxBytes = 16;
  while (!name.empty() && (name.back() == ' ' || name.back() == '.')) name.remove_suffix(1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return {};
  std::string extension(name.substr(dot));
  std::transform(extension.begin(), extension.end(), extension.begin(), lower);
  const bool plain = extension.size() > 1 && extension.size() <= kMaxBytes &&
                     std::all_of(extension.begin() + 1, extension.end(), [](char c) {
                       return std::isalnum(static_cast<unsigned char>(c)) != 0;
                     });
  return plain ? extension : std::string();
}

void add_attachments(Json& payload, const Message& message) {
  Json::Array digests;
  Json::Array extensions;
  bool macros = false;
  bool locked = false;
  bool smuggling = message.html && smuggles_file(*message.html);
  std::set<std::string> seen;
  for (const Attachment& attachment : message.attachments) {
    digests.emplace_back(sha256_hex(attachment.content));
    const std::string extension = extension_of(attachment.name);
    if (!extension.empty() && seen.insert(extension).second) extensions.emplace_back(extension);
    macros = macros || has_macros(attachment.content);
    locked = locked || needs_password(attachment.content);
    const bool is_html = extension == ".html" || extension == ".htm" || extension == ".xhtml" ||
                         extension == ".shtml" || extension == ".svg";
    smuggling = smuggling || (is_html && smuggles_file(attachment.content));
  }
  add(payload, "attachment_count", static_cast<std::int64_t>(message.attachments.size()));
  add(payload, "attachment_sha256s", std::move(digests));
  add(payload, "attachment_extensions", std::move(extensions));
  add(payload, "attachment_macros", macros);
  add(payload, "attachment_password_protected", locked);
  add(payload, "html_smuggling", smuggling);
}

void add_texts(Json& payload, const Message& message) {
  std::vector<std::string> urls;
  Json::Array links;
  std::string visible = message.plain.value_or("");
  if (message.plain) find_urls(*message.plain, urls);
  bool picture = false;
  bool asks = false;
  if (message.html) {
    Html html = read_html(*message.html);
    visible = std::move(html.text);
    picture = html.has_image;
    asks = html.asks_for_input;
    for (Link& link : html.links) {
      if (urls.size() < kMaxUrls) urls.push_back(link.url);
      links.push_back(Json::object({{"url", std::move(link.url)}, {"text", std::move(link.text)}}));
    }
  }
  const std::string& body = message.plain ? *message.plain : message.html.value_or("");
  add(payload, "urls", Json::Array(urls.begin(), urls.end()));
  add(payload, "body_simhash", simhash(body));
  add(payload, "body_base64_bytes", static_cast<std::int64_t>(largest_base64_run(body)));
  if (message.plain || message.html) add(payload, "body_text", body);
  add(payload, "visible_text", std::string(utf8_prefix(visible, Html::kMaxTextBytes)));
  add(payload, "links", std::move(links));
  add(payload, "has_picture", picture);
  add(payload, "asks_for_input", asks);
}

}  // namespace

Result<void> add_message(Json& payload, std::string_view bytes) {
  DECNET_TRY(const Message message, read_message(bytes));
  add(payload, "subject", message.has_subject ? Json(message.subject) : Json());
  add(payload, "from_domain", or_null(message.from_domain));
  const auto& told = message.authentication.mail_from_domain;
  add(payload, "mail_from_domain", or_null(told.empty() ? message.return_path_domain : told));
  add(payload, "return_path_domain", or_null(message.return_path_domain));
  add(payload, "x_mailer", or_null(message.x_mailer));
  add_recipients(payload, message);
  add_verdict(payload, "dkim_signed", message.authentication.dkim);
  add_verdict(payload, "spf_pass", message.authentication.spf);
  add_texts(payload, message);
  add_attachments(payload, message);
  add(payload, "body_sha256", sha256_hex(bytes));

  add(payload, "from_name", or_null(message.from_name));
  add(payload, "from_is_random", is_random(message.from_mailbox));
  add(payload, "reply_to_domain", or_null(message.reply_to_domain));
  add(payload, "dmarc_pass", or_null(message.authentication.dmarc));
  add(payload, "sender_checked", message.authentication.told);
  add(payload, "subject_names_recipient", names_recipient(message));
  return {};
}

}  // namespace decnet::mail
