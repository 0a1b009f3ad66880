// The databases that the contract suites of this folder run on: one Backend for each kind, every
// test with a new database of that kind.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "decnet/model/tag.h"
#include "decnet/storage/database.h"
#include "decnet/storage/observations.h"

namespace decnet::storage::test {

// A database made for one test, and a way around the interfaces under test.
class TestDatabase {
 public:
  virtual ~TestDatabase() = default;
  virtual Result<std::unique_ptr<Database>> open() = 0;  // a connection more
  virtual void execute(const std::string& sql) = 0;
  // Rows as texts, columns joined by '|', NULL as "NULL".
  virtual std::vector<std::string> rows(const std::string& sql) = 0;

  std::string value(const std::string& sql) {
    const auto all = rows(sql);
    return all.size() == 1 ? all.front() : "(" + std::to_string(all.size()) + " rows)";
  }
};

struct Backend {
  std::string name;
  bool has_own_tables = true;
  std::unique_ptr<TestDatabase> (*make)();

  friend void PrintTo(const Backend& backend, std::ostream* out) { *out << backend.name; }
};

const std::vector<Backend>& backends();
// Those that keep what the live worker may not forget.
std::vector<Backend> keeping_backends();

// Tests with one open database of the backend under test.
class StorageTest : public testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    store_ = GetParam().make();
    database_ = open();
  }
  std::unique_ptr<Database> open() {
    auto opened = store_->open();
    if (!opened) ADD_FAILURE() << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }

  std::unique_ptr<TestDatabase> store_;
  std::unique_ptr<Database> database_;
};

inline std::string backend_name(const testing::TestParamInfo<Backend>& info) {
  return info.param.name;
}

UtcTime at(std::string_view text);

// A tag of attacker "a-1" that differs from others by its source id.
Tag a_tag(const std::string& source_id);

// An attackers row; `commands` is stored as it is.
void add_attacker(TestDatabase& store, const std::string& uuid, const std::string& ip,
                  const std::string& last_seen, const std::string& commands);
void add_trigger(TestDatabase& store, const std::string& uuid, const std::string& occurred_at,
                 const std::string& raw_headers);
// 'text' with its quotes doubled, as an SQL literal.
std::string sql_literal(std::string_view text);

}  // namespace decnet::storage::test
