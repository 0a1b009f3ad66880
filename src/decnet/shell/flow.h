// Flow: what happens to files from command to command of one text: fetched, made executable, run,
// removed; written, decoded, compiled; put where it starts by itself; keys put where SSH looks.
//
// Findings are texts, "EVENT PATH", each once, in the order in which they are complete:
//
//   fetched-then-executable PATH    chmod of what was downloaded
//   fetched-then-run PATH           and "fetched-then-run -" for a download piped into a shell
//   fetched-then-unpacked PATH      an archive; what is then run of it: unpacked-then-run PATH
//   written-then-run PATH           by echo, printf, cat, dd …
//   decoded-then-run PATH           by base64 -d, xxd -r …
//   copied-then-run PATH            of what was already there, /bin/busybox
//   compiled-then-run PATH
//   run-then-removed PATH           of what was brought here
//   copied-then-setuid PATH         or fetched-, written-, compiled-
//   key-written PATH                a public key into authorized_keys
//   persisted-cron PATH             what was brought here is named in, or copied to, a place that
//   persisted-init PATH             starts it: crontabs, rc.local and init.d,
//   persisted-systemd PATH          units,
//   persisted-profile PATH          shells' start files,
//   persisted-preload PATH          /etc/ld.so.preload
//
// Paths are as far absolute as `cd` tells; names with unknown variables are names like any other.
// Bounded: files and findings are limited in number; each command costs its own length, and where
// it writes to such a place that times the files known.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/shell/flow_words.h"

namespace decnet::shell {

struct Redirection;

class Flow {
 public:
  static constexpr std::size_t kMaxFiles = 64;
  static constexpr std::size_t kMaxFindings = 64;
  static constexpr std::size_t kMaxDirectoryBytes = 1024;  // a longer one counts as not known

  // The next simple command: its words with the program's name first, its redirections, whether it
  // reads from the command before and writes to the one behind.
  void command(std::span<const std::string_view> words, std::span<const Redirection> redirections,
               bool reads_pipe, bool writes_pipe);

  // Since clear().
  [[nodiscard]] const std::vector<std::string>& findings() const { return findings_; }
  void clear();

 private:
  enum class Origin : std::uint8_t { kFetched, kWritten, kDecoded, kCopied, kCompiled, kUnpacked };
  struct File {
    Origin origin = Origin::kWritten;
    bool was_run = false;
  };

  void change_directory(Words words);
  void fetch(Words words, bool writes_pipe);
  void fetched(std::string_view path, std::string_view directory = {});
  void copy(Words words);
  void compile(Words words);
  void unpack(Words words);
  void make_executable(Words words);
  void remove(Words words);
  void run(std::string_view path);
  void write(std::string_view target, Words words, Origin origin);
  void persist(std::string_view place, std::string_view text);
  void bring(std::string_view path, Origin origin);
  void find(std::string_view event, std::string_view path);
  [[nodiscard]] std::string absolute(std::string_view path) const;
  File* file(std::string_view path);

  std::string directory_;  // empty: not known
  std::map<std::string, File> files_;
  std::vector<std::string> findings_;
  bool pipe_fetches_ = false;  // what is in the pipe was downloaded
  bool pipe_decodes_ = false;
  std::string pipe_text_;  // what was echoed into it
  bool unpacked_ = false;
};

}  // namespace decnet::shell
