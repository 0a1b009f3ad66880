// decnet import: honeypot logs into the database.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "decnet/cli/commands.h"
#include "decnet/cli/log_import.h"
#include "decnet/importers/access_log.h"
#include "decnet/importers/canarytokens.h"
#include "decnet/importers/cowrie.h"
#include "decnet/importers/opencanary.h"

namespace decnet::cli {
namespace {

using Known = std::vector<sessions::SessionBook::Known>;

// What the manuals of all of them say; the file is `log` in their examples.
std::string how_it_works(std::string_view log) {
  return fmt::format(
      "Ids follow from the log lines: importing a file again, or two files that overlap, adds "
      "nothing twice. A line that cannot be read costs itself; the first ten of a file are "
      "named on standard error. A file that cannot be read does not stop the others.\n\n"
      "One line a file on standard output, and one for all of them when there are several; "
      "attackers, commands, logins and records (everything else that is kept) are the new "
      "ones:\n\n"
      "  file={} lines=412 events=410 ignored=0 damaged=2 attackers=12\n"
      "  commands=88 known_commands=0 logins=30 known_logins=0 records=5\n"
      "  known_records=0 elapsed_s=0.03\n\n"
      "Ctrl+C and SIGTERM stop it: what was read is stored, and the next import does the "
      "rest. Exit code 130 or 143 then.\n\n"
      "With --follow it reads what is there and goes on with what is appended, also when "
      "the log is rotated (renamed, or copied and cut) and when it does not exist yet. The "
      "database remembers how far it came, so a restart goes on there, with what was "
      "rotated away meanwhile. Ctrl+C and SIGTERM are its usual end: exit code 0.\n\n",
      log);
}

// One log's language: what its manual says of itself, and its reader.
class Import : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    const About about = this->about();
    return {
        .description =
            fmt::format("{}\n\n{}{}", about.what, how_it_works(about.log), about.publishing),
        .environment = {"DECNET_DB_PATH", "DECNET_BUS_TYPE", "DECNET_BUS_SOCKET", "DECNET_BUS_URL"},
        .examples = about.examples,
        .success = "every file was read, whatever its damaged lines; a followed log: stopped",
        .failure =
            "a file could not be read, the database not be written, or, without --follow, "
            "something not be published yet"};
  }
  void declare(Options& options) override { import_.declare(options); }
  int run(Context& context) override {
    return import_.run(context, [this](const Known& known) { return reader(known); });
  }

 protected:
  struct About {
    std::string_view what;
    std::string_view log;  // a name of such a file
    std::string_view publishing = {};
    decltype(Manual::examples) examples;
  };
  static constexpr std::string_view kPublishesEvents =
      "With --publish each thing that is new is published on the bus after it was stored, where "
      "`decnet ttp` tags it at once. While the bus is away, messages wait in the database.";

  [[nodiscard]] virtual About about() const = 0;
  // A reader for a log whose first line is not its beginning: these sessions are open.
  [[nodiscard]] virtual importers::LineReader reader(const Known& known) const = 0;

 private:
  LogImport import_;
};

class ImportCowrie final : public Import {
  [[nodiscard]] About about() const override {
    return {.what =
                "Reads the JSON log of a Cowrie SSH/Telnet honeypot (cowrie.json, every version "
                "since 2017, also compressed with gzip) and stores its attackers, the commands "
                "they typed, their logins, the files they brought and the fingerprints of their "
                "clients. `decnet ttp-backfill` then tags all of it.",
            .log = "cowrie.json",
            .publishing =
                "With --publish each session that ended and brought something new is published on "
                "the bus after it was stored, where `decnet ttp` tags it at once; so are logins "
                "and files. While the bus is away, messages wait in the database. A session whose "
                "end is not logged is published after --session-idle seconds of silence, or when "
                "the import ends.",
            .examples = {
                {"decnet import cowrie /var/log/cowrie/cowrie.json*", "all there is"},
                {"decnet import cowrie --follow --publish /var/log/cowrie/cowrie.json",
                 "live, for `decnet ttp`"},
                {"ssh trap cat cowrie.json | decnet import cowrie -", "from another machine"},
                {"decnet import cowrie --db trap.db cowrie.json", "into a database of its own"}}};
  }
  [[nodiscard]] importers::LineReader reader(const Known& known) const override {
    auto sessions = std::make_shared<importers::CowrieSessions>();
    for (const auto& each : known) sessions->learn(each.decky, each.id, each.ip, each.service);
    return importers::cowrie_reader(std::move(sessions));
  }
};

class ImportOpenCanary final : public Import {
  [[nodiscard]] About about() const override {
    return {.what =
                "Reads the log of an OpenCanary honeypot (JSON, a line an event, also compressed "
                "with gzip) and stores its attackers, their logins, their web requests and their "
                "contacts with each of its services. `decnet ttp-backfill` then tags them.",
            .log = "opencanary.log",
            .publishing = kPublishesEvents,
            .examples = {{"decnet import opencanary /var/tmp/opencanary.log*", "all there is"},
                         {"decnet import opencanary --follow --publish /var/tmp/opencanary.log",
                          "live, for `decnet ttp`"},
                         {"journalctl -o cat -u opencanary | decnet import opencanary -",
                          "from the journal"}}};
  }
  [[nodiscard]] importers::LineReader reader(const Known&) const override {
    return importers::opencanary_reader();
  }
};

class ImportCanarytokens final : public Import {
  [[nodiscard]] About about() const override {
    return {.what =
                "Reads alerts of canary tokens, as canarytokens.org and servers like it send them "
                "to a webhook (JSON, a line an alert, or a line with the hits of a token; also "
                "compressed with gzip), and stores who opened which token. `decnet ttp-backfill` "
                "then tags them.",
            .log = "alerts.jsonl",
            .publishing = kPublishesEvents,
            .examples = {{"decnet import canarytokens alerts.jsonl", "what a webhook collected"},
                         {"decnet import canarytokens --follow --publish alerts.jsonl",
                          "live, for `decnet ttp`"}}};
  }
  [[nodiscard]] importers::LineReader reader(const Known&) const override {
    return importers::canarytokens_reader();
  }
};

class ImportAccessLog final : public Import {
 public:
  void declare(Options& options) override {
    Import::declare(options);
    options.text("--decky", "NAME", decky_,
                 "Name of the decoy; without it the virtual host that a line names.");
  }

 private:
  [[nodiscard]] About about() const override {
    return {.what =
                "Reads the access log of a web server in the common or the combined format "
                "(Apache, nginx and most others; with or without a virtual host in front; also "
                "compressed with gzip) and stores each request. `decnet ttp-backfill` then tags "
                "them.",
            .log = "access.log",
            .publishing = kPublishesEvents,
            .examples = {{"decnet import access-log --decky web-1 /var/log/nginx/access.log*",
                          "all there is"},
                         {"decnet import access-log --follow --publish /var/log/nginx/access.log",
                          "live, for `decnet ttp`"}}};
  }
  [[nodiscard]] importers::LineReader reader(const Known&) const override {
    return importers::access_log_reader(decky_.value_or(""));
  }

  std::optional<std::string> decky_;
};

}  // namespace

std::unique_ptr<Command> import_access_log() { return std::make_unique<ImportAccessLog>(); }
std::unique_ptr<Command> import_canarytokens() { return std::make_unique<ImportCanarytokens>(); }
std::unique_ptr<Command> import_cowrie() { return std::make_unique<ImportCowrie>(); }
std::unique_ptr<Command> import_opencanary() { return std::make_unique<ImportOpenCanary>(); }

}  // namespace decnet::cli
