// The client library of NATS, for the .cc files of this folder alone: its handles as owners, its
// errors as ours, and one connection made by the options of the bus.
#pragma once

#include <nats/nats.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/bus/nats/nats_bus.h"

namespace decnet::bus {

template <typename T, void (*kDestroy)(T*)>
struct NatsDestroyer {
  void operator()(T* object) const { kDestroy(object); }
};
template <typename T, void (*kDestroy)(T*)>
using NatsHandle = std::unique_ptr<T, NatsDestroyer<T, kDestroy>>;

using NatsOptions = NatsHandle<natsOptions, natsOptions_Destroy>;
using NatsConnection = NatsHandle<natsConnection, natsConnection_Destroy>;
using NatsJetStream = NatsHandle<jsCtx, jsCtx_Destroy>;
using NatsSubscription = NatsHandle<natsSubscription, natsSubscription_Destroy>;
using NatsStreamInfo = NatsHandle<jsStreamInfo, jsStreamInfo_Destroy>;
using NatsMessage = NatsHandle<natsMsg, natsMsg_Destroy>;

// kUnavailable: "nats: <what>: <status>, <what the library knows more>". On the thread of the call
// that failed.
Error nats_error(natsStatus status, std::string_view what, jsErrCode code = {});

// One connection, from when it is made until it ends; it does not come back by itself.
struct NatsSession {
  NatsConnection connection;
  NatsJetStream jetstream;
  std::map<const void*, std::vector<NatsSubscription>> plain;  // without a durable name, by whose
  std::atomic<bool> streams_ready{false};

  [[nodiscard]] bool connected() const {
    return natsConnection_Status(connection.get()) == NATS_CONN_STATUS_CONNECTED;
  }
};

// TLS is for a tls:// URL, and for every URL where certificates are named: whoever names them does
// not mean to speak, and send passwords, in the clear.
bool has_tls_url(const NatsBusOptions& options);
bool names_tls_files(const NatsBusOptions& options);

struct NatsCallbacks {
  // The connection ended, for that reason; said once, and the last that is said.
  std::function<void(const std::string& why)> ended;
  // The server complains of something that no call waits for, such as a permission.
  std::function<void(const std::string& what)> complained;
};

// Errors: kInvalid for options that can never work; kUnavailable when no server answers, or the one
// that does refuses us. The callbacks come on threads of the library, and may outlive the session.
Result<std::shared_ptr<NatsSession>> connect_nats(const NatsBusOptions& options,
                                                  NatsCallbacks callbacks);

}  // namespace decnet::bus
