// Corpus: texts with what they show, against which tags are scored. One JSON object a line; the
// first one says what kind of corpus it is:
//
//   atomic      {"text", "technique", "lines"}            a script and the one technique it tests
//   logprecis   {"text", "statements": [{"text", "sep", "tactic"}]}  a session, a tactic a
//   statement commands    {"text", "count"}                         lines without label: only
//   coverage sessions    {"session", "commands"}                   sessions without label: only
//   coverage gtfobins    {"text", "function", "techniques"}        a snippet and what it achieves
//   benign      {"text"}                                  harmless lines: every tag is a false
//   alarm http        {"method", "uri", "headers", "body", "attack", "technique", "class"} mail
//   {"id", "raw", "phishing"}                 phishing true, ham false, spam null opencanary
//   {"logtype", "techniques"}
//
// Threads: none of its own; one corpus on one thread.
// Errors:  kInvalid, "<path>:<line>: …", for a line that its kind does not allow: a corpus is read
//          whole or not at all, or its figures would mean something else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/base/json.h"
#include "decnet/evaluation/prediction.h"
#include "decnet/evaluation/scores.h"
#include "decnet/evaluation/unit.h"

namespace decnet::evaluation {

// What comes of one text of a corpus.
struct Verdict {
  enum class Outcome : std::uint8_t {
    kRight,       // tagged as labelled, or silent where nothing is to be found
    kMissed,      // something is there and no tag says so
    kFalseAlarm,  // tagged where nothing is, or only with what is not there
  };
  // A claim and whether the label agrees; nothing where there is no label to ask.
  struct Judged {
    const Claim* claim = nullptr;  // of the predictions
    bool agrees = false;
  };

  std::string text;
  std::string wanted;  // the label, for a person: "T1070.003", "nothing"
  Outcome outcome = Outcome::kRight;
  std::int64_t times = 1;          // how often the corpus has it
  std::vector<const Claim*> tags;  // of the predictions, judged or not
  std::vector<Judged> judged;
};

class Corpus {
 public:
  virtual ~Corpus() = default;

  [[nodiscard]] virtual std::string_view kind() const = 0;
  [[nodiscard]] virtual std::size_t rows() const = 0;
  [[nodiscard]] const Units& units() const { return units_; }

  // The figures over some rows, any of them several times. `predictions` are those of units().
  [[nodiscard]] virtual Scores score(std::span<const std::size_t> rows,
                                     std::span<const Prediction> predictions) const = 0;
  // One by one, in the order of the corpus; what has no label, only when it was missed.
  [[nodiscard]] virtual std::vector<Verdict> verdicts(
      std::span<const Prediction> predictions) const = 0;

 protected:
  Units units_;
};

// Reads a file; gzip is recognised. Errors besides the above: as importers::open_lines.
Result<std::unique_ptr<Corpus>> open_corpus(const std::filesystem::path& path);

// The kinds by their first line, in the order they are tried: a row in corpus.cc each. Each fails
// with what is wrong with the row of that index.
struct RowError {
  std::size_t row = 0;
  std::string message;
};
template <typename T>
using Rows = tl::expected<T, RowError>;
using MadeCorpus = Rows<std::unique_ptr<Corpus>>;

MadeCorpus make_atomic(const std::vector<Json>& rows);
MadeCorpus make_logprecis(const std::vector<Json>& rows);
MadeCorpus make_commands(const std::vector<Json>& rows);
MadeCorpus make_benign(const std::vector<Json>& rows);
MadeCorpus make_sessions(const std::vector<Json>& rows);
MadeCorpus make_gtfobins(const std::vector<Json>& rows);
MadeCorpus make_http(const std::vector<Json>& rows);
MadeCorpus make_mail(const std::vector<Json>& rows);
MadeCorpus make_opencanary(const std::vector<Json>& rows);

}  // namespace decnet::evaluation
