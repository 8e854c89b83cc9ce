#include "jetstream/consumer_expiry.h"

#include <cstdint>

#include "jetstream/consumer_fields.h"

namespace unified::jetstream {

bool expires(const ConsumerSpec& consumer, const nlohmann::json& stream) {
  const Field* field = find_consumer_field("inactive_threshold");
  return field != nullptr &&
         consumer_value_in(*field, consumer.config, stream).get<std::int64_t>() > 0;
}

}  // namespace unified::jetstream
