// decnet ttp-deadletters: the messages that the worker gave up.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <vector>

#include "decnet/base/utf8.h"
#include "decnet/bus/envelope.h"
#include "decnet/cli/commands.h"
#include "decnet/cli/database.h"
#include "decnet/cli/dead_letters.h"
#include "decnet/cli/open_bus.h"
#include "decnet/cli/table.h"
#include "decnet/worker/topics.h"

namespace decnet::cli {
namespace {

Json as_json(const NamedLetter& named) {
  const bool in_database = named.name == std::to_string(named.letter.number);
  Json::Object members{{"number", in_database ? Json(named.letter.number) : Json(named.name)}};
  const Json letter = storage::to_json(named.letter);
  members.insert(members.end(), letter.object()->begin(), letter.object()->end());
  return Json(std::move(members));
}

class List : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Lists the messages that the worker gave up, oldest first, and why. Those whose number "
            "begins with f are files in the spool directory, from a time when the database had "
            "no table for them.",
        .environment = {"DECNET_DB_PATH", "DECNET_SPOOL_DIR"},
        .examples = {{"decnet ttp-deadletters list", ""}},
        .success = "listed, be it nothing",
        .failure = "the database cannot be read"};
  }
  void declare(Options& options) override {
    declare_database_option(options);
    options.flag("--json", json_, "Prints one JSON object a line instead of a table.");
  }
  int run(Context& context) override {
    auto dead = DeadLetters::open(context.config);
    if (!dead) return context.failed(dead.error());
    const auto letters = dead->all();
    if (!letters) return context.failed(letters.error());
    if (json_) {
      for (const auto& letter : *letters) context.out.json_line(as_json(letter).dump());
      return kSuccess;
    }
    if (letters->empty()) {
      context.out.line("No dead letters.");
      return kSuccess;
    }
    Table table({{.title = "number", .align = Table::Align::kRight},
                 {.title = "died at", .style = Style::kDim},
                 {.title = "topic", .shrinks = true},
                 {.title = "attempts", .align = Table::Align::kRight},
                 {.title = "reason", .shrinks = true}});
    for (const auto& [name, letter] : *letters) {
      table.row({name, to_iso_text(letter.died_at).substr(0, 19), letter.topic,
                 fmt::format("{}", letter.attempts), letter.reason});
    }
    context.out.write(table.text(context.out));
    return kSuccess;
  }

 private:
  bool json_ = false;
};

// The commands that name one letter, or all.
class OnLetters : public Command {
 public:
  void declare(Options& options) override {
    options.argument("NUMBER", number_, "The letter's number as listed (3, f3), or all.");
    declare_database_option(options);
  }

  int run(Context& context) override {
    if (!number_) return context.failed("which letter? give a number, or all", kUsageError);
    const bool all = *number_ == "all" && takes_all();
    if (!all && !DeadLetters::is_name(*number_)) {
      return context.failed(fmt::format("'{}' is no number", *number_), kUsageError);
    }
    auto dead = DeadLetters::open(context.config);
    if (!dead) return context.failed(dead.error());
    if (all) {
      const auto letters = dead->all();
      if (!letters) return context.failed(letters.error());
      return on(context, *dead, *letters);
    }
    auto letter = dead->find(*number_);
    if (!letter) return context.failed(letter.error());
    if (!*letter) return context.failed(fmt::format("there is no dead letter {}", *number_));
    return on(context, *dead, {**std::move(letter)});
  }

 protected:
  [[nodiscard]] virtual bool takes_all() const { return true; }
  virtual int on(Context& context, DeadLetters& dead, const std::vector<NamedLetter>& letters) = 0;

 private:
  std::optional<std::string> number_;
};

class Show final : public OnLetters {
 public:
  [[nodiscard]] Manual manual() const override {
    return {.description = "Prints a dead letter whole, as one JSON object.",
            .environment = {"DECNET_DB_PATH", "DECNET_SPOOL_DIR"},
            .examples = {{"decnet ttp-deadletters show 3 | jq .payload", "what came"}},
            .success = "printed",
            .failure = "there is no such letter, or the database cannot be read"};
  }

 protected:
  int on(Context& context, DeadLetters&, const std::vector<NamedLetter>& letters) override {
    for (const auto& letter : letters) context.out.json_line(as_json(letter).dump());
    return kSuccess;
  }
};

class Drop final : public OnLetters {
 public:
  [[nodiscard]] Manual manual() const override {
    return {.description = "Forgets a dead letter, or all of them.",
            .environment = {"DECNET_DB_PATH", "DECNET_SPOOL_DIR"},
            .examples = {{"decnet ttp-deadletters drop 3", ""},
                         {"decnet ttp-deadletters drop all", ""}},
            .success = "forgotten",
            .failure = "there is no such letter, or the database cannot be written"};
  }

 protected:
  int on(Context& context, DeadLetters& dead, const std::vector<NamedLetter>& letters) override {
    for (const auto& letter : letters) {
      if (const auto dropped = dead.drop(letter); !dropped) return context.failed(dropped.error());
    }
    context.out.line(fmt::format("dropped {}", letters.size()));
    return kSuccess;
  }
};

// A bus that keeps nothing hands a letter to whoever listens at that moment: without a worker it
// would be gone. Errors: kUnavailable when no worker's heartbeat comes in that time.
Result<void> hear_worker(bus::Bus& bus, std::chrono::seconds wait) {
  const std::string topic(worker::kHealthTopic);
  const bus::State state = bus.state();
  if (state.link != bus::Link::kConnected) {
    return fail(ErrorCode::kUnavailable, "the bus is not there: " + state.last_error);
  }
  DECNET_TRY(const auto heartbeats, bus.subscribe(std::array{topic}, ""));
  const auto deadline = std::chrono::steady_clock::now() + wait;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    if (!heartbeats->next(1, left).empty()) return {};
  }
  return fail(ErrorCode::kUnavailable,
              fmt::format("no worker is listening on this bus (no {} in {} s); start it, or use "
                          "NATS, which keeps what is published; the letters are kept",
                          topic, wait.count()));
}

class Retry final : public OnLetters {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Publishes a dead letter, or all of them, on the bus again, where a running worker "
            "takes it up, and forgets it here. A letter that the bus refuses, or that never was an "
            "envelope, stays, and the others go on.\n\n"
            "The UNIX socket bus keeps nothing: on it a worker's heartbeat is awaited first, which "
            "comes every 30 s, and without one nothing is published or forgotten.",
        .environment = {"DECNET_DB_PATH", "DECNET_SPOOL_DIR", "DECNET_BUS_TYPE",
                        "DECNET_BUS_SOCKET", "DECNET_BUS_URL"},
        .examples = {{"decnet ttp-deadletters retry all", ""}},
        .success = "published",
        .failure =
            "there is no such letter, the bus refused one, no worker listens, or the bus or "
            "the database is not there"};
  }
  void declare(Options& options) override {
    OnLetters::declare(options);
    options.integer("--wait", "S", wait_, 1, 3600,
                    "Seconds to wait for a worker's heartbeat, on a bus that keeps nothing.");
  }

 protected:
  int on(Context& context, DeadLetters& dead, const std::vector<NamedLetter>& letters) override {
    auto bus = open_bus(context.config, "ttp-deadletters", {});
    if (!bus) return context.failed(bus.error());
    if ((*bus)->state().link == bus::Link::kDisabled) {
      return context.failed("the bus is switched off (DECNET_BUS_ENABLED=false)");
    }
    if ((*bus)->hears_itself()) {
      return context.failed("the memory bus reaches no other process (DECNET_BUS_TYPE)");
    }
    if (!letters.empty() && !(*bus)->durable()) {
      const auto heard = hear_worker(**bus, std::chrono::seconds(*wait_));
      if (!heard) return context.failed(heard.error());
    }
    std::size_t published = 0;
    std::size_t refused = 0;
    std::optional<Error> stopped;
    for (const auto& named : letters) {
      const auto& [name, letter] = named;
      if (letter.message_id.empty()) {
        context.failed(fmt::format("letter {}: is no envelope: nothing could read it", name));
        ++refused;
        continue;
      }
      // A new id: the old one may still be in a stream's duplicate window.
      bus::Envelope envelope{letter.topic, letter.type, letter.payload, bus::random_id(),
                             letter.ts};
      auto sent = (*bus)->publish(envelope);
      if (!sent && sent.error().code == ErrorCode::kInvalid) {
        // It will never pass, which says nothing about the others.
        context.failed(fmt::format("letter {}: {}", name, sent.error().message));
        ++refused;
        continue;
      }
      if (!sent) {
        stopped = sent.error();
        break;
      }
      ++published;
      if (const auto dropped = dead.drop(named); !dropped) {
        stopped = dropped.error();
        break;
      }
    }
    context.out.line(fmt::format("published {}", published));
    if (stopped) return context.failed(*stopped);
    if (refused == 0) return kSuccess;
    return context.failed(fmt::format("{} refused, and kept", refused));
  }

 private:
  // A heartbeat and a half.
  std::optional<std::int64_t> wait_ = 45;
};

}  // namespace

std::unique_ptr<Command> ttp_deadletters_list() { return std::make_unique<List>(); }
std::unique_ptr<Command> ttp_deadletters_show() { return std::make_unique<Show>(); }
std::unique_ptr<Command> ttp_deadletters_retry() { return std::make_unique<Retry>(); }
std::unique_ptr<Command> ttp_deadletters_drop() { return std::make_unique<Drop>(); }

}  // namespace decnet::cli
