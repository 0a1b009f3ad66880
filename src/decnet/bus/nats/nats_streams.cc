#include "decnet/bus/nats/nats_streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/bus/topic.h"

namespace decnet::bus {
namespace {

constexpr const char* kComponent = "bus.client";
constexpr std::array<std::string_view, 5> kEventTopics = {"attacker.>", "identity.>",
                                                          "credential.>", "email.>", "canary.>"};
constexpr std::string_view kTtpTopics = "ttp.>";
// The server forgets message ids after this long; a repeat after it is delivered again.
constexpr std::chrono::nanoseconds kDuplicateWindow = std::chrono::minutes{2};
// Of streams we make: a worker that was away for a month begins with what is left. Without a limit
// they would grow until the server's disk is full, and then nothing would be taken any more.
constexpr std::chrono::nanoseconds kMaxAge = std::chrono::hours{24 * 30};

// Whether everything that `wanted`, which ends in ">", takes is taken by one of `subjects`.
bool covered(std::span<const char* const> subjects, std::string_view wanted) {
  const std::string stem(wanted.substr(0, wanted.size() - 1));
  const auto taken = [&](const std::string& subject) {
    return std::any_of(subjects.begin(), subjects.end(),
                       [&](const char* pattern) { return topic_matches(pattern, subject); });
  };
  // One token more, and several: "a.*" is less than "a.>", and so is "a.*.>".
  return taken(stem + "0") && taken(stem + "0.0");
}

// A stream that exists may take more than ours. One that takes less would lose events in silence:
// mostly it belongs to a bus of another prefix. A copy of another stream takes no subjects itself.
Result<void> check_subjects(const jsStreamConfig& config, const char* name,
                            std::span<const std::string> wanted) {
  if (config.Mirror != nullptr || config.SourcesLen > 0) return {};
  const std::span<const char* const> subjects(config.Subjects,
                                              static_cast<std::size_t>(config.SubjectsLen));
  for (const std::string& subject : wanted) {
    if (covered(subjects, subject)) continue;
    return fail(
        ErrorCode::kUnavailable,
        fmt::format("nats: stream {} exists and does not take {} but {}: buses of different "
                    "prefixes need servers or accounts of their own, or a stream that "
                    "takes both",
                    name, subject, printable(fmt::format("{}", fmt::join(subjects, ", ")))));
  }
  return {};
}

Result<void> ensure_stream(NatsSession& session, const NatsBusOptions& options, const char* name,
                           std::span<const std::string_view> topics) {
  std::vector<std::string> subjects;
  for (const std::string_view topic : topics) {
    subjects.push_back(fmt::format("{}.{}", options.prefix, topic));
  }
  jsStreamInfo* info = nullptr;
  jsErrCode code{};
  natsStatus status = js_GetStreamInfo(&info, session.jetstream.get(), name, nullptr, &code);
  const NatsStreamInfo existing(info);
  if (status == NATS_OK) return check_subjects(*existing->Config, name, subjects);
  if (status != NATS_NOT_FOUND) return fail(nats_error(status, name, code));
  if (!options.create_streams) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("nats: stream {} is missing and may not be created "
                            "(DECNET_NATS_CREATE=false)",
                            name));
  }
  std::vector<const char*> texts;
  for (const std::string& subject : subjects) texts.push_back(subject.c_str());
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  config.Name = name;
  config.Subjects = texts.data();
  config.SubjectsLen = static_cast<int>(texts.size());
  config.Retention = js_LimitsPolicy;
  config.Storage = js_FileStorage;
  config.Discard = js_DiscardOld;
  config.MaxAge = kMaxAge.count();
  config.Duplicates = kDuplicateWindow.count();
  info = nullptr;
  status = js_AddStream(&info, session.jetstream.get(), &config, nullptr, &code);
  jsStreamInfo_Destroy(info);
  if (status != NATS_OK) return fail(nats_error(status, name, code));
  log::info(kComponent, fmt::format("made stream {}: events are kept for 30 days", name));
  return {};
}

}  // namespace

bool in_stream(std::string_view topic) {
  return topic_matches(kTtpTopics, topic) ||
         std::any_of(kEventTopics.begin(), kEventTopics.end(),
                     [topic](std::string_view pattern) { return topic_matches(pattern, topic); });
}

Result<void> ensure_streams(NatsSession& session, const NatsBusOptions& options) {
  if (session.streams_ready) return {};
  DECNET_CHECK(ensure_stream(session, options, kEventStream, kEventTopics));
  DECNET_CHECK(ensure_stream(session, options, kTtpStream, std::span(&kTtpTopics, 1)));
  session.streams_ready = true;
  return {};
}

Result<bool> has_consumer(NatsSession& session, const std::string& name) {
  jsConsumerInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status = js_GetConsumerInfo(&info, session.jetstream.get(), kEventStream,
                                               name.c_str(), nullptr, &code);
  jsConsumerInfo_Destroy(info);
  if (status == NATS_OK) return true;
  if (status == NATS_NOT_FOUND) return false;
  return fail(nats_error(status, "consumer " + name, code));
}

// No filter: the server knows one a consumer, and there are nine patterns; what is not wanted is
// acknowledged unread.
Result<bool> ensure_consumer(NatsSession& session, const NatsBusOptions& options,
                             const std::string& name) {
  DECNET_TRY(const bool there, has_consumer(session, name));
  if (there) return false;
  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  config.Durable = name.c_str();
  config.AckPolicy = js_AckExplicit;
  config.AckWait = std::chrono::nanoseconds(options.ack_wait).count();
  config.MaxDeliver = -1;  // giving up is the worker's decision, who keeps a dead letter
  config.MaxAckPending = 20'000;
  jsConsumerInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status =
      js_AddConsumer(&info, session.jetstream.get(), kEventStream, &config, nullptr, &code);
  jsConsumerInfo_Destroy(info);
  if (status != NATS_OK) return fail(nats_error(status, "consumer " + name, code));
  return true;
}

}  // namespace decnet::bus
