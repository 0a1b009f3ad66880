// Payload: a mail as the payload of an email event, under the names that detection reads.
#pragma once

#include <string_view>

#include "decnet/base/error.h"
#include "decnet/base/json.h"

namespace decnet::mail {

// Adds to `payload` what the message says. What the payload says already stays, but for one thing:
// a producer writes `false` for dkim_signed and spf_pass also when nobody checked, so a false there
// becomes what the message's own headers say: true, false, or null.
//
//   subject, from_domain, mail_from_domain, return_path_domain, x_mailer   null when not there
//   rcpt_count, rcpt_domains         of To and Cc
//   dkim_signed, spf_pass            tri-state
//   urls                             of the texts, at most kMaxUrls
//   body_text                        the first text/plain part, else the first text/html part as it
//                                    is; absent when there is neither
//   body_simhash                     16 hexadecimal digits, "" without words
//   body_base64_bytes                of the largest run of base64 in body_text, 0 without
//   body_sha256                      of the whole message
//   attachment_count, attachment_sha256s, attachment_extensions ("." and lower case)
//   attachment_macros, attachment_password_protected, html_smuggling
//
// and what only our own rules read:
//   from_name, reply_to_domain       null when not there
//   from_is_random                   what stands before the @ of From was made by a machine
//   dmarc_pass                       tri-state
//   sender_checked                   whether the message says that somebody checked its sender
//   visible_text                     what a reader sees of the message, at most 64 KiB
//   links                            of the HTML text: [{"url", "text"}], at most kMaxUrls
//   has_picture, asks_for_input      of the HTML text: has an image, has a form
//   subject_names_recipient          the subject holds what stands before the @ of a recipient
//
// Errors: as read_message(); the payload is then as it was.
Result<void> add_message(Json& payload, std::string_view bytes);

inline constexpr std::size_t kMaxUrls = 1000;

}  // namespace decnet::mail
