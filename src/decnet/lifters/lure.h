// Lures: the means by which a mail makes its reader believe and click. Each is weak alone; rules of
// kind lifter:email_lure say how many make a lure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/json.h"
#include "decnet/catalogues/catalogues.h"

namespace decnet::lifters {

struct LureSignal {
  std::string_view name;
  bool about_sender = false;  // the mail is not from whom it seems, or hides from whom
};

// The signals that hold of an email event's payload (mail/payload.h), in this order:
//
//   about the sender
//     authentication_failed    SPF, DKIM or DMARC failed
//     unauthenticated          none failed, but somebody checked and neither SPF nor DKIM passed
//     return_path_differs      another organisation gets the bounces
//     reply_to_differs         another organisation gets the answers
//     no_sender_domain         From has no domain, or one without a dot
//     rented_machine           From or Return-Path is a virtual machine under its provider's name
//     sender_claims_brand      the name in From is a brand's, the domain is not
//     random_mailbox           the name before the @ was made by a machine
//     free_mailbox             a mailbox that anybody gets
//     sender_on_shared_host    a domain below which anybody gets a host
//     hidden_characters        name or subject hold letters that are not seen, look-alikes, or
//                              words in two alphabets
//     link_names_other_host    a link shows one host and leads to another
//     link_to_shared_host      a link leads to where anybody gets a page, or to a bare address
//     no_recipient             nobody in To or Cc
//     names_reader             the subject names the reader by his address
//   about the mail
//     subject_claims_brand     the subject names a brand whose domain this is not
//     links_lead_elsewhere     no link leads to the sender's organisation
//     pictographs              name or subject hold pictographs
//     picture_only             a linked picture and next to no text
//     asks_for_input           a form in the mail itself
std::vector<LureSignal> lure_signals(const Json& payload, const catalogues::Catalogues& known);

// What wordings are searched in: subject, sender's name and visible text, without the characters
// that are not seen.
std::string lure_text(const Json& payload);

// Whether the mail has a link.
bool has_link(const Json& payload);

}  // namespace decnet::lifters
