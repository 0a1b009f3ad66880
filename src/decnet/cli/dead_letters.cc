#include "decnet/cli/dead_letters.h"

#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

#include "decnet/cli/database.h"

namespace decnet::cli {
namespace {

constexpr char kOfFile = 'f';

bool is_file(std::string_view name) { return name.starts_with(kOfFile); }

std::optional<std::int64_t> number_in(std::string_view name) {
  if (is_file(name)) name.remove_prefix(1);
  std::int64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, problem] = std::from_chars(name.data(), end, number);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return number;
}

NamedLetter named(storage::DeadLetter letter, bool file) {
  std::string name = std::to_string(letter.number);
  if (file) name.insert(name.begin(), kOfFile);
  return {std::move(name), std::move(letter)};
}

}  // namespace

std::filesystem::path dead_letter_directory(const config::Config& config) {
  return config.spool_directory() / "dead-letters";
}

Result<DeadLetters> DeadLetters::open(const config::Config& config) {
  DECNET_TRY(auto database, open_database(config, storage::OpenMode::kExisting));
  return DeadLetters(std::move(database), storage::DeadLetterFiles(dead_letter_directory(config)));
}

Result<std::vector<NamedLetter>> DeadLetters::all() {
  DECNET_TRY(auto kept, database_->ledger().dead_letters(kMaxListed));
  DECNET_TRY(auto files, files_.oldest(kMaxListed));
  std::vector<NamedLetter> letters;
  for (auto& letter : kept) letters.push_back(named(std::move(letter), false));
  for (auto& letter : files) letters.push_back(named(std::move(letter), true));
  return letters;
}

bool DeadLetters::is_name(std::string_view name) { return number_in(name).has_value(); }

Result<std::optional<NamedLetter>> DeadLetters::find(std::string_view name) {
  const auto number = number_in(name);
  if (!number) return std::optional<NamedLetter>();
  const bool file = is_file(name);
  DECNET_TRY(auto letter, file ? files_.find(*number) : database_->ledger().dead_letter(*number));
  if (!letter) return std::optional<NamedLetter>();
  return std::optional(named(*std::move(letter), file));
}

Result<void> DeadLetters::drop(const NamedLetter& letter) {
  const std::int64_t number = letter.letter.number;
  DECNET_CHECK(is_file(letter.name) ? files_.drop(number)
                                    : database_->ledger().drop_dead_letter(number));
  return {};
}

}  // namespace decnet::cli
