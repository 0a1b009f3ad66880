#include "decnet/storage/sqlite/history.h"

#include <fmt/format.h>

#include "decnet/base/log.h"

namespace decnet::storage::sqlite {
namespace {

constexpr std::int64_t kPage = 512;        // keys held at a time
constexpr std::uint64_t kNamedSkips = 10;  // further ones are only counted

// Rows are read one by one, by rowid, and in its order: the order of the file. No statement stays
// open between two rows, so that whoever takes them may write through the same connection and the
// write-ahead log may be emptied meanwhile.

std::optional<std::string> optional_text(const Cursor& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return std::string(row.text(column));
}

// Counts rows that cannot be read, and names the first ones.
class Skips {
 public:
  Skips(const Connection& connection, std::string_view table)
      : connection_(connection), table_(table) {}
  Skips(const Skips&) = delete;
  Skips& operator=(const Skips&) = delete;
  ~Skips() {
    if (count_ <= kNamedSkips) return;
    log::warning("storage", fmt::format("{}: {} rows of {} could not be read and were skipped",
                                        connection_.name(), count_, table_));
  }

  void add(std::string_view key, std::string_view reason) {
    if (++count_ > kNamedSkips) return;
    log::warning("storage", fmt::format("{}: skipping row {} of {}: {}", connection_.name(), key,
                                        table_, reason));
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  const Connection& connection_;
  std::string_view table_;
  std::uint64_t count_ = 0;
};

// The name of a row in messages: its uuid, or its rowid when that is unusable.
std::string row_key(const Cursor& row, int uuid_column, std::int64_t rowid) {
  if (row.is_text(uuid_column)) return std::string(row.text(uuid_column));
  return fmt::format("#{}", rowid);
}

// Why a column does not hold what its row needs; empty when it does.
std::string not_text(const Cursor& row, int column, std::string_view name, bool required) {
  if (row.is_text(column) || (!required && row.is_null(column))) return {};
  return fmt::format("{} is no text", name);
}

// The keys of a stream, page by page.
class Keys {
 public:
  virtual ~Keys() = default;
  virtual Result<std::vector<std::int64_t>> after(std::int64_t key) = 0;
};

Result<std::vector<std::int64_t>> read_keys(Cursor rows) {
  std::vector<std::int64_t> keys;
  DECNET_CHECK(rows.each([&](const Cursor& row) { keys.push_back(row.integer(0)); }));
  return keys;
}

// Attackers are updated while they are read: a row's last_seen moves on, so a position in that
// order would meet it twice, and an index on rowid cannot find the recent ones. So the keys of the
// range are noted when the stream opens, in a temporary table (a scan of ix_attackers_last_seen
// alone; SQLite moves it to a file when it grows). Each row noted is delivered once, as it is then.
constexpr std::string_view kNoteTable =
    "CREATE TEMP TABLE IF NOT EXISTS decnet_stream_key (stream INTEGER, key INTEGER, "
    "PRIMARY KEY (stream, key)) WITHOUT ROWID";

class NotedKeys final : public Keys {
 public:
  NotedKeys(Connection& connection, std::int64_t stream)
      : page_(connection,
              "SELECT key FROM temp.decnet_stream_key WHERE stream = ?1 AND key > ?2 "
              "ORDER BY key LIMIT ?3"),
        forget_(connection, "DELETE FROM temp.decnet_stream_key WHERE stream = ?1"),
        stream_(stream) {}
  ~NotedKeys() override {
    if (auto forget = forget_.get(); forget) (void)(*forget)->run(stream_).run();
  }

  static Result<std::unique_ptr<Keys>> note(Connection& connection, std::int64_t stream,
                                            UtcTime since) {
    DECNET_CHECK(connection.execute(std::string(kNoteTable)));
    DECNET_TRY(const Statement note,
               connection.prepare("INSERT INTO temp.decnet_stream_key (stream, key) "
                                  "SELECT ?1, rowid FROM main.attackers WHERE last_seen >= ?2 "
                                  "ORDER BY rowid"));
    auto keys = std::make_unique<NotedKeys>(connection, stream);
    const std::string from = to_sql_text(since);
    DECNET_CHECK(note.run(stream, from).run());
    return keys;
  }

  Result<std::vector<std::int64_t>> after(std::int64_t key) override {
    DECNET_TRY(const Statement* page, page_.get());
    return read_keys(page->run(stream_, key, kPage));
  }

 private:
  Prepared page_;
  Prepared forget_;
  std::int64_t stream_;
};

// Triggers are only ever appended: one pass over the table by rowid meets each once.
class TriggerKeys final : public Keys {
 public:
  TriggerKeys(Connection& connection, UtcTime since)
      : page_(connection,
              "SELECT rowid FROM canary_triggers WHERE rowid > ?1 AND occurred_at >= ?2 "
              "ORDER BY rowid LIMIT ?3"),
        since_(to_sql_text(since)) {}

  Result<std::vector<std::int64_t>> after(std::int64_t key) override {
    DECNET_TRY(const Statement* page, page_.get());
    return read_keys(page->run(key, since_, kPage));
  }

 private:
  Prepared page_;
  std::string since_;
};

// Reads the rows behind the keys. A key whose row has gone is passed over.
template <typename Row>
class KeyedStream : public RowStream<Row> {
 public:
  KeyedStream(Connection& connection, std::unique_ptr<Keys> keys, std::string_view table,
              std::string_view select)
      : connection_(connection),
        keys_(std::move(keys)),
        select_(connection, select),
        skips_(connection, table) {}

  Result<std::optional<Row>> next() final {
    for (;;) {
      if (position_ == page_.size()) {
        DECNET_TRY(page_, keys_->after(last_));
        position_ = 0;
        if (page_.empty()) return std::optional<Row>();
      }
      last_ = page_[position_++];
      DECNET_TRY(const Statement* select, select_.get());
      Cursor row = select->run(last_);
      const auto found = row.next();
      if (!found) {
        if (!connection_.value_was_too_large()) return fail(found.error());
        skips_.add(fmt::format("#{}", last_), found.error().message);
        continue;
      }
      if (!*found) continue;
      Read read = this->read(row);
      if (read.row) return std::optional<Row>(std::move(read.row));
      skips_.add(row_key(row, 0, last_), read.problem);
    }
  }

  [[nodiscard]] std::uint64_t skipped() const final { return skips_.count(); }

 protected:
  struct Read {
    std::optional<Row> row;
    std::string problem;  // when there is no row
  };
  virtual Read read(const Cursor& row) = 0;

 private:
  const Connection& connection_;
  std::unique_ptr<Keys> keys_;
  Prepared select_;
  Skips skips_;
  std::vector<std::int64_t> page_;
  std::size_t position_ = 0;
  std::int64_t last_ = INT64_MIN;
};

class AttackerStream final : public KeyedStream<AttackerCommands> {
 public:
  AttackerStream(Connection& connection, std::unique_ptr<Keys> keys)
      : KeyedStream(connection, std::move(keys), "attackers",
                    "SELECT uuid, identity_id, commands, last_seen FROM attackers "
                    "WHERE rowid = ?1") {}

 protected:
  Read read(const Cursor& row) override {
    if (auto problem = not_text(row, 0, "uuid", true); !problem.empty()) return {{}, problem};
    if (auto problem = not_text(row, 1, "identity_id", false); !problem.empty()) {
      return {{}, problem};
    }
    if (auto problem = not_text(row, 2, "commands", false); !problem.empty()) return {{}, problem};
    if (!row.is_text(3) || !parse_time(row.text(3))) return {{}, "last_seen is no time"};
    AttackerCommands attacker{std::string(row.text(0)), optional_text(row, 1), {}};
    const std::string_view text = row.text(2);
    if (text.empty()) return {std::move(attacker), {}};
    auto commands = Json::parse(text);
    if (!commands) return {{}, fmt::format("commands: {}", commands.error().message)};
    Json::Array* elements = commands->array();
    if (elements == nullptr) return {{}, "commands is no JSON array"};
    std::erase_if(*elements, [](const Json& each) { return each.object() == nullptr; });
    attacker.commands = std::move(*elements);
    return {std::move(attacker), {}};
  }
};

class TriggerStream final : public KeyedStream<CanaryTrigger> {
 public:
  TriggerStream(Connection& connection, std::unique_ptr<Keys> keys)
      : KeyedStream(connection, std::move(keys), "canary_triggers",
                    "SELECT uuid, token_uuid, occurred_at, src_ip, user_agent, request_path, "
                    "dns_qname, attacker_id, raw_headers FROM canary_triggers "
                    "WHERE rowid = ?1") {}

 protected:
  Read read(const Cursor& row) override {
    struct Column {
      std::string_view name;
      bool required;
    };
    static constexpr Column kTexts[] = {{"uuid", true},        {"token_uuid", true},
                                        {"occurred_at", true}, {"src_ip", true},
                                        {"user_agent", false}, {"request_path", false},
                                        {"dns_qname", false},  {"attacker_id", false}};
    for (int i = 0; i < static_cast<int>(std::size(kTexts)); ++i) {
      auto problem = not_text(row, i, kTexts[i].name, kTexts[i].required);
      if (!problem.empty()) return {{}, problem};
    }
    const auto time = parse_time(row.text(2));
    if (!time) return {{}, "occurred_at is no time"};
    CanaryTrigger trigger;
    trigger.uuid = row.text(0);
    trigger.token_uuid = row.text(1);
    trigger.occurred_at = *time;
    trigger.src_ip = row.text(3);
    trigger.user_agent = optional_text(row, 4);
    trigger.request_path = optional_text(row, 5);
    trigger.dns_qname = optional_text(row, 6);
    trigger.attacker_id = optional_text(row, 7);
    trigger.raw_headers = headers(row.text(8));
    return {std::move(trigger), {}};
  }

 private:
  static Json headers(std::string_view text) {
    if (auto value = Json::parse(text); value && value->object() != nullptr) {
      return *std::move(value);
    }
    return Json::object({});
  }
};

Result<RowCounts> count(Prepared& statement, UtcTime since) {
  DECNET_TRY(const Statement* count, statement.get());
  const std::string from = to_sql_text(since);
  Cursor row = count->run(from);
  DECNET_CHECK(row.next());  // there always is one
  return RowCounts{.since = static_cast<std::uint64_t>(row.integer(0)),
                   .before = static_cast<std::uint64_t>(row.integer(1))};
}

}  // namespace

SqliteHistory::SqliteHistory(Connection& connection)
    : connection_(connection),
      count_attackers_(connection,
                       "SELECT count(*) FILTER (WHERE last_seen >= ?1), "
                       "count(*) FILTER (WHERE last_seen < ?1) FROM attackers"),
      count_triggers_(connection,
                      "SELECT count(*) FILTER (WHERE occurred_at >= ?1), "
                      "count(*) FILTER (WHERE occurred_at < ?1) FROM canary_triggers") {}

Result<std::unique_ptr<RowStream<AttackerCommands>>> SqliteHistory::iter_attacker_commands_since(
    UtcTime since) {
  DECNET_TRY(auto keys, NotedKeys::note(connection_, ++streams_, since));
  return std::make_unique<AttackerStream>(connection_, std::move(keys));
}

Result<std::unique_ptr<RowStream<CanaryTrigger>>> SqliteHistory::iter_canary_triggers_since(
    UtcTime since) {
  return std::make_unique<TriggerStream>(connection_,
                                         std::make_unique<TriggerKeys>(connection_, since));
}

Result<RowCounts> SqliteHistory::count_attackers(UtcTime since) {
  return count(count_attackers_, since);
}

Result<RowCounts> SqliteHistory::count_canary_triggers(UtcTime since) {
  return count(count_triggers_, since);
}

}  // namespace decnet::storage::sqlite
