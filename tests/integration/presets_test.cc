#include "jetstream/presets.h"

#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "support/broker.h"

namespace unified::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class PresetsTest : public ServerTest {};

json golden(const std::string& preset) {
  std::ifstream file{UNIFIED_SOURCE_DIR "/tests/golden/presets/" + preset + ".json"};
  return json::parse(file);
}

std::set<std::string> subjects_of(const json& config) {
  return config.at("subjects").get<std::set<std::string>>();
}

/// Everything that `declared` says is what the server has.
void expect_as_declared(const json& declared, const json& actual, ServerVersion version) {
  for (const auto& [field, value] : declared.items()) {
    if (field == "compression" && version < ServerVersion{2, 10, 0})
      continue;  // unknown to it, and "none" is what it does
    if (field == "subjects")
      EXPECT_EQ(subjects_of(actual), subjects_of(declared)) << declared.at("name");
    else
      EXPECT_EQ(actual.at(field), value) << declared.at("name") << " " << field;
  }
}

/// A subject that the filter `a.>` captures.
std::string example_of(std::string filter) {
  filter.back() = 'x';
  return filter;
}

TEST_P(PresetsTest, EachIsReadyWithItsStreamsAsDeclaredAndCapturesEverySubject) {
  for (const jetstream::Preset& preset : jetstream::presets()) {
    SCOPED_TRACE(preset.name);
    const std::string name{preset.name};
    Broker broker({.server = server(), .environment = {{"STREAMS_FILE", name}}});
    ASSERT_TRUE(broker.wait_ready(20s)) << broker.output();

    NatsClient client = broker.client();
    const json streams = golden(name);
    EXPECT_EQ(client.api_ok("STREAM.NAMES").at("total"), streams.size());
    for (const json& declared : streams) {
      const std::string stream = declared.at("name");
      expect_as_declared(declared, client.api_ok("STREAM.INFO." + stream).at("config"),
                         server().version);
      for (const std::string& subject : subjects_of(declared)) {
        const auto ack = client.publish(example_of(subject), "m");
        ASSERT_TRUE(ack) << subject << ": " << ack.error().message;
        EXPECT_EQ(ack->stream, stream) << subject;
      }
    }
    EXPECT_EQ(broker.command({"plan"}).status, 0) << broker.command({"plan"}).output;
    EXPECT_EQ(broker.stop(), 0);
  }
}

UNIFIED_ON_EVERY_SERVER(PresetsTest);

}  // namespace
}  // namespace unified::test
