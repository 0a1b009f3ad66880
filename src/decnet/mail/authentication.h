// What a receiver's header says of the checks it made.
#pragma once

#include <string_view>

#include "decnet/mail/message.h"

namespace decnet::mail {

// Of the values of Authentication-Results (RFC 8601) and Received-SPF (RFC 7208) that the last
// receiver added. `pass` is true; `fail` and, for SPF, `softfail` are false; everything else
// (none, neutral, temperror …) is no verdict, and neither is a header that is not there.
Authentication read_authentication(std::string_view authentication_results,
                                   std::string_view received_spf);

}  // namespace decnet::mail
