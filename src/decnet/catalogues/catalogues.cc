#include "decnet/catalogues/catalogues.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "decnet/base/file.h"
#include "decnet/base/utf8.h"

namespace decnet::catalogues {
namespace {

constexpr std::string_view kC2Fingerprints =
#include "c2_fingerprints.tsv.inc"
    ;
constexpr std::string_view kBrowserTools =
#include "browser_tools.tsv.inc"
    ;
constexpr std::string_view kHttpClients =
#include "http_clients.tsv.inc"
    ;
constexpr std::string_view kPhishingKits =
#include "phishing_kits.tsv.inc"
    ;

constexpr std::string_view kBrands =
#include "brands.tsv.inc"
    ;
constexpr std::string_view kSharedHosts =
#include "shared_hosts.tsv.inc"
    ;

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kFiles = {{
    {Catalogues::kC2FingerprintsFile, kC2Fingerprints},
    {Catalogues::kBrowserToolsFile, kBrowserTools},
    {Catalogues::kHttpClientsFile, kHttpClients},
    {Catalogues::kPhishingKitsFile, kPhishingKits},
    {Catalogues::kBrandsFile, kBrands},
    {Catalogues::kSharedHostsFile, kSharedHosts},
}};

constexpr std::array<std::string_view, 4> kMethods = {"jarm", "ja3", "hassh", "hassh_server"};
constexpr std::array<std::string_view, 2> kParts = {"canvas", "audio"};
constexpr std::string_view kFreeMailbox = "free mailbox";
constexpr std::size_t kMaxFieldBytes = 128;  // an entry's name becomes evidence

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool is_hexadecimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t end = std::min(line.find('\t'), line.size());
    fields.push_back(line.substr(0, end));
    if (end == line.size()) return fields;
    line.remove_prefix(end + 1);
  }
}

}  // namespace

void Catalogues::read(std::string_view file, std::string_view text, const std::string& name,
                      std::vector<std::string>& problems) {
  const bool frameworks = file == kC2FingerprintsFile;
  const bool fingerprints = frameworks || file == kBrowserToolsFile;
  const std::size_t wanted = fingerprints ? 3 : 2;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    const auto complain = [&](std::string_view what) {
      problems.push_back(printable(fmt::format("{}:{}: {}; left out", name, number, what)));
    };
    const auto fields = fields_of(line);
    if (fields.size() != wanted) {
      complain(
          fmt::format("expected {} fields separated by tabs, found {}", wanted, fields.size()));
      continue;
    }
    if (std::any_of(fields.begin(), fields.end(), [](std::string_view field) {
          return field.empty() || field.size() > kMaxFieldBytes || !is_valid_utf8(field);
        })) {
      complain(fmt::format("a field is empty, no UTF-8 or longer than {} bytes", kMaxFieldBytes));
      continue;
    }
    if (file == kHttpClientsFile) http_clients_[std::string(fields[0])] = fields[1];
    if (file == kPhishingKitsFile) kits_[lower(fields[0])] = fields[1];
    if (file == kSharedHostsFile) shared_hosts_[lower(fields[0])] = fields[1];
    if (file == kBrandsFile) add_brand(lower(fields[0]), lower(fields[1]));
    if (!fingerprints) continue;
    const std::string fingerprint = lower(fields[1]);
    if (frameworks && std::find(kMethods.begin(), kMethods.end(), fields[0]) == kMethods.end()) {
      complain("unknown method; known are jarm, ja3, hassh and hassh_server");
    } else if (!frameworks && std::find(kParts.begin(), kParts.end(), fields[0]) == kParts.end()) {
      complain("unknown part; known are canvas and audio");
    } else if (!is_hexadecimal(fingerprint)) {
      complain("the fingerprint is not hexadecimal");
    } else {
      (frameworks ? frameworks_ : browser_tools_)[{std::string(fields[0]), fingerprint}] =
          fields[2];
    }
  }
}

std::shared_ptr<const Catalogues> Catalogues::built_in() {
  static const std::shared_ptr<const Catalogues> made = [] {
    std::shared_ptr<Catalogues> catalogues(new Catalogues());
    std::vector<std::string> problems;
    for (const auto& [file, text] : kFiles) catalogues->read(file, text, "built-in", problems);
    if (!problems.empty()) {  // the program was built from a damaged file
      (void)std::fprintf(stderr, "decnet: catalogues: %s\n", problems.front().c_str());
      std::abort();
    }
    return catalogues;
  }();
  return made;
}

Result<Catalogues::Opened> Catalogues::open(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    return fail(ErrorCode::kNotFound, fmt::format("{}: is no directory", directory.string()));
  }
  std::shared_ptr<Catalogues> catalogues(new Catalogues(*built_in()));
  Opened opened;
  for (const auto& [file, built_in_text] : kFiles) {
    const auto path = directory / file;
    const auto text = read_file(path, kMaxFileBytes);
    if (!text && text.error().code == ErrorCode::kNotFound) continue;
    if (!text) return fail(text.error().code, text.error().message);
    catalogues->read(file, *text, path.string(), opened.problems);
  }
  opened.catalogues = std::move(catalogues);
  return opened;
}

const std::string* Catalogues::framework(std::string_view method,
                                         std::string_view fingerprint) const {
  if (fingerprint.size() > kMaxFieldBytes) return nullptr;
  const auto found = frameworks_.find({std::string(method), lower(fingerprint)});
  return found == frameworks_.end() ? nullptr : &found->second;
}

const std::string* Catalogues::browser_tool(std::string_view part, std::string_view hash) const {
  if (hash.size() > kMaxFieldBytes) return nullptr;
  const auto found = browser_tools_.find({std::string(part), lower(hash)});
  return found == browser_tools_.end() ? nullptr : &found->second;
}

const std::string* Catalogues::http_client(std::string_view ja4h_prefix) const {
  const auto found = http_clients_.find(ja4h_prefix);
  return found == http_clients_.end() ? nullptr : &found->second;
}

const std::string* Catalogues::phishing_kit(std::string_view x_mailer) const {
  const std::string value = lower(x_mailer.substr(0, kMaxFieldBytes));
  const std::string* found = nullptr;
  std::size_t longest = 0;
  for (const auto& [prefix, kit] : kits_) {
    if (prefix.size() < longest || !value.starts_with(prefix)) continue;
    longest = prefix.size();
    found = &kit;
  }
  return found;
}

void Catalogues::add_brand(const std::string& name, std::string_view domains) {
  auto& known = brands_[name];
  while (!domains.empty()) {
    const std::size_t end = std::min(domains.find(','), domains.size());
    if (end > 0) known.emplace(domains.substr(0, end));
    domains.remove_prefix(std::min(end + 1, domains.size()));
  }
}

const std::set<std::string, std::less<>>* Catalogues::brand_in(std::string_view lower_text) const {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (static_cast<unsigned char>(c) & 0x80) != 0;
  };
  std::size_t at = 0;
  while (at < lower_text.size()) {
    std::size_t end = at;
    while (end < lower_text.size() && is_word(lower_text[end])) ++end;
    if (end > at) {
      const auto found = brands_.find(lower_text.substr(at, end - at));
      if (found != brands_.end()) return &found->second;
    }
    at = end + 1;
  }
  return nullptr;
}

bool Catalogues::is_free_mailbox(std::string_view domain) const {
  const auto found = shared_hosts_.find(domain);
  return found != shared_hosts_.end() && found->second == kFreeMailbox;
}

bool Catalogues::is_shared_host(std::string_view host) const {
  for (;;) {
    const auto found = shared_hosts_.find(host);
    if (found != shared_hosts_.end()) return found->second != kFreeMailbox;
    const std::size_t dot = host.find('.');
    if (dot == std::string_view::npos) return false;
    host.remove_prefix(dot + 1);
  }
}

}  // namespace decnet::catalogues
