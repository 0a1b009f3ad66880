// Tags in ttp_tag.
#pragma once

#include "decnet/storage/repository.h"
#include "decnet/storage/sqlite/prepared.h"

namespace decnet::storage::sqlite {

class SqliteRepository final : public Repository {
 public:
  explicit SqliteRepository(Connection& connection);
  Result<InsertOutcome> insert_tags(std::span<const Tag> tags) override;

 private:
  Connection& connection_;
  Prepared insert_;
};

}  // namespace decnet::storage::sqlite
