#include "jetstream/presets.h"

#include "embedded/all_streams.h"
#include "embedded/broker_streams.h"
#include "embedded/custom_example_streams.h"
#include "embedded/default_streams.h"
#include "embedded/push_streams.h"

namespace unified::jetstream {

std::vector<Preset> presets() {
  return {{"default", "streams.yaml", embedded::default_streams},
          {"broker", "streams.broker.yaml", embedded::broker_streams},
          {"push", "streams.push.yaml", embedded::push_streams},
          {"all", "streams.all.yaml", embedded::all_streams},
          {"custom-example", "streams.custom-example.yaml", embedded::custom_example_streams}};
}

}  // namespace unified::jetstream
