#include "decnet/evaluation/corpus.h"

#include <fmt/format.h>

#include <array>

#include "decnet/importers/line_source.h"

namespace decnet::evaluation {
namespace {

struct KindRow {
  std::array<std::string_view, 2> keys;  // of its first line; empty: none needed
  MadeCorpus (*make)(const std::vector<Json>& rows);
};

constexpr std::array kKinds = {
    KindRow{{"technique", "lines"}, make_atomic},
    KindRow{{"raw", "phishing"}, make_mail},
    KindRow{{"logtype", ""}, make_opencanary},
    KindRow{{"statements", ""}, make_logprecis},
    KindRow{{"function", "techniques"}, make_gtfobins},
    KindRow{{"uri", "attack"}, make_http},
    KindRow{{"commands", ""}, make_sessions},
    KindRow{{"count", ""}, make_commands},
    KindRow{{"", ""}, make_benign},
};

MadeCorpus made_of(const std::vector<Json>& rows) {
  for (const KindRow& kind : kKinds) {
    bool fits = true;
    for (const auto key : kind.keys) fits = fits && (key.empty() || rows[0].find(key) != nullptr);
    if (fits) return kind.make(rows);
  }
  return tl::unexpected(RowError{0, "no corpus"});
}

}  // namespace

Result<std::unique_ptr<Corpus>> open_corpus(const std::filesystem::path& path) {
  using importers::LineSource;
  DECNET_TRY(const auto source, importers::open_lines(path.string()));
  std::vector<Json> rows;
  std::vector<std::uint64_t> lines;
  const auto at = [&path](std::uint64_t line, std::string_view message) {
    return fail(ErrorCode::kInvalid, fmt::format("{}:{}: {}", path.string(), line, message));
  };
  for (;;) {
    std::string_view line;
    DECNET_TRY(const auto got, source->next(line));
    if (got == LineSource::Got::kEnd) break;
    if (got == LineSource::Got::kIdle) continue;
    if (got == LineSource::Got::kOverlong) {
      return at(source->line_number(),
                fmt::format("longer than {} bytes", LineSource::kMaxLineBytes));
    }
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto row = Json::parse(line);
    if (!row) return at(source->line_number(), row.error().message);
    if (row->object() == nullptr) return at(source->line_number(), "not a JSON object");
    rows.push_back(*std::move(row));
    lines.push_back(source->line_number());
  }
  if (rows.empty()) return fail(ErrorCode::kInvalid, path.string() + ": no corpus: it is empty");
  auto corpus = made_of(rows);
  if (!corpus) return at(lines[corpus.error().row], corpus.error().message);
  return *std::move(corpus);
}

}  // namespace decnet::evaluation
