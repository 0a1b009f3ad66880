// decnet ttp-rules sync: puts the rules of a directory into the database.
#include <fmt/format.h>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/cli/commands.h"
#include "decnet/cli/database.h"
#include "decnet/cli/detection.h"
#include "decnet/cli/ttp_rules/pack.h"
#include "decnet/cli/ttp_rules/problems.h"
#include "decnet/rulestore/database/mirror.h"
#include "decnet/rulestore/open.h"

namespace decnet::cli {
namespace {

Json array_of(const std::vector<RuleId>& ids) {
  Json::Array texts;
  for (const auto& id : ids) texts.emplace_back(to_valid_utf8(id.text()));
  return texts;
}

class Sync : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Makes the rules in the database those of the directory: puts what is new or changed, "
            "removes what was put there from the directory and is gone from it. Rules that "
            "administrators put into the database by hand stay, and so do all states. Workers "
            "with DECNET_TTP_RULE_STORE_TYPE=database follow within two seconds.\n\n"
            "While a file does not load nothing is removed: the rule that is missing may be its.",
        .environment = {"DECNET_TTP_RULES_DIR", "DECNET_DB_TYPE", "DECNET_DB_PATH"},
        .examples = {{"decnet ttp-rules sync", ""},
                     {"decnet ttp-rules sync --dry-run", "says what it would do"}},
        .success = "the database has the rules of the directory",
        .failure =
            "a rule file does not load, the directory is not there, or the database cannot be "
            "written"};
  }

  void declare(Options& options) override {
    options.flag("--dry-run", dry_run_, "Writes nothing.");
    options.flag("--json", json_, "Prints one JSON object.");
    declare_rules_option(options);
    declare_database_option(options);
  }

  int run(Context& context) override {
    const auto directory = context.config.rules_directory();
    std::error_code unreadable;  // as good as absent
    if (!std::filesystem::is_directory(directory, unreadable)) {
      return context.failed(fmt::format("{}: is no directory", directory.string()));
    }
    const auto store = rulestore::open_directory(directory, context.config.state_directory());
    const auto contents = store->load();
    if (!contents) return context.failed(contents.error());
    report(context, contents->problems);
    auto database = open_database(
        context.config, dry_run_ ? storage::OpenMode::kExisting : storage::OpenMode::kCreate);
    if (!database) return context.failed(database.error());
    const auto mirrored = mirror(**database, *contents);
    if (!mirrored) return context.failed(mirrored.error());
    tell(context, *mirrored, contents->definitions.size(), directory.string(), (*database)->name());
    return contents->complete ? kSuccess : kFailure;
  }

 private:
  [[nodiscard]] Result<rulestore::Mirrored> mirror(storage::Database& database,
                                                   const rulestore::Contents& contents) const {
    if (!dry_run_) return rulestore::mirror(contents, database);
    // What is not committed is as if it had not been.
    DECNET_TRY(const auto transaction, database.begin());
    return rulestore::mirror(contents, database);
  }

  void tell(const Context& context, const rulestore::Mirrored& mirrored, std::size_t rules,
            const std::string& from, const std::string& to) const {
    if (!dry_run_ && !(mirrored.put.empty() && mirrored.removed.empty())) {
      log::info("cli", fmt::format("ttp-rules sync {}: {} put, {} removed", to, mirrored.put.size(),
                                   mirrored.removed.size()));
    }
    Terminal& out = context.out;
    if (json_) {
      out.json_line(Json::object({{"directory", to_valid_utf8(from)},
                                  {"database", to_valid_utf8(to)},
                                  {"dry_run", dry_run_},
                                  {"rules", static_cast<std::int64_t>(rules)},
                                  {"put", array_of(mirrored.put)},
                                  {"removed", array_of(mirrored.removed)},
                                  {"withheld", array_of(mirrored.withheld)}})
                        .dump());
      return;
    }
    for (const auto& id : mirrored.put) out.line(fmt::format("put {}", printable(id.text())));
    for (const auto& id : mirrored.removed) {
      out.line(fmt::format("removed {}", printable(id.text())));
    }
    for (const auto& id : mirrored.withheld) {
      out.line(fmt::format("not removed, while a file does not load: {}", printable(id.text())));
    }
    out.line(out.styled(
        Style::kDim,
        printable(fmt::format("{} of {} into {}: {} put, {} removed{}", counted(rules, "rule"),
                              from, to, mirrored.put.size(), mirrored.removed.size(),
                              dry_run_ ? "; nothing was written (--dry-run)" : ""))));
  }

  bool dry_run_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> ttp_rules_sync() { return std::make_unique<Sync>(); }

}  // namespace decnet::cli
