// email.cc: what a mail's envelope, headers, links, attachments and text show. Of the mail itself
// nothing is kept: evidence is digests, counts, names of headers, domains of recipients, and words
// of the rule.
#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "decnet/base/uuid.h"
#include "decnet/lifters/fields.h"
#include "decnet/lifters/lifter.h"
#include "decnet/lifters/lure.h"
#include "decnet/mail/base64_run.h"

namespace decnet::lifters {
namespace {

constexpr std::array kKinds = {SourceKind::kEmail};

struct Finding {
  std::set<std::string_view> headers;  // names
  Json::Object extras;
};
struct Question {
  const catalogues::Catalogues& catalogues;
  const rules::RuleSet& rules;
  const rules::Rule& rule;
  const Json& parameters;
  const Json& payload;
};
using Answer = std::optional<Finding>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Of a domain or an address the domain, to compare; empty when it is not known.
std::string domain_of(const std::string* value) {
  if (value == nullptr) return {};
  std::string_view domain = *value;
  if (const std::size_t at = domain.find('@'); at != std::string_view::npos) {
    domain.remove_prefix(at + 1);
  }
  return lower_case(trimmed(domain));
}

bool mismatch(const std::string& a, const std::string& b) {
  return !a.empty() && !b.empty() && a != b;
}

Answer open_relay(const Question& ask) {
  const std::int64_t* recipients = integer(ask.payload, "rcpt_count");
  const auto least = integer_parameter(ask.parameters, "rcpt_threshold", 10);
  if (recipients == nullptr || !least || *recipients < *least) return std::nullopt;
  if (is_truthy(ask.parameters, "require_foreign_from") &&
      !mismatch(domain_of(first_text(ask.payload, {"from_domain", "from"})),
                domain_of(first_text(ask.payload, {"mail_from_domain", "mail_from"})))) {
    return std::nullopt;
  }
  return Finding{{"From", "Mail-From"}, {}};
}

Answer mass_phish(const Question& ask) {
  const std::int64_t* recipients = integer(ask.payload, "rcpt_count");
  const auto least = integer_parameter(ask.parameters, "rcpt_threshold", 25);
  if (recipients == nullptr || !least || *recipients < *least) return std::nullopt;
  // An empty digest is one of no text.
  const bool digest = some_text(ask.payload, "body_simhash") != nullptr ||
                      integer(ask.payload, "body_simhash") != nullptr;
  return digest ? Answer(Finding{}) : std::nullopt;
}

Answer xmailer_kit(const Question& ask) {
  const std::string* mailer = some_text(ask.payload, "x_mailer");
  if (mailer == nullptr) return std::nullopt;
  const std::string* kit = some_text(ask.payload, "matched_kit");
  const std::string* catalogue = text(ask.parameters, "catalog");
  if (kit == nullptr && catalogue != nullptr && *catalogue == "phishing_kits") {
    kit = ask.catalogues.phishing_kit(*mailer);
  }
  if (kit == nullptr && !is_true(ask.payload, "xmailer_kit_match")) return std::nullopt;
  Finding finding{{"X-Mailer"}, {}};
  if (kit != nullptr) finding.extras.emplace_back("matched_kit", *kit);
  return finding;
}

// The host of an http or https URL, with its port; neither who logs in there nor what is asked for.
std::string host_of(std::string_view url) {
  const std::string lower = lower_case(url);
  std::string_view rest = lower;
  if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else {
    return {};
  }
  rest = rest.substr(0, rest.find_first_of("/?#\\ \t\r\n"));
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    rest.remove_prefix(at + 1);
  }
  return std::string(rest);
}

Answer idn_url(const Question& ask) {
  const std::string* written = some_text(ask.parameters, "punycode_prefix");
  const std::string prefix = lower_case(written == nullptr ? "xn--" : *written);
  for (const std::string_view url : texts(ask.payload, "urls")) {
    if (lower_case(url).find(prefix) == std::string::npos) continue;
    return Finding{{"body"}, {{"matched_url_host", host_of(url)}}};
  }
  return std::nullopt;
}

struct Signal {
  std::string_view name;
  bool (*holds)(const Json& payload);
  std::array<std::string_view, 2> headers;  // the second may be empty
};
constexpr std::array kSignals = {
    Signal{"from_returnpath_mismatch",
           [](const Json& payload) {
             return mismatch(domain_of(text(payload, "from_domain")),
                             domain_of(text(payload, "return_path_domain")));
           },
           {"From", "Return-Path"}},
    Signal{"from_mailfrom_mismatch",
           [](const Json& payload) {
             return mismatch(domain_of(text(payload, "from_domain")),
                             domain_of(text(payload, "mail_from_domain")));
           },
           {"From", "Return-Path"}},
    Signal{"dkim_fail",
           [](const Json& payload) { return is_false(payload, "dkim_signed"); },
           {"DKIM-Signature", ""}},
    Signal{"spf_fail",
           [](const Json& payload) { return is_false(payload, "spf_pass"); },
           {"Authentication-Results", ""}},
};

bool lists(const Json& parameters, std::string_view key, std::string_view word) {
  const auto listed = texts(parameters, key);
  return std::find(listed.begin(), listed.end(), word) != listed.end();
}

Answer sender_masquerade(const Question& ask) {
  Finding finding;
  Json::Array matched;
  for (const Signal& signal : kSignals) {
    if (!lists(ask.parameters, "signals", signal.name) || !signal.holds(ask.payload)) continue;
    matched.emplace_back(signal.name);
    for (const std::string_view header : signal.headers) {
      if (!header.empty()) finding.headers.insert(header);
    }
  }
  if (matched.empty()) return std::nullopt;
  finding.extras.emplace_back("matched_signals", std::move(matched));
  return finding;
}

bool has_extension(const Json& payload, std::string_view wanted) {
  for (const std::string_view written : texts(payload, "attachment_extensions")) {
    const std::string extension = lower_case(written);
    if (extension == wanted || (extension.starts_with('.') && extension.substr(1) == wanted)) {
      return true;
    }
  }
  return false;
}

struct Trigger {
  std::string_view name;
  std::string_view flag;  // empty: an extension of that name
};
constexpr std::array kTriggers = {
    Trigger{"office_macro", "attachment_macros"},
    Trigger{"protected_archive", "attachment_password_protected"},
    Trigger{"html_smuggling", "html_smuggling"},
    Trigger{"mal_hash_match", "mal_hash_match"},
    Trigger{"lnk", ""},
    Trigger{"iso", ""},
    Trigger{"img", ""},
};

Answer malicious_attachment(const Question& ask) {
  for (const Trigger& trigger : kTriggers) {
    if (!lists(ask.parameters, "triggers", trigger.name)) continue;
    const bool there = trigger.flag.empty() ? has_extension(ask.payload, trigger.name)
                                            : is_true(ask.payload, trigger.flag);
    if (there) return Finding{{}, {{"matched_trigger", trigger.name}}};
  }
  return std::nullopt;
}

// The first of the rule's words, in its order, that occurs in the text, in any case.
std::optional<std::string_view> first_word(const Json& parameters, std::string_view key,
                                           std::string_view lower_text) {
  for (const std::string_view word : texts(parameters, key)) {
    if (!word.empty() && lower_text.find(lower_case(word)) != std::string_view::npos) return word;
  }
  return std::nullopt;
}

Answer bec(const Question& ask) {
  const std::string* subject = text(ask.payload, "subject");
  const std::string* body = text(ask.payload, "body_text");
  if (subject == nullptr || body == nullptr) return std::nullopt;
  const auto in_subject = first_word(ask.parameters, "subject_keywords", lower_case(*subject));
  if (!in_subject) return std::nullopt;
  const auto in_body = first_word(ask.parameters, "body_action_keywords", lower_case(*body));
  if (!in_body) return std::nullopt;
  return Finding{{"Subject"}, {{"matched_subject_kw", *in_subject}, {"matched_body_kw", *in_body}}};
}

Answer encoded_payload(const Question& ask) {
  const auto least = integer_parameter(ask.parameters, "min_bytes", 4096);
  if (!least) return std::nullopt;
  const std::int64_t* told = integer(ask.payload, "body_base64_bytes");
  if (told != nullptr && *told >= *least) return Finding{{}, {{"encoded_byte_count", *told}}};
  const std::string* body = some_text(ask.payload, "body_text");
  if (body == nullptr) return std::nullopt;
  const auto found =
      mail::base64_bytes(*body, static_cast<std::size_t>(std::max<std::int64_t>(*least, 0)));
  if (!found) return std::nullopt;
  return Finding{{}, {{"encoded_byte_count", static_cast<std::int64_t>(*found)}}};
}

// A lure is told by how many of its means come together, not by one of them: newsletters have
// pictures, banks write of accounts. Each signal of the rule's list and each of its wordings that
// is found counts once; some of them must be about the sender.
Answer lure(const Question& ask) {
  const auto least = integer_parameter(ask.parameters, "min_signals", 4);
  const auto least_of_sender = integer_parameter(ask.parameters, "min_sender_signals", 1);
  const std::string* visible = text(ask.payload, "visible_text");
  if (!least || !least_of_sender || visible == nullptr) return std::nullopt;
  if (const Json* wanted = ask.parameters.find("with_link")) {
    if (wanted->boolean() == nullptr || *wanted->boolean() != has_link(ask.payload)) {
      return std::nullopt;
    }
  }
  Json::Array matched;
  std::int64_t of_sender = 0;
  for (const LureSignal& signal : lure_signals(ask.payload, ask.catalogues)) {
    if (!lists(ask.parameters, "signals", signal.name)) continue;
    matched.emplace_back(signal.name);
    if (signal.about_sender) ++of_sender;
  }
  for (const std::size_t place : ask.rules.found_patterns(ask.rule, lure_text(ask.payload))) {
    matched.emplace_back(fmt::format("wording[{}]", place));
  }
  if (std::cmp_less(matched.size(), *least) || of_sender < *least_of_sender) return std::nullopt;
  return Finding{{"From", "Subject", "body"}, {{"matched_signals", std::move(matched)}}};
}

struct Predicate {
  std::string_view match_kind;
  Answer (*judge)(const Question& ask);
};
constexpr std::array kPredicates = {
    Predicate{"lifter:email_bec", bec},
    Predicate{"lifter:email_encoded_payload", encoded_payload},
    Predicate{"lifter:email_idn_url", idn_url},
    Predicate{"lifter:email_lure", lure},
    Predicate{"lifter:email_malicious_attachment", malicious_attachment},
    Predicate{"lifter:email_mass_phish", mass_phish},
    Predicate{"lifter:email_open_relay", open_relay},
    Predicate{"lifter:email_sender_masquerade", sender_masquerade},
    Predicate{"lifter:email_xmailer_kit", xmailer_kit},
};

// What every tag of the mail keeps, whatever the rule: computed once, and only when one fires.
class Shape {
 public:
  explicit Shape(const Json& payload) : payload_(payload) {}

  Json evidence(Finding finding) {
    if (!common_) common_ = common();
    Evidence evidence;
    evidence.set("body_sha256", common_->body_sha256);
    Json::Array headers;
    for (const std::string_view name : finding.headers) headers.emplace_back(name);
    evidence.set("matched_headers", std::move(headers));
    evidence.set("rcpt_domain_set", common_->recipient_domains);
    evidence.set("attachment_sha256s", common_->attachments);
    const std::int64_t* recipients = integer(payload_, "rcpt_count");
    evidence.set("rcpt_count", recipients == nullptr ? Json(0) : Json(*recipients));
    for (auto& [key, value] : finding.extras) evidence.set(key, std::move(value));
    return evidence.take();
  }

 private:
  struct Common {
    std::string body_sha256;
    Json::Array recipient_domains;
    Json::Array attachments;
  };

  // A digest as some producer writes it, never a text of the mail in its place.
  static bool is_digest(std::string_view text) {
    constexpr std::size_t kMaxBytes = 128;
    return !text.empty() && text.size() <= kMaxBytes &&
           std::all_of(text.begin(), text.end(), [](char c) {
             return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           });
  }

  // A name of a host and nothing else.
  static bool is_domain(std::string_view text) {
    constexpr std::size_t kMaxBytes = 253;
    return !text.empty() && text.size() <= kMaxBytes &&
           std::all_of(text.begin(), text.end(), [](char c) {
             return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' ||
                    c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
           });
  }

  [[nodiscard]] Common common() const {
    Common common;
    const std::string* digest = text(payload_, "body_sha256");
    const std::string* body = text(payload_, "body_text");
    if (digest != nullptr && is_digest(*digest)) {
      common.body_sha256 = *digest;
    } else if (body != nullptr) {
      common.body_sha256 = sha256_hex(*body);
    }
    std::set<std::string> domains;
    for (const std::string_view written : texts(payload_, "rcpt_domains")) {
      const std::size_t at = written.rfind('@');
      const auto domain =
          lower_case(trimmed(at == std::string_view::npos ? written : written.substr(at + 1)));
      if (is_domain(domain)) domains.insert(domain);
    }
    for (const std::string& domain : domains) common.recipient_domains.emplace_back(domain);
    for (const std::string_view hash : texts(payload_, "attachment_sha256s")) {
      if (is_digest(hash)) common.attachments.emplace_back(hash);
    }
    return common;
  }

  const Json& payload_;
  std::optional<Common> common_;
};

void lift(const Lifting& lifting) {
  const Json& payload = lifting.event.payload;
  Shape shape(payload);
  for (const rules::Rule* rule : lifting.rules.lifter_rules(lifting.event.source_kind)) {
    for (const Predicate& predicate : kPredicates) {
      if (rule->definition.match_kind != predicate.match_kind) continue;
      if (auto finding = predicate.judge({*lifting.known.catalogues, lifting.rules, *rule,
                                          rule->definition.parameters, payload})) {
        lifting.fire(*rule, shape.evidence(*std::move(finding)));
      }
    }
  }
}

}  // namespace

Lifter email() { return {"email", kKinds, lift}; }

}  // namespace decnet::lifters
