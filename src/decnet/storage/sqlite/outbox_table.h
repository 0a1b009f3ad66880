// OutboxTable: a table of messages that wait to be published (see 0002_own_tables.sql).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "decnet/storage/outbox.h"
#include "decnet/storage/sqlite/prepared.h"

namespace decnet::storage::sqlite {

class OutboxTable {
 public:
  OutboxTable(Connection& connection, std::string_view table);
  OutboxTable(const OutboxTable&) = delete;
  OutboxTable& operator=(const OutboxTable&) = delete;

  // In the open transaction, if there is one. A message whose id is there already is left out.
  Result<void> add(std::span<const OutboxMessage> messages);
  // At most so many, and no more than fill kMaxBytes.
  static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
  Result<std::vector<OutboxMessage>> oldest(std::size_t max);
  Result<void> remove(std::span<const std::int64_t> sequences);
  Result<std::uint64_t> size();

 private:
  Connection& connection_;
  const std::string add_sql_, read_sql_, remove_sql_, count_sql_;  // before what looks at them
  Prepared add_;
  Prepared read_;
  Prepared remove_;
  Prepared count_;
};

}  // namespace decnet::storage::sqlite
