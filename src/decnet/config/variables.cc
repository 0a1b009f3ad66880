// Every variable this program reads, in the order `decnet config` shows them.
#include <algorithm>
#include <array>

#include "decnet/config/config.h"

namespace decnet::config {
namespace {

constexpr std::array kVariables = {
    Variable{"DECNET_CONFIG", "/etc/decnet/decnet.ini", "INI file; from the environment only"},
    Variable{"DECNET_MODE", "master", "what this host is: master or agent"},
    Variable{"DECNET_DISALLOW_MASTER", "true",
             "the word true refuses master-only commands on an agent; anything else allows them"},

    Variable{"DECNET_DB_TYPE", "sqlite", "kind of database: sqlite"},
    Variable{"DECNET_DB_PATH", "decnet.db", "SQLite file"},
    Variable{"DECNET_DB_URL", "", "complete URL of a database server", Secrecy::kUrl},
    Variable{"DECNET_DB_HOST", "localhost", "database server, when no URL is given"},
    Variable{"DECNET_DB_PORT", "3306", "its port"},
    Variable{"DECNET_DB_NAME", "decnet", "its database"},
    Variable{"DECNET_DB_USER", "decnet", "its user"},
    Variable{"DECNET_DB_PASSWORD", "", "its password", Secrecy::kSecret},

    Variable{"DECNET_TTP_RULES_DIR", "",
             "directory of rule files; default: ./rules/ttp if it exists, else the installed ones"},
    Variable{"DECNET_TTP_CATALOGUES_DIR", "",
             "directory of lists that add to the built-in ones: fingerprints, kits, brands, hosts"},
    Variable{"DECNET_GEOIP_DATABASE", "",
             "countries of addresses, in MaxMind's format; without it no rule judges by country"},
    Variable{"DECNET_ARTIFACTS_ROOT", "/var/lib/decnet/artifacts",
             "where mail decoys leave the messages they took"},
    Variable{"DECNET_TTP_STATE_DIR", "",
             "where states of rules in files are kept; default: <database>.rules"},
    Variable{"DECNET_TTP_RULE_STORE_TYPE", "filesystem",
             "where rules and their states are: filesystem or database"},
    Variable{"DECNET_TTP_MIRROR_RULES", "false",
             "the word true makes the worker keep the rules of the database as those in files"},
    Variable{"DECNET_TTP_RATE_LIMIT", "off",
             "how often a rule may tag one attacker live, such as 100/5m; off: no limit"},
    Variable{"DECNET_TTP_TAGGER_TYPE", "composite", "how events are tagged: composite"},

    Variable{"DECNET_ATTACK_BUNDLE", "",
             "MITRE ATT&CK STIX bundle to use instead of the built-in catalogue"},
    Variable{"DECNET_ATTACK_BUNDLE_SHA256", "", "SHA-256 the bundle must have"},
    Variable{"DECNET_TTP_ATTACK_RELEASE", "",
             "text written as ATT&CK release; default: the release of the catalogue"},

    Variable{"DECNET_BUS_ENABLED", "true", "the word false switches the bus off"},
    Variable{"DECNET_BUS_TYPE", "unix", "transport: unix, nats or memory"},
    Variable{"DECNET_BUS_SOCKET", "",
             "socket of the UNIX bus; default: /run/decnet/bus.sock, else ~/.decnet/bus.sock"},
    Variable{"DECNET_BUS_URL", "nats://127.0.0.1:4222", "NATS servers, separated by commas",
             Secrecy::kUrl},
    Variable{"DECNET_NATS_PREFIX", "decnet", "first token of every NATS subject"},
    Variable{"DECNET_NATS_CREATE", "true", "the word false forbids making missing streams"},
    Variable{"DECNET_NATS_CREDENTIALS", "", "NATS credentials file (.creds)"},
    Variable{"DECNET_NATS_CA", "", "certificates to trust for NATS"},
    Variable{"DECNET_NATS_CERTIFICATE", "", "client certificate for NATS"},
    Variable{"DECNET_NATS_KEY", "", "its key"},
    Variable{"DECNET_SPOOL_DIR", "",
             "where events are kept that memory, and dead letters that the database, has no room "
             "for; default: <database>.spool"},
    Variable{"DECNET_BUS_QUEUE", "65536",
             "events of the UNIX bus held in memory; what comes then is spooled"},

    Variable{"DECNET_SYSTEM_LOGS", "decnet.system.log", "log file; rotated at 10 MiB, 5 backups"},
    Variable{"DECNET_DEVELOPER", "false", "the word true logs DEBUG records too"},
    Variable{"DECNET_TESTING", "", "1: test mode, no log file"},
};

}  // namespace

std::span<const Variable> variables() { return kVariables; }

const Variable* find_variable(std::string_view name) {
  const auto* const found = std::find_if(kVariables.begin(), kVariables.end(),
                                         [&](const Variable& v) { return v.name == name; });
  return found == kVariables.end() ? nullptr : found;
}

}  // namespace decnet::config
