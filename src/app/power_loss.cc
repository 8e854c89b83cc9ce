#include "app/power_loss.h"

#include <chrono>

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::app {

std::string power_loss_costs(const config::JetStreamSettings& jetstream, ServerVersion version) {
  using std::chrono_literals::operator""min;
  if (jetstream.sync_always)
    return "no acknowledged message (JETSTREAM_SYNC_INTERVAL=always)";
  if (jetstream.sync_interval)
    return fmt::format("up to the last {} of acknowledged messages (JETSTREAM_SYNC_INTERVAL)",
                       format_duration(*jetstream.sync_interval));
  constexpr ServerVersion kKnowsSyncInterval{2, 10, 0};
  if (version < kKnowsSyncInterval)
    return fmt::format(
        "up to the last {} of acknowledged messages (nats-server {} knows no other interval)",
        format_duration(1min), to_text(version));
  return fmt::format(
      "up to the last {} of acknowledged messages (nats-server's default; "
      "JETSTREAM_SYNC_INTERVAL=always: none, but far fewer a second)",
      format_duration(2min));
}

}  // namespace unified::app
