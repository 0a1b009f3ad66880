// Catalogues: names of known things that detection looks up: fingerprints of command-and-control
// frameworks, browsers that programs start, HTTP clients that are no browsers, mailers of phishing
// kits, brands that lures borrow, hosts that anybody may use. Built in, from the files in data/; an
// operator's directory adds to them.
//
// A file has one entry a line, its fields separated by one tab; blank lines and those that begin
// with # say nothing. The files in data/ say what their fields are.
//
// Threads: immutable.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"

namespace decnet::catalogues {

class Catalogues {
 public:
  static constexpr std::string_view kC2FingerprintsFile = "c2_fingerprints.tsv";
  static constexpr std::string_view kBrowserToolsFile = "browser_tools.tsv";
  static constexpr std::string_view kHttpClientsFile = "http_clients.tsv";
  static constexpr std::string_view kPhishingKitsFile = "phishing_kits.tsv";
  static constexpr std::string_view kBrandsFile = "brands.tsv";
  static constexpr std::string_view kSharedHostsFile = "shared_hosts.tsv";
  static constexpr std::size_t kMaxFileBytes = std::size_t{16} << 20;

  static std::shared_ptr<const Catalogues> built_in();

  struct Opened {
    std::shared_ptr<const Catalogues> catalogues;
    std::vector<std::string> problems;  // "file:line: what": entries that were left out
  };
  // The built-in ones and what the files of those names in that directory add; a file that is not
  // there adds nothing. Of two entries for one thing the operator's counts. Errors: a directory
  // that is none, a file that cannot be read or is larger than kMaxFileBytes.
  static Result<Opened> open(const std::filesystem::path& directory);

  // The framework that has this fingerprint (any case), of a method "jarm", "ja3", "hassh" or
  // "hassh_server"; null when it is nobody's that we know.
  [[nodiscard]] const std::string* framework(std::string_view method,
                                             std::string_view fingerprint) const;

  // The automation tool whose browser draws or plays what has that hash (any case), of a part
  // "canvas" or "audio"; null when it is nobody's that we know.
  [[nodiscard]] const std::string* browser_tool(std::string_view part, std::string_view hash) const;
  // Whether any is known: none is built in.
  [[nodiscard]] bool has_browser_tools() const { return !browser_tools_.empty(); }

  // The HTTP client whose JA4H begins so, or null.
  [[nodiscard]] const std::string* http_client(std::string_view ja4h_prefix) const;

  // The kit whose X-Mailer value this is (its beginning decides, in any case), or null. Of several
  // that fit, the longest.
  [[nodiscard]] const std::string* phishing_kit(std::string_view x_mailer) const;

  // The domains (without their public suffix, "paypal") that a brand sends from, when a word of
  // that lower-case text is its name; null when no word is a brand's. The first such word counts.
  [[nodiscard]] const std::set<std::string, std::less<>>* brand_in(
      std::string_view lower_text) const;

  // Whether anybody gets a host there within minutes: a link shortener, free hosting, storage. The
  // host is in lower case.
  [[nodiscard]] bool is_shared_host(std::string_view host) const;
  // Whether anybody gets a mailbox of that domain (in lower case).
  [[nodiscard]] bool is_free_mailbox(std::string_view domain) const;

 private:
  Catalogues() = default;
  void read(std::string_view file, std::string_view text, const std::string& name,
            std::vector<std::string>& problems);
  void add_brand(const std::string& name, std::string_view domains);

  std::map<std::pair<std::string, std::string>, std::string> frameworks_;
  std::map<std::pair<std::string, std::string>, std::string> browser_tools_;
  std::map<std::string, std::string, std::less<>> http_clients_;
  std::map<std::string, std::string, std::less<>> kits_;  // by lower-case prefix
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> brands_;  // by name
  std::map<std::string, std::string, std::less<>> shared_hosts_;                   // by domain
};

}  // namespace decnet::catalogues
