// Stored mail: where a mail decoy left the message that an event speaks of.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "decnet/base/json.h"

namespace decnet::mail {

// The file of the message: <root>/<decky_id>/smtp/<stored_as>, by the two names in the payload.
// Nothing when one is missing or of a form that no decoy writes, and when the path leads out of the
// root once links are followed.
std::optional<std::filesystem::path> stored_path(const std::filesystem::path& root,
                                                 const Json& payload);

// Adds the stored message to the payload of an email event, as add_message() says. When there is
// none, or it cannot be read, is larger than kMaxMessageBytes or no message, the payload stays as
// it is: others may have taken it away. False then.
bool add_stored_message(const std::filesystem::path& root, Json& payload);

}  // namespace decnet::mail
