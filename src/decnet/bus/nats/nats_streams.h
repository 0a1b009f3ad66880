// What the bus keeps on the server: two streams and the workers' consumer, made when they are
// missing and left as they are when they exist. For the .cc files of this folder alone.
#pragma once

#include <string>
#include <string_view>

#include "decnet/base/error.h"
#include "decnet/bus/nats/nats_client.h"

namespace decnet::bus {

// Whether a stream takes the topic.
bool in_stream(std::string_view topic);

// Both streams are there: asked once a session. Errors: kUnavailable, naming the stream,
// and the subject that one which exists does not take.
Result<void> ensure_streams(NatsSession& session, const NatsBusOptions& options);

// Whether there is a consumer of that name on the stream of events. Errors: kUnavailable.
Result<bool> has_consumer(NatsSession& session, const std::string& name);

// The durable pull consumer of that name on the stream of events; true when it had to be made.
// Errors: kUnavailable.
Result<bool> ensure_consumer(NatsSession& session, const NatsBusOptions& options,
                             const std::string& name);

}  // namespace decnet::bus
