#include "decnet/cli/metrics_server.h"

#include <fmt/format.h>
#include <httplib.h>

#include <charconv>
#include <mutex>
#include <thread>

#include "decnet/base/utf8.h"

namespace decnet::cli {
namespace {

// Scrapers are few; a crowd of connections must not cost threads.
constexpr std::size_t kThreads = 2;

class Text {
 public:
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    describe(name, "counter", help);
    sample(name, "", value);
  }
  void gauge(std::string_view name, std::string_view help, double value) {
    describe(name, "gauge", help);
    sample(name, "", value);
  }
  void describe(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  }
  // `labels` is empty, or as `{reason="below_floor"}`.
  template <typename Number>
  void sample(std::string_view name, std::string_view labels, Number value) {
    fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name, labels, value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// As the exposition format wants it: rule ids are their authors' to choose.
std::string label_value(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

struct Address {
  std::string host;
  int port = 0;
};

Result<Address> address_of(std::string_view text) {
  const auto wrong = [text] {
    return fail(ErrorCode::kInvalid,
                fmt::format("'{}' is no HOST:PORT with a port from 0 to 65535", printable(text)));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return wrong();
  Address address;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  address.host = std::string(host);
  const std::string_view port = text.substr(colon + 1);
  const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (problem != std::errc() || end != port.data() + port.size() || address.port < 0 ||
      address.port > 65535) {
    return wrong();
  }
  return address;
}

// In milliseconds, as the name says that the framework's design reserves for it.
void latency(const tagging::Measurements::Snapshot& measured, Text& text) {
  constexpr std::string_view kName = "ttp_eval_latency_ms";
  text.describe(kName, "histogram", "Time to evaluate an event, in milliseconds.");
  const auto bucket = [&](std::string_view bound, std::uint64_t events) {
    text.sample(fmt::format("{}_bucket", kName), fmt::format("{{le=\"{}\"}}", bound), events);
  };
  for (std::size_t i = 0; i < measured.at_most.size(); ++i) {
    bucket(fmt::format("{}", tagging::Measurements::kBoundsMs[i]), measured.at_most[i]);
  }
  bucket("+Inf", measured.events);
  text.sample(fmt::format("{}_sum", kName), "", measured.total_ms);
  text.sample(fmt::format("{}_count", kName), "", measured.events);
}

void fires(const tagging::Measurements::Snapshot& measured, Text& text) {
  constexpr std::string_view kName = "ttp_rule_fire_total";
  text.describe(kName, "counter",
                "Events on which a rule fired, whether its tags were new or not.");
  for (const auto& [rule, events] : measured.fired) {
    text.sample(kName,
                fmt::format("{{rule_id=\"{}\",technique_id=\"{}\"}}", label_value(rule.first),
                            label_value(rule.second)),
                events);
  }
}

}  // namespace

std::string metrics_text(const worker::Health& health,
                         const tagging::Measurements::Snapshot& measured) {
  Text text;
  text.gauge("ttp_rule_compiled", "Rules in force.", static_cast<double>(health.rules));
  text.gauge("ttp_rule_disabled", "Rules that an operator disabled.",
             static_cast<double>(health.rule_plane.disabled));
  text.gauge("ttp_rule_clipped", "Rules whose confidence an operator holds down.",
             static_cast<double>(health.rule_plane.clipped));
  text.gauge("ttp_rule_broken", "Problems of rule documents and states.",
             static_cast<double>(health.rule_plane.broken.count));
  text.gauge("ttp_rule_store_ok", "1 while the rules can be looked at.",
             health.rule_plane.failure.empty() ? 1 : 0);
  text.counter("ttp_rule_reloads_total", "Times other rules or states were put in force.",
               health.rule_plane.reloads);
  text.counter("ttp_eval_events_total", "Events given to the tagger.", health.events);
  latency(measured, text);
  fires(measured, text);
  text.counter("ttp_eval_failures_total", "Events a lifter failed on.", health.lifter_failures);
  text.counter("ttp_tag_written_total", "Tags that were new and are stored.", health.tags);
  text.describe("ttp_tag_dropped_total", "counter", "Tags that were not stored.");
  text.sample("ttp_tag_dropped_total", "{reason=\"below_floor\"}", health.below_floor);
  text.sample("ttp_tag_dropped_total", "{reason=\"rate_limited\"}", health.rate_limited);
  text.sample("ttp_tag_dropped_total", "{reason=\"rule_disabled\"}", health.rule_disabled);
  text.sample("ttp_tag_dropped_total", "{reason=\"refused\"}", health.refused_rows);
  text.counter("ttp_bus_published_total", "Announcements the bus took.", health.published);
  text.counter("ttp_bus_unpublishable_total", "Announcements that can never be published.",
               health.unpublishable);
  text.counter("ttp_bus_lost_total", "Announcements lost for want of an outbox.",
               health.announcements_lost);
  text.gauge("ttp_bus_outbox", "Announcements waiting for the bus.",
             static_cast<double>(health.outbox));
  text.gauge("ttp_bus_connected", "1 while the bus is connected.",
             health.bus.link == bus::Link::kConnected ? 1 : 0);
  text.gauge("ttp_bus_subscribed", "1 while events published on the bus come, or wait to come.",
             health.subscribed ? 1 : 0);
  text.counter("ttp_bus_reconnects_total", "Times the bus came back.", health.bus.reconnects);
  text.counter("ttp_bus_received_total", "Messages taken from the bus.", health.intake.received);
  text.counter("ttp_bus_dropped_total", "Messages this side had to drop.", health.intake.dropped);
  text.counter("ttp_bus_dropped_by_broker_total",
               "Messages for workers that the broker says it had to drop.",
               health.dropped_by_broker);
  text.counter("ttp_bus_spooled_total", "Messages spooled to disk.", health.intake.spooled);
  text.counter("ttp_bus_undecodable_total", "Messages that were no envelope.",
               health.intake.undecodable);
  text.gauge("ttp_queue_depth", "Messages taken and not committed.",
             static_cast<double>(health.queue_depth));
  text.counter("ttp_messages_total", "Messages done with.", health.messages);
  text.counter("ttp_undispatchable_total", "Messages without kind or anchor.",
               health.undispatchable);
  text.counter("ttp_retries_total", "Times a message waited for its attacker's row.",
               health.retries);
  text.counter("ttp_dead_letters_total", "Messages given up, and kept.", health.dead_letters);
  text.counter("ttp_dead_letters_lost_total", "Messages given up that nothing had room to keep.",
               health.dead_letters_lost);
  text.counter("ttp_database_failures_total", "Times the database did not answer.",
               health.database_failures);
  text.counter("ttp_caught_up_total",
               "New tags of what the bus had not brought and the database has.", health.caught_up);
  text.gauge("ttp_last_commit_timestamp_seconds", "When tags were last committed; 0: never.",
             static_cast<double>(health.last_commit_us) / 1e6);
  text.gauge("ttp_uptime_seconds", "Since the worker started.", health.uptime_s);
  return text.take();
}

struct MetricsServer::Impl {
  httplib::Server server;
  std::thread thread;
  std::string host;
  int port = 0;
  std::mutex mutex;
  std::string text;
};

Result<void> MetricsServer::check(std::string_view address) {
  DECNET_CHECK(address_of(address));
  return {};
}

MetricsServer::MetricsServer() : impl_(std::make_unique<Impl>()) {}

MetricsServer::~MetricsServer() {
  if (!impl_->thread.joinable()) return;
  impl_->server.stop();
  impl_->thread.join();
}

Result<void> MetricsServer::start(std::string_view wanted) {
  DECNET_TRY(const Address address, address_of(wanted));
  impl_->server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  impl_->server.set_tcp_nodelay(true);
  impl_->server.set_read_timeout(5);
  impl_->server.set_write_timeout(5);
  impl_->server.set_keep_alive_max_count(1);
  impl_->server.set_payload_max_length(1024);
  impl_->server.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
    const std::lock_guard lock(impl_->mutex);
    response.set_content(impl_->text, "text/plain; version=0.0.4; charset=utf-8");
  });
  if (address.port == 0) {
    impl_->port = impl_->server.bind_to_any_port(address.host);
  } else if (impl_->server.bind_to_port(address.host, address.port)) {
    impl_->port = address.port;
  }
  if (impl_->port <= 0) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("--metrics {}: cannot listen there", printable(wanted)));
  }
  impl_->host = address.host;
  impl_->thread = std::thread([this] { impl_->server.listen_after_bind(); });
  return {};
}

std::string MetricsServer::url() const {
  const bool six = impl_->host.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}/metrics", six ? "[" : "", impl_->host, six ? "]" : "",
                     impl_->port);
}

void MetricsServer::show(const worker::Health& health,
                         const tagging::Measurements::Snapshot& measured) {
  std::string text = metrics_text(health, measured);
  const std::lock_guard lock(impl_->mutex);
  impl_->text.swap(text);
}

}  // namespace decnet::cli
