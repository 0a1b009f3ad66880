// The schema of an SQLite database: what is there, what is missing, and the numbered steps
// (NNNN_….sql in this folder) that create it.
//
// A step whose name begins with "framework" after its number makes tables of the DECNET framework
// and runs only in databases of our own; the others make tables of our own and run, on request, in
// a framework database too. Steps run in order, each once, all in one transaction.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/storage/database.h"
#include "decnet/storage/sqlite/connection.h"

namespace decnet::storage::sqlite {

struct Step {
  int number;
  std::string_view name;  // "0002_own_tables"
  std::string_view sql;
};
// Every step there is, in order; generated from the files when the program is built.
std::span<const Step> steps();

// The framework's schema revision that this program was written against.
inline constexpr std::string_view kFrameworkRevision = "4a914b1d62a0";

struct Survey {
  bool empty = false;       // no table at all
  bool up_to_date = false;  // the mark is that of the last step
  SchemaReport report;
  std::vector<std::string> tables;  // all of them, in the order they were made
};
// Errors: those of reading; kInvalid when decnet_schema is newer than this program.
Result<Survey> survey(Connection& connection, std::span<const Step> all = steps());

// Fills an empty database, or runs the steps that one of our own lacks. Nothing is left half-done,
// and of two programs that do it at once both succeed.
Result<Survey> bring_up_to_date(Connection& connection, UtcTime now,
                                std::span<const Step> all = steps());

// Creates what is missing of our own tables, in a framework database too.
Result<Survey> add_own_tables(Connection& connection, UtcTime now,
                              std::span<const Step> all = steps());

// kInvalid, naming what is missing, when the database lacks columns that this program needs.
Result<void> require_complete(const Connection& connection, const Survey& survey);

}  // namespace decnet::storage::sqlite
