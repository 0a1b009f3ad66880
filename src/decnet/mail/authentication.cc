#include "decnet/mail/authentication.h"

#include <string>

namespace decnet::mail {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::string_view word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_word(text[end])) ++end;
  return text.substr(at, end - at);
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  return at;
}

// The word after "<method>=", the first time it stands at the beginning of a statement.
std::string_view result_of(std::string_view text, std::string_view method) {
  for (std::size_t at = 0; (at = text.find(method, at)) != std::string_view::npos; ++at) {
    const bool begins = at == 0 || text[at - 1] == ' ' || text[at - 1] == ';' ||
                        text[at - 1] == '\t' || text[at - 1] == '\n';
    const std::size_t equals = skip_blanks(text, at + method.size());
    if (!begins || equals >= text.size() || text[equals] != '=') continue;
    return word_at(text, skip_blanks(text, equals + 1));
  }
  return {};
}

std::optional<bool> verdict(std::string_view word, bool soft) {
  if (word == "pass") return true;
  if (word == "fail" || word == "hardfail" || (soft && word == "softfail")) return false;
  return std::nullopt;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string domain_after(std::string_view text, std::string_view key) {
  const std::size_t found = text.find(key);
  if (found == std::string_view::npos) return {};
  std::size_t at = found + key.size();
  std::size_t end = at;
  const auto is_address = [](char c) {
    return c != ' ' && c != ';' && c != '\t' && c != '\n' && c != '\r' && c != ',' && c != ')';
  };
  while (end < text.size() && is_address(text[end])) ++end;
  std::string_view value = text.substr(at, end - at);
  if (const std::size_t sign = value.rfind('@'); sign != std::string_view::npos) {
    value.remove_prefix(sign + 1);
  }
  while (!value.empty() && (value.back() == '>' || value.back() == '"' || value.back() == '.')) {
    value.remove_suffix(1);
  }
  return std::string(value);
}

}  // namespace

Authentication read_authentication(std::string_view authentication_results,
                                   std::string_view received_spf) {
  const std::string results = lower(authentication_results);
  Authentication found;
  found.told = !authentication_results.empty() || !received_spf.empty();
  found.spf = verdict(result_of(results, "spf"), true);
  found.dkim = verdict(result_of(results, "dkim"), false);
  found.dmarc = verdict(result_of(results, "dmarc"), false);
  found.mail_from_domain = domain_after(results, "smtp.mailfrom=");
  const std::string spf = lower(received_spf);
  if (result_of(results, "spf").empty()) {
    found.spf = verdict(word_at(spf, skip_blanks(spf, 0)), true);
  }
  if (found.mail_from_domain.empty()) found.mail_from_domain = domain_after(spf, "envelope-from=");
  return found;
}

}  // namespace decnet::mail
