#include <array>
#include <utility>

#include "health/resources.h"

namespace unified::health {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

constexpr std::array<Entry, 10> kAdvice{{
    {"connect",
     "is the broker running (`unified_entrypoint status`)? From another machine: is its port "
     "published (-p 4222:4222) and open in the firewall? --nats-url names another one"},
    {"monitoring",
     "is the monitoring port published (-p 8222:8222)? MONITORING_ENABLED=false binds it to the "
     "server's own machine; --http-url names another one"},
    {"jetstream",
     "JETSTREAM_ENABLED=true is needed on the server; while it recovers a large store it answers "
     "later: NATS_LOG_FILE or `docker logs` tell"},
    {"streams",
     "`unified_entrypoint init` creates what is missing, but not a stream whose files were "
     "there and not loaded; `plan` shows which is which"},
    {"datatypes",
     "`unified_entrypoint plan` shows which stream should store it and why it does not; `init` "
     "binds what is missing"},
    {"config",
     "`unified_entrypoint plan` shows each difference, what is at stake and what RECONCILE_ALLOW "
     "would permit"},
    {"resources",
     "raise JETSTREAM_MAX_FILE, JETSTREAM_MAX_MEMORY or NATS_MAX_CONNECTIONS and restart, or keep "
     "less: STREAM_MAX_AGE, STREAM_MAX_BYTES"},
    {"storage", "free disk space below JETSTREAM_STORE_DIR, or keep less: STREAM_MAX_BYTES"},
    {"publish",
     "a stream that stores everything (`>`) or a spent JETSTREAM_MAX_MEMORY prevents it; the "
     "message above says which"},
    {"flow",
     "is the collector running, and does it publish to these subjects? `nats sub` shows what "
     "arrives. Some types come only every few minutes: try a longer --flow"},
}};

}  // namespace

std::string advice(const Check& check) {
  if (check.status == Status::kPass)
    return {};
  for (const auto& [name, text] : kAdvice)
    if (check.name == name)
      return std::string{text};
  return {};
}

}  // namespace unified::health
