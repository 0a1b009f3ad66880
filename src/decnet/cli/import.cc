// decnet import: honeypot logs into the database.
#include <memory>
#include <utility>

#include "decnet/cli/commands.h"
#include "decnet/cli/log_import.h"
#include "decnet/importers/cowrie.h"

namespace decnet::cli {
namespace {

importers::LineReader cowrie_reader(const std::vector<sessions::SessionBook::Known>& known) {
  auto sessions = std::make_shared<importers::CowrieSessions>();
  for (const auto& each : known) sessions->learn(each.decky, each.id, each.ip, each.service);
  return importers::cowrie_reader(std::move(sessions));
}

class ImportCowrie : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Reads the JSON log of a Cowrie SSH/Telnet honeypot (cowrie.json, every version since "
            "2017, also compressed with gzip) and stores its attackers, the commands they typed "
            "and their logins. `decnet ttp-backfill` then tags the commands.\n\n"
            "Ids follow from the log lines: importing a file again, or two files that overlap, "
            "adds "
            "nothing twice. A line that cannot be read costs itself; the first ten of a file are "
            "named on standard error. A file that cannot be read does not stop the others.\n\n"
            "One line a file on standard output, and one for all of them when there are several; "
            "attackers, commands and logins are the new ones:\n\n"
            "  file=cowrie.json lines=412 events=410 ignored=0 damaged=2 attackers=12\n"
            "  commands=88 known_commands=0 logins=30 known_logins=0 elapsed_s=0.03\n\n"
            "Ctrl+C and SIGTERM stop it: what was read is stored, and the next import does the "
            "rest. Exit code 130 or 143 then.\n\n"
            "With --follow it reads what is there and goes on with what is appended, also when "
            "the log is rotated (renamed, or copied and cut) and when it does not exist yet. The "
            "database remembers how far it came, so a restart goes on there, with what was "
            "rotated away meanwhile. Ctrl+C and SIGTERM are its usual end: exit code 0.\n\n"
            "With --publish each session that ended and brought something new is published on the "
            "bus after it was stored, where `decnet ttp` tags it at once. While the bus is away, "
            "messages wait in the database. A session whose end is not logged is published after "
            "--session-idle seconds of silence, or when the import ends.",
        .environment = {"DECNET_DB_PATH", "DECNET_BUS_TYPE", "DECNET_BUS_SOCKET", "DECNET_BUS_URL"},
        .examples = {{"decnet import cowrie /var/log/cowrie/cowrie.json*", "all there is"},
                     {"decnet import cowrie --follow --publish /var/log/cowrie/cowrie.json",
                      "live, for `decnet ttp`"},
                     {"ssh trap cat cowrie.json | decnet import cowrie -", "from another machine"},
                     {"decnet import cowrie --db trap.db cowrie.json",
                      "into a database of its own"}},
        .success = "every file was read, whatever its damaged lines; a followed log: stopped",
        .failure =
            "a file could not be read, the database not be written, or, without --follow, "
            "a session not be published yet"};
  }

  void declare(Options& options) override { import_.declare(options); }
  int run(Context& context) override { return import_.run(context, cowrie_reader); }

 private:
  LogImport import_;
};

}  // namespace

std::unique_ptr<Command> import_cowrie() { return std::make_unique<ImportCowrie>(); }

}  // namespace decnet::cli
