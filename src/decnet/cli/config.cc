// decnet config: each setting and where it came from.
#include <fmt/format.h>

#include "decnet/base/json.h"
#include "decnet/cli/commands.h"
#include "decnet/cli/table.h"

namespace decnet::cli {
namespace {

class ConfigCommand : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {.description =
                "Shows every setting of decnet, its value and where the value came from. Passwords "
                "are masked.\n\n"
                "The first of these that names a setting wins: the command line, the environment, "
                "the INI file (DECNET_CONFIG), .env.local and .env in the install root, .env.local "
                "and .env in the working directory, the built-in default.\n\n"
                "The INI file has the sections [decnet], [agent] or [master] (whichever mode says; "
                "key disallow-master is DECNET_DISALLOW_MASTER, and so on), [database] (type, url, "
                "host, port, name, user) and [logging] (system-log).",
            .environment = {},
            .examples = {{"decnet config", "every setting, as a table"},
                         {"decnet config --json | jq .DECNET_DB_PATH", "one of them, for a script"},
                         {"DECNET_CONFIG=/dev/null decnet config", "without the INI file"}},
            .success = "the settings were shown",
            .failure = "the INI file is damaged"};
  }

  void declare(Options& options) override {
    options.flag("--json", json_, "Prints one JSON object: name to value, origin and help.");
  }

  int run(Context& context) override {
    if (json_) {
      context.out.json_line(as_json(context.config).dump());
    } else {
      context.out.write(as_table(context.config).text(context.out));
    }
    return kSuccess;
  }

 private:
  static Table as_table(const config::Config& config) {
    Table table({{.title = "setting", .style = Style::kCyan},
                 {.title = "value"},
                 {.title = "from", .style = Style::kDim}});
    for (const auto& variable : config::variables()) {
      const auto value = config.get(variable.name);
      table.row({std::string(variable.name),
                 value ? config::shown(variable, value->text) : std::string(),
                 value ? value->origin : "unset"});
    }
    return table;
  }

  static Json as_json(const config::Config& config) {
    Json all = Json::object({});
    for (const auto& variable : config::variables()) {
      const auto value = config.get(variable.name);
      Json one = Json::object({});
      one.set("value", value ? Json(config::shown(variable, value->text)) : Json());
      one.set("origin", value ? Json(value->origin) : Json());
      one.set("help", Json(variable.help));
      all.set(variable.name, std::move(one));
    }
    return all;
  }

  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> config_command() { return std::make_unique<ConfigCommand>(); }

}  // namespace decnet::cli
