// What `import` writes is what our own reader of .env and our table of variables take.
#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "config/dotenv.h"
#include "config/variables.h"
#include "jetstream/dotenv_line.h"
#include "jetstream/import_services.h"

namespace unified::app {
namespace {

TEST(ImportEnvTest, EveryValueIsReadBackExactly) {
  EXPECT_TRUE(rc::check([] {
    const auto value = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string{"a1 $\"'\\#=\n\r\t{}`!:-/é"}));
    const auto read =
        config::parse_dotenv(jetstream::dotenv_line("NATS_AUTH_PASSWORD", value), ".env", {});
    RC_ASSERT(read.problems.empty());
    RC_ASSERT(read.entries.size() == 1U);
    RC_ASSERT(read.entries[0].value == value);
  }));
}

TEST(ImportEnvTest, EveryNameIsAVariable) {
  const auto imported = jetstream::import_services(R"(message-broker-service:
  port: 1
  nats:
    {nats_port: 1, cluster_port: 1, http_port: 1, jetstream_enabled: true, jetstream_max_memory: 1,
     jetstream_max_storage: 1, max_connections: 1, max_subscriptions: 1, max_payload: 1,
     write_deadline: 1s, ping_interval: 1s, max_pings_out: 1, cluster_name: c, data_dir: d,
     cluster_routes: [a], cluster_listen: "a:1", users: [{user: a, password: b}],
     tls: {cert_file: a, key_file: a, ca_file: a, verify: true}}
)",
                                                   "services.yaml");
  ASSERT_TRUE(imported.ok()) << imported.error().front();
  const auto read = config::parse_dotenv(imported->env, ".env", {});
  EXPECT_TRUE(read.problems.empty());
  EXPECT_GT(read.entries.size(), 20U);
  for (const config::DotenvEntry& entry : read.entries)
    EXPECT_NE(config::find_variable(entry.name), nullptr) << entry.name;
}

}  // namespace
}  // namespace unified::app
