// What docker-compose.*.yml and deploy/ set is what the program reads. Containers themselves:
// tests/system/containers.

#include <map>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "base/parse.h"
#include "config/fake_host.h"
#include "config/variables.h"

namespace unified::app {
namespace {

using Environment = std::map<std::string, std::string>;

YAML::Node compose(const std::string& file) {
  return YAML::LoadFile(fmt::format("{}/{}", UNIFIED_SOURCE_DIR, file));
}

Environment texts(const YAML::Node& map) {
  Environment found;
  for (const auto& pair : map)
    if (pair.first.Scalar() != "<<")
      found[pair.first.Scalar()] = pair.second.Scalar();
  return found;
}

config::Settings loaded(const Environment& environment) {
  config::FakeHost host;
  host.files["/run/secrets/unified-nats/cluster-password"] = "a-password";
  config::Inputs inputs;
  inputs.environment = environment;
  inputs.strict = true;
  auto result = config::load(inputs, host);
  if (!result) {
    for (const config::Problem& problem : result.error())
      ADD_FAILURE() << to_text(problem);
    return {};
  }
  for (const config::Problem& warning : result->warnings)
    EXPECT_NE(to_text(warning).find("INSECURE"),
              std::string::npos)  // logins are the user's to choose
        << to_text(warning);
  return result->settings;
}

TEST(ComposeTest, EveryVariableReachesTheContainer) {
  std::set<std::string, std::less<>> listed;
  const YAML::Node file = compose("docker-compose.unified.yml");
  for (const YAML::Node& entry : file["services"]["nats-unified"]["environment"])
    listed.insert(entry.Scalar().substr(0, entry.Scalar().find('=')));
  for (const std::string_view name : config::variable_names()) {
    const config::Variable& variable = *config::find_variable(name);
    if (!variable.ours())
      continue;
    EXPECT_TRUE(listed.contains(variable.name)) << variable.name;
    if (variable.hidden()) {
      EXPECT_TRUE(listed.contains(fmt::format("{}_FILE", variable.name))) << variable.name;
    }
  }
}

TEST(ComposeTest, WhatANodeOfTheClusterIsGivenIsUnderstood) {
  const YAML::Node file = compose("docker-compose.cluster.yml");
  Environment environment = texts(file["x-cluster"]);
  environment["NATS_CLUSTER_NAME"] = "marketprism-cluster";
  environment["NATS_CLUSTER_USERNAME"] = "route";
  environment["NATS_CLUSTER_PASSWORD"] = "a-password";
  environment["STOP_GRACE_PERIOD"] = "5m";
  std::set<std::string> routes;
  for (const auto& node : file["services"]) {
    environment["NATS_SERVER_NAME"] = node.second["environment"]["NATS_SERVER_NAME"].Scalar();
    const config::Settings settings = loaded(environment);
    EXPECT_TRUE(settings.cluster.enabled);
    routes.insert(fmt::format("nats://{}:6222", node.first.Scalar()));
  }
  for (const std::string& route : routes)
    EXPECT_NE(environment["NATS_CLUSTER_ROUTES"].find(route), std::string::npos) << route;
}

TEST(SwarmTest, WhatTheTaskIsGivenIsUnderstoodAndItsStopHasTheTimeItNeeds) {
  const YAML::Node service = compose("deploy/swarm/unified-nats.yml")["services"]["nats"];
  const config::Settings settings = loaded(texts(service["environment"]));

  EXPECT_EQ(service["environment"]["STOP_GRACE_PERIOD"].Scalar(),
            service["stop_grace_period"].Scalar());
  EXPECT_LT(settings.supervision.stop_timeout, *settings.supervision.stop_grace_period);
}

class KubernetesTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const YAML::Node& object : YAML::LoadAllFromFile(
             fmt::format("{}/deploy/kubernetes/unified-nats.yaml", UNIFIED_SOURCE_DIR)))
      objects_[object["kind"].Scalar() + "/" + object["metadata"]["name"].Scalar()] = object;
    pod_ = objects_.at("StatefulSet/unified-nats")["spec"]["template"]["spec"];
    container_ = pod_["containers"][0];
  }

  std::map<std::string, YAML::Node> objects_;
  YAML::Node pod_;
  YAML::Node container_;
};

TEST_F(KubernetesTest, WhatThePodIsGivenIsUnderstoodAndItsStopHasTheTimeItNeeds) {
  Environment environment = texts(objects_.at("ConfigMap/unified-nats")["data"]);
  environment["NATS_SERVER_NAME"] = "unified-nats-0";
  const config::Settings settings = loaded(environment);

  EXPECT_TRUE(settings.cluster.enabled);
  EXPECT_EQ(pod_["terminationGracePeriodSeconds"].Scalar() + "s",
            environment.at("STOP_GRACE_PERIOD"));
  EXPECT_LT(settings.supervision.stop_timeout, *settings.supervision.stop_grace_period);
}

TEST_F(KubernetesTest, EveryMountHasItsVolumeAndTheStoreIsOneThatStays) {
  std::set<std::string> volumes;
  for (const YAML::Node& volume : pod_["volumes"])
    volumes.insert(volume["name"].Scalar());
  for (const YAML::Node& claim :
       objects_.at("StatefulSet/unified-nats")["spec"]["volumeClaimTemplates"])
    volumes.insert(claim["metadata"]["name"].Scalar());
  std::map<std::string, std::string> mounts;
  for (const YAML::Node& mount : container_["volumeMounts"]) {
    EXPECT_TRUE(volumes.contains(mount["name"].Scalar())) << mount["name"].Scalar();
    mounts[mount["mountPath"].Scalar()] = mount["name"].Scalar();
  }
  EXPECT_EQ(mounts["/data/jetstream"], "data");
}

TEST_F(KubernetesTest, ThePodsFindEachOtherBeforeTheyAreReady) {
  const YAML::Node set = objects_.at("StatefulSet/unified-nats")["spec"];
  const YAML::Node nodes = objects_.at("Service/" + set["serviceName"].Scalar())["spec"];

  EXPECT_EQ(set["podManagementPolicy"].Scalar(), "Parallel");
  EXPECT_EQ(nodes["publishNotReadyAddresses"].Scalar(), "true");
  EXPECT_EQ(nodes["clusterIP"].Scalar(), "None");
  EXPECT_EQ(nodes["selector"]["app"].Scalar(),
            set["template"]["metadata"]["labels"]["app"].Scalar());
  const std::string routes =
      objects_.at("ConfigMap/unified-nats")["data"]["NATS_CLUSTER_ROUTES"].Scalar();
  for (int i = 0; i < set["replicas"].as<int>(); ++i)
    EXPECT_NE(
        routes.find(fmt::format("nats://unified-nats-{}.{}:6222", i, set["serviceName"].Scalar())),
        std::string::npos);
}

TEST_F(KubernetesTest, NoProbeKillsAStoreThatRecovers) {
  const auto asks = [this](const std::string& probe) {
    const YAML::Node command = container_[probe]["exec"]["command"];
    return command[0].Scalar() + " " + command[1].Scalar() + " " + command[2].Scalar();
  };
  EXPECT_EQ(asks("startupProbe"), "entrypoint health started");
  EXPECT_EQ(asks("livenessProbe"), "entrypoint health live");
  EXPECT_EQ(asks("readinessProbe"), "entrypoint health quick");
}

}  // namespace
}  // namespace unified::app
