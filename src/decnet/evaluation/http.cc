// http: requests that are an attack of their class, or only look like one.
#include <algorithm>
#include <array>
#include <map>

#include "decnet/evaluation/row.h"

namespace decnet::evaluation {
namespace {

// Techniques that say an attack: on a near miss they are false alarms.
constexpr std::array<std::string_view, 7> kAttackParents = {"T1190", "T1595", "T1059", "T1505",
                                                            "T1083", "T1552", "T1105"};

struct Request {
  std::size_t unit = 0;
  std::string name;       // its class
  std::string technique;  // of an attack
  bool attack = false;
};

bool says_attack(const Claim& claim) {
  return std::find(kAttackParents.begin(), kAttackParents.end(), claim.parent()) !=
         kAttackParents.end();
}

class Http : public Corpus {
 public:
  [[nodiscard]] std::string_view kind() const override { return "http"; }
  [[nodiscard]] std::size_t rows() const override { return requests_.size(); }

  void add(const Json& object, Row& row) {
    const auto member = [&object](std::string_view key) {
      const Json* const value = object.find(key);
      return value == nullptr ? Json() : *value;
    };
    const Json headers = member("headers");
    Json agent;
    if (const auto* fields = headers.object()) {
      const auto found = std::find_if(fields->begin(), fields->end(),
                                      [](const auto& field) { return is_user_agent(field.first); });
      if (found != fields->end()) agent = found->second;
    } else {
      row.object_to("'headers' is no object");
    }
    Request request;
    request.unit = units_.add({row.text("method") + " " + row.text("uri") + " " + headers.dump() +
                                   "\n" + row.text_or("body", ""),
                               "http_request",
                               Json::object({{"method", member("method")},
                                             {"raw_url", member("uri")},
                                             {"user_agent", agent},
                                             {"headers", headers},
                                             {"body", member("body")}})});
    request.name = row.text("class");
    request.technique = row.text_or("technique", "");
    request.attack = row.boolean("attack");
    requests_.push_back(std::move(request));
  }

  [[nodiscard]] Scores score(std::span<const std::size_t> rows,
                             std::span<const Prediction> predictions) const override {
    struct Counts {
      std::int64_t attacks = 0;
      std::int64_t found = 0;
      std::int64_t near_misses = 0;
      std::int64_t tagged = 0;
    };
    std::map<std::string_view, Counts> by_class;
    for (const std::size_t row : rows) {
      const Request& request = requests_[row];
      const Prediction& got = predictions[request.unit];
      for (const std::string_view name : {std::string_view(request.name), kAll}) {
        Counts& counts = by_class[name];
        if (request.attack) {
          ++counts.attacks;
          counts.found += is_found(request, got) ? 1 : 0;
        } else {
          ++counts.near_misses;
          counts.tagged += std::any_of(got.claims.begin(), got.claims.end(), says_attack) ? 1 : 0;
        }
      }
    }
    Scores scores;
    for (const auto& [name, counts] : by_class) {
      const std::string head = "http/" + std::string(name) + "/";
      const bool all = name == kAll;
      scores.count(head + "attacks", counts.attacks);
      scores.share(head + "recall", counts.found, counts.attacks,
                   all ? Wish::kHigher : Wish::kNone);
      scores.count(head + "near_misses", counts.near_misses);
      scores.share(head + "tagged_near_misses", counts.tagged, counts.near_misses,
                   all ? Wish::kLower : Wish::kNone);
    }
    return scores;
  }

  [[nodiscard]] std::vector<Verdict> verdicts(
      std::span<const Prediction> predictions) const override {
    std::vector<Verdict> verdicts;
    for (const Request& request : requests_) {
      const Prediction& got = predictions[request.unit];
      Verdict& verdict = verdicts.emplace_back();
      verdict.text = units_[request.unit].text;
      verdict.wanted = request.name + ": " + (request.attack ? request.technique : "nothing");
      if (request.attack && !is_found(request, got)) verdict.outcome = Verdict::Outcome::kMissed;
      for (const Claim& claim : got.claims) {
        verdict.tags.push_back(&claim);
        // What else an attack shows has no label.
        if (request.attack && claim.parent() == request.technique) {
          verdict.judged.push_back({&claim, true});
        } else if (!request.attack && says_attack(claim)) {
          verdict.judged.push_back({&claim, false});
          verdict.outcome = Verdict::Outcome::kFalseAlarm;
        }
      }
    }
    return verdicts;
  }

 private:
  static constexpr std::string_view kAll = "all";

  static bool is_user_agent(std::string_view name) {
    constexpr std::string_view kName = "user-agent";
    return std::equal(name.begin(), name.end(), kName.begin(), kName.end(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
  }

  static bool is_found(const Request& request, const Prediction& got) {
    return !request.technique.empty() && got.has_parent(request.technique);
  }

  std::vector<Request> requests_;
};

}  // namespace

MadeCorpus make_http(const std::vector<Json>& rows) {
  auto corpus = std::make_unique<Http>();
  std::size_t next = 0;
  if (auto problem = read_rows(rows, [&](Row& row) { corpus->add(rows[next++], row); })) {
    return tl::unexpected(*std::move(problem));
  }
  return corpus;
}

}  // namespace decnet::evaluation
