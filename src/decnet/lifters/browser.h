// Browser: what the fingerprint that a browser left at a canary contradicts about itself. The
// fingerprint is the object that honeypots store as `headers._fp`; each part of it may be missing,
// of another type, or `{"err": text}`, and then says nothing.
//
//   nav  ua (user agent), pl (platform), wd (driven by a program), lg, lgs (languages)
//   cv   h (hash of what its canvas drew)
//   au   h (hash of what it played)
//   gl   r, ur (renderer as shown and unmasked)
//   tz   z (IANA time zone)
//   rtc  ip (list of addresses)
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "decnet/base/json.h"

namespace decnet::lifters {

class Browser {
 public:
  // Of a canary's payload, which outlives it.
  explicit Browser(const Json& payload);

  [[nodiscard]] bool is_driven() const;  // navigator.webdriver is true

  // The platform is one on which a browser with that user agent does not run, or the renderer one
  // that its system does not have. What is not recognised contradicts nothing.
  [[nodiscard]] bool platform_contradicts_user_agent() const;
  [[nodiscard]] bool renderer_contradicts_user_agent() const;

  // The hashes of its canvas and of its audio; empty when it does not say.
  [[nodiscard]] std::string_view canvas_hash() const;
  [[nodiscard]] std::string_view audio_hash() const;

  // Its IANA time zone, its languages in order of preference ("de-DE", "en"), and the addresses it
  // told by WebRTC; empty when it does not say.
  [[nodiscard]] std::string_view time_zone() const;
  [[nodiscard]] std::vector<std::string_view> languages() const;
  [[nodiscard]] std::vector<std::string_view> webrtc_addresses() const;

  // The country that the server found its address in (`headers._geo.country`); empty when none did.
  [[nodiscard]] std::string_view country() const;

 private:
  [[nodiscard]] std::string_view text(std::string_view part, std::string_view key) const;
  [[nodiscard]] std::string_view user_agent() const;

  const Json& payload_;
  const Json* fingerprint_ = nullptr;  // null: none
};

}  // namespace decnet::lifters
