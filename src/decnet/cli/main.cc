// The program: every command, in the order --help shows them.
#include <array>
#include <string>
#include <vector>

#include "decnet/cli/commands.h"

namespace {

using decnet::cli::Row;
namespace cli = decnet::cli;

constexpr std::array kCommands = {
    Row{"import cowrie", "stores the attackers of a Cowrie log", cli::import_cowrie},
    Row{"import opencanary", "stores the attackers of an OpenCanary log", cli::import_opencanary},
    Row{"import canarytokens", "stores who opened canary tokens", cli::import_canarytokens},
    Row{"import access-log", "stores the requests of a web server's log", cli::import_access_log},
    Row{"ttp-backfill", "tags stored attacker activity", cli::ttp_backfill},
    Row{"ttp", "tags live events from the bus", cli::ttp},
    Row{"bus", "runs the broker of the UNIX socket bus", cli::bus_broker},
    Row{"ttp-explain", "says which rules fire on a command line, and why", cli::ttp_explain},
    Row{"ttp-eval", "measures the tags on labelled corpora", cli::ttp_eval},
    Row{"ttp-summary", "shows the techniques found, and by how many attackers", cli::ttp_summary},
    Row{"ttp-rules list", "lists the rules, their states and how often they fired",
        cli::ttp_rules_list},
    Row{"ttp-rules show", "shows one rule whole", cli::ttp_rules_show},
    Row{"ttp-rules disable", "keeps rules from firing, for a while or for good",
        cli::ttp_rules_disable},
    Row{"ttp-rules clip", "holds their confidence down", cli::ttp_rules_clip},
    Row{"ttp-rules enable", "lets them fire again", cli::ttp_rules_enable},
    Row{"ttp-rules reset", "forgets their states", cli::ttp_rules_reset},
    Row{"ttp-rules sync", "puts the rules of a directory into the database", cli::ttp_rules_sync},
    Row{"ttp-rules coverage", "shows the ATT&CK techniques that rules tag",
        cli::ttp_rules_coverage},
    Row{"ttp-rules test", "holds rules against the samples in their files", cli::ttp_rules_test},
    Row{"ttp-rules validate", "names every problem of rule files", cli::ttp_rules_validate},
    Row{"ttp-deadletters list", "lists messages that the worker gave up",
        cli::ttp_deadletters_list},
    Row{"ttp-deadletters show", "prints one of them", cli::ttp_deadletters_show},
    Row{"ttp-deadletters retry", "publishes them again", cli::ttp_deadletters_retry},
    Row{"ttp-deadletters drop", "forgets them", cli::ttp_deadletters_drop},
    Row{"db init", "creates the database, or decnet's own tables in one", cli::db_init},
    Row{"db check", "says what a database is and whether it can be used", cli::db_check},
    Row{"config", "shows each setting and where it came from", cli::config_command},
};

}  // namespace

int main(int argc, char** argv) {
  return cli::run_program(kCommands, std::vector<std::string>(argv + 1, argv + argc));
}
