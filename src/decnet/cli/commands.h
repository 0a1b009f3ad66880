// Every command of the program, each made in the file of its name.
#pragma once

#include <memory>

#include "decnet/cli/command.h"

namespace decnet::cli {

std::unique_ptr<Command> bus_broker();
std::unique_ptr<Command> config_command();
std::unique_ptr<Command> ttp();
std::unique_ptr<Command> ttp_deadletters_drop();
std::unique_ptr<Command> ttp_deadletters_list();
std::unique_ptr<Command> ttp_deadletters_retry();
std::unique_ptr<Command> ttp_deadletters_show();
std::unique_ptr<Command> db_check();
std::unique_ptr<Command> db_init();
std::unique_ptr<Command> import_access_log();
std::unique_ptr<Command> import_canarytokens();
std::unique_ptr<Command> import_cowrie();
std::unique_ptr<Command> import_opencanary();
std::unique_ptr<Command> ttp_backfill();
std::unique_ptr<Command> ttp_eval();
std::unique_ptr<Command> ttp_explain();
std::unique_ptr<Command> ttp_rules_clip();
std::unique_ptr<Command> ttp_rules_coverage();
std::unique_ptr<Command> ttp_rules_disable();
std::unique_ptr<Command> ttp_rules_enable();
std::unique_ptr<Command> ttp_rules_list();
std::unique_ptr<Command> ttp_rules_reset();
std::unique_ptr<Command> ttp_rules_show();
std::unique_ptr<Command> ttp_rules_sync();
std::unique_ptr<Command> ttp_rules_test();
std::unique_ptr<Command> ttp_rules_validate();
std::unique_ptr<Command> ttp_summary();

}  // namespace decnet::cli
