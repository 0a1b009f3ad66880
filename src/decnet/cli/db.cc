// decnet db init, decnet db check: what a database is, and our own tables in it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "decnet/base/json.h"
#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/cli/commands.h"
#include "decnet/cli/database.h"

namespace decnet::cli {
namespace {

using storage::Ownership;
using storage::SchemaReport;

// What can be done without the tables of our own.
constexpr std::string_view kWithoutOwnTables =
    "without them tags are stored all the same, but login attempts of imported logs are not kept";

std::string_view owner(Ownership ownership) {
  switch (ownership) {
    case Ownership::kOurs:
      return "decnet";
    case Ownership::kFramework:
      return "framework";
    case Ownership::kUnmarked:
      return "unmarked";
  }
  return "";
}

std::string describe(const SchemaReport& schema) {
  switch (schema.ownership) {
    case Ownership::kOurs:
      return fmt::format("a database of decnet, schema version {}", printable(schema.version));
    case Ownership::kFramework:
      return fmt::format(
          "a database of the DECNET framework, revision {}; its tables are used as "
          "they are",
          schema.version.empty() ? "unknown" : printable(schema.version));
    case Ownership::kUnmarked:
      return "a database without a version mark";
  }
  return {};
}

Json array_of(const std::vector<std::string>& texts) {
  return Json(Json::Array(texts.begin(), texts.end()));
}

Json as_json(const std::filesystem::path& path, const SchemaReport& schema) {
  return Json::object({{"path", Json(path.string())},
                       {"owner", Json(owner(schema.ownership))},
                       {"version", schema.version.empty() ? Json() : Json(schema.version)},
                       {"usable", Json(schema.missing.empty())},
                       {"own_tables", array_of(schema.own_tables)},
                       {"missing_own_tables", array_of(schema.missing_own)},
                       {"own_tables_outdated", Json(schema.own_outdated)},
                       {"missing_columns", array_of(schema.missing)}});
}

class DbInit : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {.description =
                "Creates what is missing of decnet's own tables, brings those of an earlier "
                "release up to date, and says what it did.\n\n"
                "A database that does not exist yet is created whole, with a version mark of "
                "decnet's own. In a database of the DECNET framework only tables whose names begin "
                "with decnet_ are added; nothing of the framework's is altered. Running it again "
                "changes nothing.",
            .environment = {"DECNET_DB_TYPE", "DECNET_DB_PATH"},
            .examples = {{"decnet db init", "creates decnet.db in this directory"},
                         {"decnet db init --db /var/lib/decnet/decnet.db",
                          "adds decnet's own tables to the framework's database"}},
            .success = "everything is there now",
            .failure = "the database cannot be opened or written, or is of a newer release"};
  }

  void declare(Options& options) override {
    declare_database_option(options);
    options.flag("--json", json_, "Prints one JSON object.");
  }

  int run(Context& context) override {
    const auto path = database_file(context.config);
    if (!path) return context.failed(path.error());
    const auto report = storage::init_sqlite(*path);
    if (!report) return context.failed(report.error());
    const auto created = fmt::format("{}", fmt::join(report->created, ", "));
    if (!report->created.empty()) {
      log::info("cli", fmt::format("db init {}: created {}", path->string(), created));
    }
    if (json_) {
      auto result = as_json(*path, report->schema);
      result.set("created", array_of(report->created));
      result.set("updated_from", report->updated_from > 0 ? Json(report->updated_from) : Json());
      context.out.json_line(result.dump());
      return kSuccess;
    }
    const auto name = printable(path->string());
    context.out.line(fmt::format("{}: {}", name, describe(report->schema)));
    if (report->updated_from > 0) {
      context.out.line(fmt::format("{}: brought decnet's own tables from version {} to {}", name,
                                   report->updated_from, report->schema.own_version));
    }
    if (!report->created.empty()) {
      context.out.line(fmt::format("{}: created {}", name, printable(created)));
    } else if (report->updated_from == 0) {
      context.out.line(fmt::format("{}: nothing to create", name));
    }
    return kSuccess;
  }

 private:
  bool json_ = false;
};

class DbCheck : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {.description =
                "Says what a database is: whose, which schema, which of decnet's own tables are "
                "there, and which columns are missing that decnet needs. Changes nothing.",
            .environment = {"DECNET_DB_TYPE", "DECNET_DB_PATH"},
            .examples = {{"decnet db check", "checks decnet.db in this directory"},
                         {"decnet db check --json --db x.db", "the same for a program"}},
            .success = "the database can be used",
            .failure =
                "it cannot: absent, unreadable, no SQLite file, columns missing, or made by "
                "a newer release"};
  }

  void declare(Options& options) override {
    declare_database_option(options);
    options.flag("--json", json_, "Prints one JSON object.");
  }

  int run(Context& context) override {
    const auto path = database_file(context.config);
    if (!path) return context.failed(path.error());
    const auto database = storage::open_sqlite(*path, storage::OpenMode::kInspect);
    if (!database) return context.failed(database.error());
    const auto& schema = (*database)->schema();
    if (json_) {
      context.out.json_line(as_json(*path, schema).dump());
    } else {
      print(context, printable(path->string()), schema);
    }
    if (schema.missing.empty()) return kSuccess;
    return context.failed(fmt::format("{}: cannot be used, missing {}", path->string(),
                                      fmt::join(schema.missing, ", ")));
  }

 private:
  static void print(const Context& context, std::string_view name, const SchemaReport& schema) {
    context.out.line(fmt::format("{}: {}", name, describe(schema)));
    if (!schema.own_tables.empty()) {
      context.out.line(
          fmt::format("{}: own tables: {}", name,
                      printable(fmt::format("{}", fmt::join(schema.own_tables, ", ")))));
    }
    if (!schema.missing_own.empty()) {
      context.out.line(
          fmt::format("{}: own tables not there: {} ({}; `decnet db init` creates "
                      "them)",
                      name, fmt::join(schema.missing_own, ", "), kWithoutOwnTables));
    }
    if (schema.own_outdated) {
      context.out.line(fmt::format(
          "{}: decnet's own tables are of an earlier release; `decnet db init` brings them up to "
          "date",
          name));
    }
    if (schema.missing.empty()) context.out.line(fmt::format("{}: can be used", name));
  }

  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> db_init() { return std::make_unique<DbInit>(); }
std::unique_ptr<Command> db_check() { return std::make_unique<DbCheck>(); }

}  // namespace decnet::cli
