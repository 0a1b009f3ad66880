// ttp_rule and ttp_rule_state in SQLite.
#pragma once

#include "decnet/storage/rule_rows.h"
#include "decnet/storage/sqlite/prepared.h"

namespace decnet::storage::sqlite {

class SqliteRuleRows final : public RuleRows {
 public:
  explicit SqliteRuleRows(Connection& connection);
  Result<std::string> mark() override;
  Result<RuleTable<RuleRow>> rules() override;
  Result<void> put_rule(const RuleRow& row) override;
  Result<bool> remove_rule(std::string_view rule_id) override;
  Result<RuleTable<RuleStateRow>> states() override;
  Result<void> put_state(const RuleStateRow& row) override;
  Result<bool> remove_state(std::string_view rule_id) override;
  Result<bool> remove_expired_state(std::string_view rule_id, UtcTime now) override;

 private:
  // A table is read in one go; only when a row in it is too large to be read, row by row.
  template <typename Row>
  struct Reader {
    Prepared all;
    Prepared ids;
    Prepared one;
    void (*add)(const Cursor& row, RuleTable<Row>& table);
  };
  template <typename Row>
  Result<RuleTable<Row>> read(Reader<Row>& reader);
  template <typename Row>
  Result<RuleTable<Row>> read_one_by_one(Reader<Row>& reader);

  Connection& connection_;
  Prepared data_version_;
  Reader<RuleRow> rules_;
  Prepared put_rule_;
  Prepared remove_rule_;
  Reader<RuleStateRow> states_;
  Prepared put_state_;
  Prepared remove_state_;
  Prepared remove_expired_state_;
};

}  // namespace decnet::storage::sqlite
