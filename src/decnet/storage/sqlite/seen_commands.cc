#include "decnet/storage/sqlite/seen_commands.h"

#include <algorithm>

#include "decnet/base/utf8.h"
#include "decnet/base/uuid.h"
#include "decnet/storage/recognition.h"

namespace decnet::storage::sqlite {
namespace {

// Longer ids are nobody's: a row must not take a megabyte because a message did.
constexpr std::size_t kMaxIdBytes = 255;

// After so many rows in a row that are of no command, the next one that may be is looked up.
constexpr int kUselessRows = 16;

constexpr std::string_view kForgotten = "decnet_seen";  // in decnet_cursor

}  // namespace

SqliteSeenCommands::SqliteSeenCommands(Connection& connection, const Clock& clock, bool kept)
    : connection_(connection),
      clock_(clock),
      kept_(kept),
      add_(connection,
           "INSERT INTO decnet_seen (attacker_uuid, command_time, decky, text_sha256, source_id, "
           "live, seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING"),
      find_(connection,
            "SELECT command_time, decky, text_sha256, source_id, live FROM decnet_seen WHERE "
            "attacker_uuid = ?1 AND command_time >= ?2 ORDER BY command_time"),
      oldest_(connection, "SELECT id, seen_at FROM decnet_seen ORDER BY id LIMIT ?1"),
      newest_(connection, "SELECT max(id) FROM decnet_seen"),
      forget_(connection, "DELETE FROM decnet_seen WHERE id <= ?1"),
      note_forgotten_(connection,
                      "INSERT INTO decnet_cursor (source, position_time, position_key, updated_at) "
                      "VALUES (?1, ?2, '', ?3) ON CONFLICT (source) DO UPDATE SET position_time = "
                      "max(position_time, excluded.position_time), updated_at = "
                      "excluded.updated_at"),
      forgotten_(connection, "SELECT position_time FROM decnet_cursor WHERE source = ?1") {}

Result<void> SqliteSeenCommands::add(std::span<const SeenCommand> commands) {
  if (!kept_ || commands.empty()) return {};
  DECNET_TRY(const Statement* add, add_.get());
  const std::string now = to_sql_text(clock_.now());
  for (const SeenCommand& command : commands) {
    const std::string attacker = to_valid_utf8(command.attacker_uuid);
    const std::string decky = to_valid_utf8(command.decky);
    std::string source_id = to_valid_utf8(command.source_id);
    if (attacker.size() > kMaxIdBytes || decky.size() > kMaxIdBytes) continue;
    if (source_id.size() > kMaxIdBytes || source_id != command.source_id) source_id.clear();
    const std::string instant = to_sql_text(command.instant);
    const std::string digest = sha256_hex(to_valid_utf8(command.text));
    const std::int64_t live = command.in == SeenIn::kLive ? 1 : 0;
    DECNET_CHECK(add->run(attacker, instant, decky, digest, source_id, live, now).run());
  }
  return {};
}

Result<std::vector<std::optional<SeenAs>>> SqliteSeenCommands::find(
    std::string_view attacker_uuid, std::span<const TypedCommand> commands,
    std::optional<SeenIn> in) {
  Recognition recognition(commands);
  const std::string attacker = to_valid_utf8(attacker_uuid);
  auto next = kept_ ? recognition.next_second({}) : std::nullopt;
  while (next) {
    DECNET_TRY(const Statement* find, find_.get());
    const std::string from = to_sql_text(*next);
    auto row = find->run(attacker, from);
    for (int useless = 0; next && useless < kUselessRows;) {
      DECNET_TRY(const bool more, row.next());
      if (!more) return recognition.take();
      const auto time = parse_time(row.text(0));
      if (!time) continue;
      const auto second = std::chrono::floor<std::chrono::seconds>(*time);
      if (second > *next) next = recognition.next_second(second);
      if (next && second < *next) ++useless;
      const SeenIn of = row.integer(4) != 0 ? SeenIn::kLive : SeenIn::kHistory;
      if (next != second || (in && of != *in)) continue;
      useless = 0;
      // Views of the row live until its next step.
      recognition.offer(*time, row.text(1), row.text(2), {std::string(row.text(3)), of});
    }
  }
  return recognition.take();
}

// Rows were added in the order of their ids, so the first ones are the oldest.
Result<std::uint64_t> SqliteSeenCommands::forget(UtcTime before, std::uint64_t keep,
                                                 std::uint64_t max) {
  if (!kept_) return std::uint64_t{0};
  DECNET_TRY(Transaction transaction, Transaction::begin(connection_));
  std::int64_t beyond = 0;
  {
    DECNET_TRY(const Statement* newest, newest_.get());
    auto row = newest->run();
    DECNET_CHECK(row.next());
    beyond = row.integer(0) - static_cast<std::int64_t>(keep);
  }
  const std::string from = to_sql_text(before);
  std::uint64_t count = 0;
  std::int64_t last = 0;
  std::string until;
  {
    DECNET_TRY(const Statement* oldest, oldest_.get());
    auto row = oldest->run(static_cast<std::int64_t>(max));
    for (;; ++count) {
      DECNET_TRY(const bool more, row.next());
      if (!more || (row.text(1) >= from && row.integer(0) > beyond)) break;
      last = row.integer(0);
      until = row.text(1);
    }
  }
  if (count == 0) return count;
  DECNET_TRY(const Statement* forget, forget_.get());
  DECNET_CHECK(forget->run(last).run());
  DECNET_TRY(const Statement* note, note_forgotten_.get());
  const std::string now = to_sql_text(clock_.now());
  DECNET_CHECK(note->run(kForgotten, until, now).run());
  DECNET_CHECK(transaction.commit());
  return count;
}

Result<std::optional<UtcTime>> SqliteSeenCommands::forgotten_until() {
  if (!kept_) return std::optional<UtcTime>();
  DECNET_TRY(const Statement* read, forgotten_.get());
  auto row = read->run(kForgotten);
  DECNET_TRY(const bool there, row.next());
  if (!there) return std::optional<UtcTime>();
  return parse_time(row.text(0));
}

}  // namespace decnet::storage::sqlite
