#include "decnet/lifters/browser.h"

#include <algorithm>
#include <array>
#include <string>

#include "decnet/lifters/fields.h"

namespace decnet::lifters {
namespace {

enum class System { kUnknown, kWindows, kMac, kIos, kAndroid, kChromeOs, kLinux };

// More than any real one has.
constexpr std::size_t kMaxTextBytes = 1024;
constexpr std::size_t kMaxEntries = 32;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// An iPhone's user agent says "like Mac OS X", Android's says "Linux": the narrower name comes
// first.
System system_of_user_agent(std::string_view agent) {
  if (has(agent, "iPhone") || has(agent, "iPad") || has(agent, "iPod")) return System::kIos;
  if (has(agent, "Android")) return System::kAndroid;
  if (has(agent, "Windows")) return System::kWindows;
  if (has(agent, "CrOS")) return System::kChromeOs;
  if (has(agent, "Macintosh") || has(agent, "Mac OS X")) return System::kMac;
  if (has(agent, "Linux") || has(agent, "X11")) return System::kLinux;
  return System::kUnknown;
}

System system_of_platform(std::string_view platform) {
  if (platform.starts_with("Win")) return System::kWindows;
  if (platform.starts_with("Mac")) return System::kMac;
  if (has(platform, "iPhone") || has(platform, "iPad") || has(platform, "iPod")) {
    return System::kIos;
  }
  if (platform.starts_with("Android")) return System::kAndroid;
  if (platform.starts_with("Linux")) return System::kLinux;
  return System::kUnknown;
}

// Android and ChromeOS call their platform Linux; a tablet that asks for the desktop's page calls
// itself a Mac.
bool run_together(System agent, System platform) {
  if (agent == platform) return true;
  const auto either_is = [&](System a, System b) {
    return (agent == a && platform == b) || (agent == b && platform == a);
  };
  return either_is(System::kAndroid, System::kLinux) ||
         either_is(System::kChromeOs, System::kLinux) || either_is(System::kIos, System::kMac);
}

// A name in a renderer, and the systems that have such a one.
struct Renderer {
  std::string_view name;
  std::array<System, 4> systems;
};
constexpr System kNone = System::kUnknown;
// The first that fits decides: Direct3D tells Windows whatever the chip.
constexpr std::array kRenderers = {
    Renderer{"Direct3D", {System::kWindows, kNone, kNone, kNone}},
    Renderer{"D3D11", {System::kWindows, kNone, kNone, kNone}},
    Renderer{"D3D9", {System::kWindows, kNone, kNone, kNone}},
    Renderer{"Apple GPU", {System::kMac, System::kIos, kNone, kNone}},
    Renderer{"Apple M", {System::kMac, System::kIos, kNone, kNone}},
    Renderer{"Metal Renderer", {System::kMac, System::kIos, kNone, kNone}},
    Renderer{"llvmpipe", {System::kLinux, System::kChromeOs, System::kAndroid, kNone}},
    Renderer{"Mesa", {System::kLinux, System::kChromeOs, System::kAndroid, kNone}},
    Renderer{"Adreno", {System::kAndroid, System::kLinux, System::kChromeOs, kNone}},
    Renderer{"Mali-", {System::kAndroid, System::kLinux, System::kChromeOs, kNone}},
    Renderer{"SwiftShader",
             {System::kWindows, System::kLinux, System::kAndroid, System::kChromeOs}},
};

}  // namespace

Browser::Browser(const Json& payload) : payload_(payload) {
  const Json* headers = payload.find("headers");
  const Json* stored = headers == nullptr ? nullptr : headers->find("_fp");
  if (stored != nullptr && stored->object() != nullptr) fingerprint_ = stored;
}

std::string_view Browser::text(std::string_view part, std::string_view key) const {
  const Json* object = fingerprint_ == nullptr ? nullptr : fingerprint_->find(part);
  const std::string* value = object == nullptr ? nullptr : lifters::text(*object, key);
  return value == nullptr || value->size() > kMaxTextBytes ? std::string_view() : *value;
}

std::string_view Browser::user_agent() const {
  if (const auto own = text("nav", "ua"); !own.empty()) return own;
  if (fingerprint_ == nullptr) return {};
  const std::string* sent = lifters::text(payload_, "user_agent");
  return sent == nullptr || sent->size() > kMaxTextBytes ? std::string_view() : *sent;
}

bool Browser::is_driven() const {
  const Json* nav = fingerprint_ == nullptr ? nullptr : fingerprint_->find("nav");
  return nav != nullptr && is_true(*nav, "wd");
}

bool Browser::platform_contradicts_user_agent() const {
  const System agent = system_of_user_agent(user_agent());
  const System platform = system_of_platform(text("nav", "pl"));
  return agent != kNone && platform != kNone && !run_together(agent, platform);
}

bool Browser::renderer_contradicts_user_agent() const {
  const System agent = system_of_user_agent(user_agent());
  if (agent == kNone) return false;
  std::string_view renderer = text("gl", "ur");
  if (renderer.empty()) renderer = text("gl", "r");
  const auto* const known =
      std::find_if(kRenderers.begin(), kRenderers.end(),
                   [renderer](const Renderer& one) { return has(renderer, one.name); });
  if (known == kRenderers.end()) return false;
  return std::find(known->systems.begin(), known->systems.end(), agent) == known->systems.end() &&
         !(agent == System::kMac && known->name == "SwiftShader");
}

std::string_view Browser::canvas_hash() const { return text("cv", "h"); }
std::string_view Browser::audio_hash() const { return text("au", "h"); }

std::string_view Browser::time_zone() const { return text("tz", "z"); }

std::vector<std::string_view> Browser::languages() const {
  std::vector<std::string_view> result;
  const auto add = [&result](std::string_view language) {
    while (language.starts_with(' ')) language.remove_prefix(1);
    if (!language.empty() && result.size() < kMaxEntries) result.push_back(language);
  };
  add(text("nav", "lg"));
  std::string_view list = text("nav", "lgs");
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    add(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return result;
}

// What a visitor sends as a header is a text, so an object is the server's own word.
std::string_view Browser::country() const {
  constexpr std::size_t kCodeBytes = 2;
  const Json* headers = payload_.find("headers");
  const Json* place = headers == nullptr ? nullptr : headers->find("_geo");
  const std::string* code = place == nullptr ? nullptr : lifters::text(*place, "country");
  return code == nullptr || code->size() != kCodeBytes ? std::string_view() : *code;
}

std::vector<std::string_view> Browser::webrtc_addresses() const {
  const Json* rtc = fingerprint_ == nullptr ? nullptr : fingerprint_->find("rtc");
  if (rtc == nullptr) return {};
  auto addresses = texts(*rtc, "ip");
  if (addresses.size() > kMaxEntries) addresses.resize(kMaxEntries);
  return addresses;
}

}  // namespace decnet::lifters
