#include "decnet/bus/nats/nats_client.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "decnet/base/file.h"
#include "decnet/base/utf8.h"

namespace decnet::bus {
namespace {

// What it takes to reach a server that answers, and to be let in.
constexpr std::int64_t kConnectTimeoutMs = 5'000;

std::string last_error_of(natsConnection* connection) {
  const char* text = nullptr;
  const natsStatus status = natsConnection_GetLastError(connection, &text);
  if (text != nullptr && *text != '\0') return printable(text);
  return status == NATS_OK ? "connection lost" : natsStatus_GetText(status);
}

// The last thing the library says about a connection: until then what it calls back with lives.
void on_closed(natsConnection* connection, void* closure) {
  const std::unique_ptr<NatsCallbacks> callbacks(static_cast<NatsCallbacks*>(closure));
  callbacks->ended(last_error_of(connection));
}

void on_error(natsConnection* connection, natsSubscription*, natsStatus, void* closure) {
  static_cast<NatsCallbacks*>(closure)->complained(last_error_of(connection));
}

std::vector<std::string> urls_of(const NatsBusOptions& wanted) {
  std::vector<std::string> urls;
  std::string_view rest = wanted.url;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (comma != 0) urls.emplace_back(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return urls;
}

Result<NatsOptions> options_of(const NatsBusOptions& wanted, NatsCallbacks* callbacks) {
  natsOptions* raw = nullptr;
  if (natsOptions_Create(&raw) != NATS_OK) return fail(ErrorCode::kInternal, "nats: no options");
  NatsOptions options(raw);
  natsStatus status = NATS_OK;
  const char* what = "options";
  const auto set = [&](const char* name, natsStatus result) {
    if (status == NATS_OK && result != NATS_OK) {
      status = result;
      what = name;
    }
  };
  const std::vector<std::string> urls = urls_of(wanted);
  std::vector<const char*> servers;
  for (const std::string& url : urls) servers.push_back(url.c_str());
  set("URL", natsOptions_SetServers(raw, servers.data(), static_cast<int>(servers.size())));
  if (has_tls_url(wanted) || names_tls_files(wanted)) {
    set("TLS", natsOptions_SetSecure(raw, true));
  }
  set("name", natsOptions_SetName(raw, wanted.client_name.c_str()));
  // One thread for all subscriptions, which keeps the order between patterns.
  set("delivery", natsOptions_UseGlobalMessageDelivery(raw, true));
  set("no echo", natsOptions_SetNoEcho(raw, true));
  set("timeout", natsOptions_SetTimeout(raw, kConnectTimeoutMs));
  // The library gives up for good when a server refuses a user twice, and keeps to itself why a
  // first try fails: NatsLink tries again instead.
  set("reconnect", natsOptions_SetAllowReconnect(raw, false));
  set("callbacks", natsOptions_SetClosedCB(raw, &on_closed, callbacks));
  set("callbacks", natsOptions_SetErrorHandler(raw, &on_error, callbacks));
  if (!wanted.credentials.empty()) {
    set("credentials file",
        natsOptions_SetUserCredentialsFromFiles(raw, wanted.credentials.c_str(), nullptr));
  }
  if (!wanted.ca.empty()) {
    set("CA file", natsOptions_LoadCATrustedCertificates(raw, wanted.ca.c_str()));
  }
  if (!wanted.certificate.empty()) {
    set("certificate or key file",
        natsOptions_LoadCertificatesChain(raw, wanted.certificate.c_str(), wanted.key.c_str()));
  }
  if (status != NATS_OK) {
    return fail(ErrorCode::kInvalid, fmt::format("nats: {}: {}", what, natsStatus_GetText(status)));
  }
  return options;
}

bool can_never_work(natsStatus status) {
  return status == NATS_INVALID_ARG || status == NATS_ADDRESS_MISSING ||
         status == NATS_ILLEGAL_STATE;
}

}  // namespace

bool has_tls_url(const NatsBusOptions& options) {
  const auto urls = urls_of(options);
  return std::any_of(urls.begin(), urls.end(),
                     [](const std::string& url) { return url.starts_with("tls://"); });
}

bool names_tls_files(const NatsBusOptions& options) {
  return !options.ca.empty() || !options.certificate.empty();
}

Error nats_error(natsStatus status, std::string_view what, jsErrCode code) {
  std::string text = fmt::format("nats: {}: {}", what, natsStatus_GetText(status));
  natsStatus last = NATS_OK;
  const char* known = nats_GetLastError(&last);
  std::string more = known == nullptr || last != status ? "" : printable(known);
  // "(conn.c:733): " is for the library's own people.
  if (const auto end = more.find("): "); more.starts_with('(') && end != std::string::npos) {
    more.erase(0, end + 3);
  }
  if (!more.empty() && more != natsStatus_GetText(status)) text += ", " + more;
  if (static_cast<int>(code) != 0) text += fmt::format(" (JetStream {})", static_cast<int>(code));
  return {ErrorCode::kUnavailable, std::move(text)};
}

Result<std::shared_ptr<NatsSession>> connect_nats(const NatsBusOptions& wanted,
                                                  NatsCallbacks callbacks) {
  auto kept = std::make_unique<NatsCallbacks>(std::move(callbacks));
  DECNET_TRY(const NatsOptions options, options_of(wanted, kept.get()));
  natsConnection* connection = nullptr;
  const natsStatus status = natsConnection_Connect(&connection, options.get());
  if (status != NATS_OK) {
    Error error = nats_error(status, "connect");
    if (can_never_work(status)) error.code = ErrorCode::kInvalid;
    return fail(std::move(error));
  }
  (void)kept.release();  // on_closed() has it
  auto session = std::make_shared<NatsSession>();
  session->connection.reset(connection);
  jsCtx* jetstream = nullptr;
  const natsStatus context = natsConnection_JetStream(&jetstream, connection, nullptr);
  if (context != NATS_OK) {
    natsConnection_Close(connection);
    return fail(nats_error(context, "JetStream"));
  }
  session->jetstream.reset(jetstream);
  return session;
}

}  // namespace decnet::bus
