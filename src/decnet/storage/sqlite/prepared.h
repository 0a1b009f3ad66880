// Prepared: a statement of a fixed text, prepared when it is first run and kept from then on.
#pragma once

#include <optional>
#include <string_view>

#include "decnet/storage/sqlite/connection.h"

namespace decnet::storage::sqlite {

class Prepared {
 public:
  // Both outlive this object; `sql` is a literal.
  Prepared(Connection& connection, std::string_view sql) : connection_(connection), sql_(sql) {}

  Result<const Statement*> get() {
    if (!statement_) {
      DECNET_TRY(statement_, connection_.prepare(sql_));
    }
    return &*statement_;
  }

 private:
  Connection& connection_;
  std::string_view sql_;
  std::optional<Statement> statement_;
};

}  // namespace decnet::storage::sqlite
