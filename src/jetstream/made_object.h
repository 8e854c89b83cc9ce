#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace unified::jetstream {

/// A stream, or a consumer of it, whose configuration a request has nats-server write.
struct MadeObject {
  std::string stream;
  std::string consumer;  ///< empty: the stream itself

  friend auto operator<=>(const MadeObject&, const MadeObject&) = default;
};

/// What the request to `subject` (`$JS.API.STREAM.CREATE.NAME`, `….UPDATE.NAME`, and both forms of
/// CONSUMER.CREATE, which also updates) makes; nothing for every other request, and for a consumer
/// that is given its name by the server: such a one is ephemeral.
std::optional<MadeObject> made_by(std::string_view subject);

}  // namespace unified::jetstream
