// The bus on NATS: JetStream for what must not be lost, plain publish for the rest.
//
// Subjects:   "<prefix>.<topic>"; the body is the envelope.
// Streams:    DECNET_EVENTS takes <prefix>.attacker.>, identity.>, credential.>, email.>, canary.>;
//             DECNET_TTP takes <prefix>.ttp.>. Limits retention, file storage. Missing ones are
//             made when `create_streams` says so, else named in the error.
// Durable:    a subscription with a durable name is a pull consumer shared by every worker of that
//             name; what is not acknowledged comes again.
//             A stream or consumer that somebody deletes is made again within seconds; what the
//             stream held is gone.
// Publishing: a topic of a stream counts as published when the stream stored it, with the
// envelope's
//             id as message id (the stream drops repeats inside its duplicate window); any other
//             topic when it was written to the connection.
// Security:   by the URL (nats://user:password@host, tls://host) and the files named in the
// options;
//             certificates mean TLS, whatever the URL begins with.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/bus/bus.h"

namespace decnet::bus {

struct NatsBusOptions {
  std::string url = "nats://127.0.0.1:4222";  // several, separated by commas, make a cluster
  std::string client_name = "decnet";
  std::string prefix = "decnet";
  bool create_streams = true;
  std::filesystem::path credentials{};  // a .creds file; empty: none
  std::filesystem::path ca{};           // certificates to trust beside the system's; empty: none
  std::filesystem::path certificate{};  // client certificate and key; empty: none
  std::filesystem::path key{};
  std::chrono::milliseconds ack_wait{30'000};   // until an unacknowledged event comes again
  std::chrono::milliseconds look_again{5'000};  // whether streams and consumer are still there
};

inline constexpr const char* kEventStream = "DECNET_EVENTS";
inline constexpr const char* kTtpStream = "DECNET_TTP";

// Starts to connect; a server that is not there yet is awaited, state() says so.
// Errors: kInvalid for options the client refuses (unreadable credential files).
Result<std::unique_ptr<Bus>> open_nats_bus(NatsBusOptions options,
                                           const Clock& clock = system_clock());

}  // namespace decnet::bus
