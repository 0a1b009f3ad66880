#include "decnet/activity/session_facts.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>
#include <utility>

#include "decnet/base/utf8.h"

namespace decnet::activity {
namespace {

using Words = std::vector<std::string_view>;

// Of a command line no more than that is looked at, and so many words of it.
constexpr std::size_t kMaxLineBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxWords = 4096;

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool contains_any_case(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

bool contains_one_of(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [text](std::string_view part) { return contains_any_case(text, part); });
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What stands between blanks and shell signs, quotes taken off. Enough to find names of files and
// options; what a shell would make of it is not asked.
Words words_of(std::string_view line) {
  constexpr std::string_view kSigns = " \t\r\n;|&<>()`\"'";
  Words words;
  while (words.size() < kMaxWords) {
    const auto begin = line.find_first_not_of(kSigns);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto word = line.substr(0, line.find_first_of(kSigns));
    words.push_back(word);
    line.remove_prefix(word.size());
  }
  return words;
}

// The program a word names: without its directory.
std::string_view program(std::string_view word) { return word.substr(word.rfind('/') + 1); }

bool names_program(const Words& words, std::initializer_list<std::string_view> programs) {
  return std::any_of(words.begin(), words.end(), [&programs](std::string_view word) {
    return is_one_of(program(word), programs);
  });
}

void append_line(std::string_view line, std::string& text) {
  const std::size_t room =
      SessionFacts::kMaxTextBytes - std::min(text.size(), SessionFacts::kMaxTextBytes);
  if (room == 0) return;
  if (!text.empty()) text += '\n';
  text += utf8_prefix(line, room);
}

// Said to a database, by one of its clients or to its web interface.
void find_operation(std::string_view line, const Words& words, SessionFacts& facts) {
  const bool client =
      names_program(words, {"mysql", "mariadb", "psql", "sqlite3", "redis-cli", "mongo", "mongosh",
                            "sqlcmd", "clickhouse-client", "cqlsh", "influx", "mysqladmin"});
  // Typed at a client's prompt the line is the statement itself.
  constexpr std::array<std::string_view, 7> kStatements = {
      "drop ", "truncate ", "flushall", "flushdb", "delete from", "db.dropdatabase", "use "};
  const auto begin = line.find_first_not_of(" \t");
  const std::string_view statement = begin == std::string_view::npos ? "" : line.substr(begin, 32);
  const bool prompt = std::any_of(kStatements.begin(), kStatements.end(), [&](auto verb) {
    return statement.size() >= verb.size() &&
           contains_any_case(statement.substr(0, verb.size()), verb);
  });
  const bool web = names_program(words, {"curl"}) && contains_one_of(line, {"DELETE"});
  if (client || prompt || web) append_line(line, facts.op_text);
}

// A text is written into a file that is there to be read, or into a table of such a name.
void find_note(std::string_view line, const Words& words, SessionFacts& facts) {
  const bool writes = line.find('>') != std::string_view::npos || names_program(words, {"tee"});
  const bool table = contains_any_case(line, "insert into") || contains_any_case(line, "insertone");
  if (!table) {
    if (!writes || !names_program(words, {"echo", "printf", "cat", "tee", "wall"})) return;
    const bool to_read = std::any_of(words.begin(), words.end(), [](std::string_view word) {
      const std::string_view name = program(word);
      return contains_one_of(
                 name, {"readme", "read_me", "ransom", "restore", "recover", "decrypt", "how_to",
                        "howto", "warning", ".txt", ".html", ".htm", ".hta"}) ||
             is_one_of(word, {"/etc/motd", "/etc/issue", "/etc/issue.net", "index.php"});
    });
    if (!to_read) return;
  }
  append_line(line, facts.note_text);
}

// Names by which files with secrets go.
bool holds_secrets(std::string_view word) {
  constexpr std::array<std::string_view, 22> kMarks = {
      "/.env",          ".git/config",      ".aws/credentials",      ".aws/config",
      ".ssh/id_",       "wp-config.php",    ".git-credentials",      ".netrc",
      ".pgpass",        ".my.cnf",          ".docker/config.json",   ".kube/config",
      "id_rsa",         "id_ed25519",       "secrets/kubernetes.io", ".npmrc",
      ".pypirc",        "credentials.json", "terraform.tfstate",     "/api/v1/namespaces/",
      ".config/gcloud", ".htpasswd"};
  if (word.starts_with(".env")) return true;
  return std::any_of(kMarks.begin(), kMarks.end(), [word](std::string_view mark) {
    return word.find(mark) != std::string_view::npos;
  });
}

void find_paths(const Words& words, SessionFacts& facts) {
  // A key that is made or put in place is none that is read.
  if (names_program(words, {"ssh-keygen", "ssh-copy-id", "touch", "mkdir", "chmod", "chattr"})) {
    return;
  }
  for (const std::string_view word : words) {
    if (facts.paths.size() >= SessionFacts::kMaxPaths) return;
    if (word.size() > SessionFacts::kMaxPathBytes || !holds_secrets(word)) continue;
    if (std::find(facts.paths.begin(), facts.paths.end(), word) != facts.paths.end()) continue;
    facts.paths.emplace_back(word);
  }
}

// "tftp -g -r NAME HOST", "tftp HOST -c get NAME".
void find_tftp(const Words& words, SessionFacts& facts) {
  const auto tftp = std::find_if(words.begin(), words.end(), [](std::string_view word) {
    return is_one_of(program(word), {"tftp", "atftp"});
  });
  if (tftp == words.end() || !facts.tftp_filename.empty()) return;
  for (auto word = std::next(tftp); word != words.end(); ++word) {
    const bool last = std::next(word) == words.end();
    if (is_one_of(*word, {"-r", "get", "--remote-file"}) && !last) {
      facts.tftp_filename = utf8_prefix(*++word, SessionFacts::kMaxPathBytes);
    } else if (is_one_of(*word, {"-l", "--local-file"}) && !last) {
      ++word;
    } else if (!word->starts_with('-') && facts.tftp_host.empty()) {
      facts.tftp_host = utf8_prefix(*word, SessionFacts::kMaxPathBytes);
    }
  }
}

void add_signal(std::string signal, SessionFacts& facts) {
  if (facts.signals.size() >= SessionFacts::kMaxSignals) return;
  if (std::find(facts.signals.begin(), facts.signals.end(), signal) != facts.signals.end()) return;
  facts.signals.push_back(std::move(signal));
}

// What of a container's file system is the host's: "bind:/:/" for all of it, "bind:/etc", ….
void find_bind(std::string_view value, SessionFacts& facts) {
  const std::string_view host = value.substr(0, value.find(':'));
  if (host == value || !host.starts_with('/') || host.size() > SessionFacts::kMaxPathBytes) return;
  add_signal(host == "/" ? "bind:/:/" : "bind:" + std::string(host), facts);
}

// "docker run --privileged -v /:/mnt IMAGE …"
void find_container(const Words& words, SessionFacts& facts) {
  const auto docker = std::find_if(words.begin(), words.end(), [](std::string_view word) {
    return is_one_of(program(word), {"docker", "podman", "nerdctl"});
  });
  if (docker == words.end()) return;
  auto word = std::find_if(docker, words.end(), [](auto each) {
    return is_one_of(each, {"run", "create"});
  });
  if (word == words.end()) return;
  constexpr std::array<std::string_view, 16> kWithValue = {
      "-v", "--volume", "--mount",      "-e", "--env",     "--name",    "-w",        "--workdir",
      "-u", "--user",   "--entrypoint", "-p", "--publish", "--restart", "--network", "--cap-add"};
  for (++word; word != words.end(); ++word) {
    std::string_view option = *word;
    if (!option.starts_with('-')) {
      if (facts.container_image.empty()) {
        facts.container_image = utf8_prefix(option, SessionFacts::kMaxPathBytes);
      }
      return;
    }
    if (option == "--privileged" || option == "--privileged=true") {
      add_signal("privileged:true", facts);
      continue;
    }
    std::string_view value;
    if (const auto equals = option.find('='); equals != std::string_view::npos) {
      value = option.substr(equals + 1);
      option = option.substr(0, equals);
    } else if (std::find(kWithValue.begin(), kWithValue.end(), option) != kWithValue.end() &&
               std::next(word) != words.end()) {
      value = *++word;
    }
    if (is_one_of(option, {"-v", "--volume"})) find_bind(value, facts);
    if (option == "--mount") {
      for (const std::string_view key : {"source=", "src="}) {
        const auto at = value.find(key);
        if (at == std::string_view::npos) continue;
        const auto source = value.substr(at + key.size());
        find_bind(std::string(source.substr(0, source.find(','))) + ":", facts);
      }
    }
  }
}

// "curl -T FILE URL", "curl -F f=@FILE URL", "wget --post-file=FILE URL".
void find_upload(const Words& words, SessionFacts& facts) {
  const bool curl = names_program(words, {"curl"});
  const bool wget = names_program(words, {"wget"});
  if (!curl && !wget) return;
  bool sends = false;
  std::string_view host;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const std::string_view next = i + 1 < words.size() ? words[i + 1] : std::string_view();
    sends =
        sends || (curl && is_one_of(word, {"-T", "--upload-file"})) ||
        (curl && is_one_of(word, {"-d", "--data", "--data-binary"}) && next.starts_with('@')) ||
        (curl && is_one_of(word, {"-F", "--form"}) && next.find("=@") != std::string_view::npos) ||
        word.starts_with("--post-file") || word.starts_with("--upload-file=") ||
        word.starts_with("--data-binary=@");
    if (const auto scheme = word.find("://"); scheme != std::string_view::npos && host.empty()) {
      host = word.substr(scheme + 3);
      host = host.substr(0, host.find_first_of("/?#"));
      host = host.substr(host.rfind('@') + 1);
    }
  }
  if (!sends) return;
  ++facts.uploads;
  if (facts.upload_host.empty()) facts.upload_host = utf8_prefix(host, 255);
}

void add(std::string_view key, Json value, Json& payload) {
  const Json* there = payload.find(key);
  if (value.truthy() && (there == nullptr || !there->truthy())) payload.set(key, std::move(value));
}

}  // namespace

SessionFacts facts_of(std::span<const std::string_view> commands) {
  SessionFacts facts;
  for (const std::string_view command : commands) {
    const std::string_view line = utf8_prefix(command, kMaxLineBytes);
    const Words words = words_of(line);
    find_operation(line, words, facts);
    find_note(line, words, facts);
    find_paths(words, facts);
    find_tftp(words, facts);
    find_container(words, facts);
    find_upload(words, facts);
  }
  return facts;
}

void add_facts(const SessionFacts& facts, Json& payload) {
  add("op_text", facts.op_text, payload);
  add("note_text", facts.note_text, payload);
  if (!facts.paths.empty()) add("matched_path", facts.paths.front(), payload);
  add("tftp_filename", facts.tftp_filename, payload);
  if (!facts.tftp_filename.empty()) add("source_host", facts.tftp_host, payload);
  add("signals", Json::Array(facts.signals.begin(), facts.signals.end()), payload);
  add("container_image", facts.container_image, payload);
  add("request_count", facts.uploads, payload);
  if (facts.uploads > 0) add("target_host", facts.upload_host, payload);
}

}  // namespace decnet::activity
