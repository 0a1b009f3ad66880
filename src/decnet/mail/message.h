// Message: one mail as its bytes say it is, read by a MIME library. For detection: every part that
// is text or an attachment, decoded and bounded. Any bytes are some message; what cannot be decoded
// is left out.
//
// Bounds:  kMaxMessageBytes of input, kMaxParts parts, kMaxDepth of nesting; what is beyond is not
//          looked at. Texts are valid UTF-8.
// Threads: any.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"

namespace decnet::mail {

inline constexpr std::size_t kMaxMessageBytes = std::size_t{10} << 20;
inline constexpr std::size_t kMaxParts = 1000;
inline constexpr std::size_t kMaxDepth = 20;

struct Attachment {
  std::string name;     // as the sender wrote it; may be empty
  std::string content;  // decoded bytes
};

// What the receiver that handed the message over found out about its sender; nothing when it does
// not say, or could not tell.
struct Authentication {
  bool told = false;  // a header of such checks is there
  std::optional<bool> spf;
  std::optional<bool> dkim;
  std::optional<bool> dmarc;
  std::string mail_from_domain;  // lower case; empty when not told
};

struct Message {
  std::string subject;       // decoded
  bool has_subject = false;  // the header is there
  std::string from_name;     // decoded, without the address
  std::string from_mailbox;  // what stands before its domain
  std::string from_domain;   // lower case; empty when there is none
  std::string reply_to_domain;
  std::string return_path_domain;
  std::string x_mailer;
  std::vector<std::string> recipients;  // addresses of To and Cc, lower case
  Authentication authentication;
  std::optional<std::string> plain;  // the first text/plain part that is no attachment
  std::optional<std::string> html;   // the first text/html part that is none
  std::vector<Attachment> attachments;
};

// Errors: kInvalid for more than kMaxMessageBytes, and for what is nested or split so often that it
// is an attack on its reader.
Result<Message> read_message(std::string_view bytes);

}  // namespace decnet::mail
