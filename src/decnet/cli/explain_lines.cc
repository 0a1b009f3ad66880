#include "decnet/cli/explain_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "decnet/base/json.h"
#include "decnet/base/utf8.h"
#include "decnet/cli/explain_event.h"
#include "decnet/cli/table.h"
#include "decnet/config/words.h"

namespace decnet::cli {
namespace {

constexpr std::size_t kOutputBytes = std::size_t{1} << 16;  // written at once

// The events that a line asks about.
Result<std::vector<Event>> asked_events(const Json& object) {
  const Json* const text = object.find("text");
  const Json* const kind = object.find("kind");
  const Json* const payload = object.find("payload");
  if (text != nullptr && text->string() == nullptr && !text->is_null()) {
    return fail(ErrorCode::kInvalid, "text is no string");
  }
  if (kind == nullptr && payload == nullptr) {
    if (text == nullptr || text->is_null()) return fail(ErrorCode::kInvalid, "no text");
    return std::vector<Event>{explained_command(*text->string())};
  }
  if (kind == nullptr || kind->string() == nullptr) {
    return fail(ErrorCode::kInvalid, "a payload needs a kind, which is a string");
  }
  if (payload == nullptr) return fail(ErrorCode::kInvalid, "a kind needs a payload");
  return explained_events(*kind->string(), *payload);
}

// What of a line is echoed: its text, null when it has none.
Json echo_of(const Json& object) {
  const Json* const text = object.find("text");
  return text != nullptr && text->string() != nullptr ? *text : Json();
}

void append_answer(std::string& out, const Json& text, const std::vector<Tag>& tags) {
  std::vector<std::string_view> techniques;
  for (const auto& tag : tags) {
    const std::string_view id = tag.most_specific().text();
    if (std::find(techniques.begin(), techniques.end(), id) == techniques.end()) {
      techniques.push_back(id);
    }
  }
  out += R"({"text":)";
  text.dump_to(out);
  out += R"(,"techniques":[)";
  for (std::size_t i = 0; i < techniques.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, techniques[i]);
  }
  out += R"(],"tags":[)";
  for (std::size_t i = 0; i < tags.size(); ++i) {
    out += i > 0 ? R"(,{"technique":)" : R"({"technique":)";
    append_json_string(out, tags[i].most_specific().text());
    out += R"(,"tactic":)";
    append_json_string(out, tags[i].tactic.text());
    out += R"(,"confidence":)";
    Json(tags[i].confidence).dump_to(out);
    out += R"(,"rule":)";
    append_json_string(out, tags[i].rule_id.text());
    out += '}';
  }
  out += "]}\n";
}

void append_problem(std::string& out, const Json& text, std::string_view problem) {
  out += R"({"text":)";
  text.dump_to(out);
  out += R"(,"techniques":[],"tags":[],"error":)";
  append_json_string(out, problem);
  out += "}\n";
}

}  // namespace

Result<void> explain_lines(importers::LineSource& source, const tagging::Tagger& tagger,
                           Terminal& out, Terminal& err) {
  std::string answers;
  std::uint64_t bad = 0;
  const auto refuse = [&](const Json& text, std::string_view problem) {
    append_problem(answers, text, problem);
    if (++bad > kMaxNotes) return;
    err.line(fmt::format("{}:{}: {}", printable(source.name()), source.line_number(),
                         printable(problem)));
  };
  for (;;) {
    std::string_view line;
    DECNET_TRY(const auto got, source.next(line));
    if (got == importers::LineSource::Got::kEnd) break;
    if (got == importers::LineSource::Got::kOverlong) {
      refuse({}, fmt::format("longer than {} bytes", importers::LineSource::kMaxLineBytes));
    } else if (config::trimmed(line).empty()) {
      continue;
    } else if (const auto object = Json::parse(line); !object) {
      refuse({}, object.error().message);
    } else if (object->object() == nullptr) {
      refuse({}, "not a JSON object");
    } else if (const auto events = asked_events(*object); !events) {
      refuse(echo_of(*object), events.error().message);
    } else {
      append_answer(answers, echo_of(*object), tagger.tag(*events));
    }
    if (out.is_terminal()) {  // somebody is waiting for this one
      answers.pop_back();
      out.json_line(answers);
      answers.clear();
      DECNET_CHECK(out.flush());
    } else if (answers.size() >= kOutputBytes) {
      out.write(answers);
      answers.clear();
      if (out.failed()) return out.flush();
    }
  }
  out.write(answers);
  if (bad > kMaxNotes) {
    err.line(fmt::format("{}: and {} more lines that could not be read", printable(source.name()),
                         with_thousands(bad - kMaxNotes)));
  }
  return out.flush();
}

}  // namespace decnet::cli
