#include "tests/torture/stored_tags.h"

#include <fmt/format.h>

#include "tests/sqlite_file.h"

namespace decnet::torture {

void StoredTags::read() {
  test::SqliteFile file(database_);
  const auto rows = file.rows(fmt::format(
      "SELECT rowid, uuid, coalesce(attacker_uuid, ''), coalesce(session_id, ''), rule_id || ' ' "
      "|| technique_id || ' ' || coalesce(sub_technique_id, '') FROM ttp_tag WHERE rowid > {} "
      "ORDER BY rowid",
      last_row_));
  for (const auto& row : rows) {
    last_row_ = std::stoll(row[0]);
    const TagRow tag{row[1], row[2], row[3], row[4]};
    uuids_.push_back(tag.uuid);
    if (const auto number = event_of(tag)) {
      ++by_event_[*number][signature_of(tag)];
    } else {
      ++foreign_;
    }
  }
}

}  // namespace decnet::torture
