#include "decnet/storage/sqlite/repository.h"

#include <list>
#include <optional>

#include "decnet/base/utf8.h"
#include "decnet/storage/admission.h"

namespace decnet::storage::sqlite {
namespace {

// One row a statement: 17 parameters whatever the size of the batch, and changes() answers for each
// row whether it was new. (docs/decisions/0005 has the measurements.)
constexpr std::string_view kInsert =
    "INSERT INTO ttp_tag (uuid, source_kind, source_id, attacker_uuid, identity_uuid, session_id, "
    "decky_id, tactic, technique_id, sub_technique_id, confidence, rule_id, rule_version, "
    "evidence, attack_release, mitre_url, created_at) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) "
    "ON CONFLICT (uuid) DO NOTHING";

// A stored text that is no UTF-8 breaks whoever reads the table in another language. Ids come from
// outside, so this may happen; the tag's uuid was made of the complete value and stays.
class Storable {
 public:
  std::string_view text(std::string_view text) {
    if (is_valid_utf8(text)) return text;
    return repaired_.emplace_back(to_valid_utf8(text));
  }
  std::optional<std::string_view> optional(const std::optional<std::string>& value) {
    if (!value) return std::nullopt;
    return text(*value);
  }
  std::optional<std::string_view> optional(const std::optional<TechniqueId>& value) {
    if (!value) return std::nullopt;
    return text(value->text());
  }

 private:
  std::list<std::string> repaired_;  // does not move what it holds
};

Result<void> insert_row(const Statement& insert, const Tag& tag, const std::string& evidence) {
  const std::string created_at = to_sql_text(tag.created_at);
  Storable storable;
  return insert
      .run(storable.text(tag.uuid), storable.text(tag.source_kind), storable.text(tag.source_id),
           storable.optional(tag.attacker_uuid), storable.optional(tag.identity_uuid),
           storable.optional(tag.session_id), storable.optional(tag.decky_id),
           storable.text(tag.tactic.text()), storable.text(tag.technique_id.text()),
           storable.optional(tag.sub_technique_id), tag.confidence,
           storable.text(tag.rule_id.text()), std::int64_t{tag.rule_version},
           storable.text(evidence), storable.text(tag.attack_release),
           storable.optional(tag.mitre_url), created_at)
      .run();
}

struct Row {
  std::size_t index;
  std::string evidence;
};

}  // namespace

SqliteRepository::SqliteRepository(Connection& connection)
    : connection_(connection), insert_(connection, kInsert) {}

Result<InsertOutcome> SqliteRepository::insert_tags(std::span<const Tag> tags) {
  InsertOutcome outcome;
  std::vector<Row> rows;
  rows.reserve(tags.size());
  for (std::size_t i = 0; i < tags.size(); ++i) {
    std::string evidence = tags[i].evidence.dump();
    Admission admission = admit(tags[i], evidence.size());
    if (admission.verdict == Verdict::kStore) rows.push_back({i, std::move(evidence)});
    if (admission.verdict == Verdict::kRefused) {
      outcome.refused.push_back({i, std::move(admission.reason)});
    }
  }
  if (rows.empty()) return outcome;

  DECNET_TRY(Transaction transaction, Transaction::begin(connection_));
  DECNET_TRY(const Statement* insert, insert_.get());
  for (const Row& row : rows) {
    DECNET_CHECK(insert_row(*insert, tags[row.index], row.evidence));
    if (connection_.changes() > 0) outcome.inserted.push_back(row.index);
  }
  DECNET_CHECK(transaction.commit());
  return outcome;
}

}  // namespace decnet::storage::sqlite
