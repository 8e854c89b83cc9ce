#include "jetstream/import_services.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include "base/parse.h"
#include "jetstream/consumer_rules.h"
#include "jetstream/dotenv_line.h"
#include "jetstream/export_forms.h"
#include "jetstream/manifest.h"
#include "jetstream/manifest_guard.h"
#include "jetstream/manifest_overlaps.h"
#include "jetstream/manifest_reader.h"
#include "jetstream/manifest_variables.h"
#include "jetstream/services_names.h"
#include "jetstream/services_streams.h"
#include "jetstream/services_tree.h"

namespace unified::jetstream {
namespace {

constexpr std::string_view kService = "message-broker-service";

class ServicesImport {
 public:
  explicit ServicesImport(const std::string& file) : file_(file), tree_(file) {}

  void read(const YAML::Node& root) {
    if (!root.IsMap()) {
      tree_.error(root, "expected a map with message-broker-service: at the top");
      return;
    }
    if (root["nats_client"].IsDefined())
      read_unified(root);
    else
      read_service(find_service(root));
  }

  Result<ImportedServices, std::vector<std::string>> result() {
    if (!is_one_ && tree_.errors.empty())
      tree_.errors.push_back(
          fmt::format("{}:1: it has neither {} nor any key of it (nats, port, auto_create_streams, "
                      "auto_start_nats): is it the services.yaml of the old message broker?",
                      file_, kService));
    Declarations all = everything();
    std::ranges::move(manifest_problems(all.streams), std::back_inserter(tree_.errors));
    std::ranges::move(consumer_set_problems(all), std::back_inserter(tree_.errors));
    if (!tree_.errors.empty())
      return std::move(tree_.errors);
    ImportedServices imported;
    imported.env = "# From " + file_ + " by `unified_entrypoint import`.\n";
    for (const auto& [name, value] : variables_)
      imported.env += dotenv_line(name, value);
    imported.env += dotenv_line("STREAMS_FILE", "streams.yaml");
    imported.manifest = "# From " + file_ + " by `unified_entrypoint import`.\n" +
                        export_own({.streams = std::move(all.streams),
                                    .consumers = std::move(all.consumers),
                                    .notes = {}});
    imported.warnings = std::move(tree_.warnings);
    return imported;
  }

 private:
  void set(std::string_view name, std::string value) {
    variables_.emplace_back(std::string{name}, std::move(value));
  }

  void set_from(std::string_view name, const std::string& key, const YAML::Node& node) {
    if (auto value = tree_.text(key, node))
      set(name, *std::move(value));
  }

  /// Below `services:` only under its name: a file for Compose has a service `nats`, too.
  YAML::Node find_service(const YAML::Node& root) {
    const std::string name{kService};
    for (const YAML::Node& place : {root, root["services"]}) {
      if (!place.IsDefined() || !place.IsMap() || !place[name].IsDefined())
        continue;
      tell_others(place);
      is_one_ = true;
      return place[name];
    }
    return root;
  }

  void tell_others(const YAML::Node& root) {
    for (const auto& pair : root)
      if (pair.first.IsScalar() && pair.first.Scalar() != kService)
        tree_.warn(pair.first, fmt::format("{} is no part of the broker: left out",
                                           shown(pair.first.Scalar())));
  }

  void read_service(const YAML::Node& service) {
    tree_.for_each_key(service, "", [&](const std::string& key, const YAML::Node& value) {
      if (key == "port") {
        read_api_port(key, value);
      } else if (key == "auto_start_nats") {
        if (!says_yes(key, value)) {
          set("AUTO_START_NATS", "false");
          tree_.warn(value,
                     "auto_start_nats: false: this is the sidecar of the server at NATS_URL then");
        }
      } else if (key == "auto_create_streams") {
        creates_streams_ = says_yes(key, value);
      } else if (key == "nats") {
        read_nats(value);
      } else {
        return false;
      }
      is_one_ = true;
      return true;
    });
  }

  /// config/unified_message_broker.yaml: the same service's later file, which has every stream.
  void read_unified(const YAML::Node& root) {
    is_one_ = true;
    adds_own_streams_ = false;
    tree_.for_each_key(root, "", [&](const std::string& key, const YAML::Node& value) {
      if (key == "service")
        read_unified_service(value);
      else if (key == "streams")
        read_streams(with_num_replicas(value));
      else if (const auto why = counterpart_of(kUntakenUnified, key); !why.empty())
        tree_.warn(value, fmt::format("{}: {}", key, why));
      else
        return false;
      return true;
    });
  }

  void read_unified_service(const YAML::Node& service) {
    tree_.for_each_key(service, "service", [&](const std::string& key, const YAML::Node& value) {
      if (key == "environment") {
        set_from("ENVIRONMENT", key, value);
      } else if (key == "port") {
        read_api_port(key, value);
      } else if (key == "metrics_port") {
        set("PROMETHEUS_ENABLED", "true");
        set_from("PROMETHEUS_PORT", key, value);
      } else {
        return key == "name" || key == "version";  // of that program
      }
      return true;
    });
  }

  /// That file, and no other, calls num_replicas so.
  static YAML::Node with_num_replicas(const YAML::Node& streams) {
    YAML::Node all = YAML::Clone(streams);
    for (auto pair : all)
      if (pair.second.IsMap() && pair.second["replicas"].IsDefined() &&
          !pair.second["num_replicas"].IsDefined()) {
        pair.second["num_replicas"] = pair.second["replicas"];
        pair.second.remove("replicas");
      }
    return all;
  }

  void read_api_port(const std::string& key, const YAML::Node& value) {
    set("API_ENABLED", "true");
    set_from("API_PORT", key, value);
    tree_.warn(value,
               "port: the REST interface listens on 127.0.0.1 unless API_HOST says otherwise");
  }

  bool says_yes(const std::string& key, const YAML::Node& node) {
    const auto said = node.IsScalar() ? parse_bool(node.Scalar()) : std::nullopt;
    if (!said)
      tree_.error(node, fmt::format("{}: expected true or false", key));
    return said.value_or(true);
  }

  void read_nats(const YAML::Node& nats) {
    tree_.for_each_key(nats, "nats", [&](const std::string& key, const YAML::Node& value) {
      if (const auto variable = counterpart_of(kNatsVariables, key); !variable.empty())
        set_from(variable, key, value);
      else if (const auto why = counterpart_of(kUntaken, key); !why.empty())
        tree_.warn(value, fmt::format("nats.{}: {}", key, why));
      else if (std::ranges::find(kLogins, key) != kLogins.end())
        refuse_login(value, fmt::format("nats.{}", key));
      else
        return read_section(key, value);
      return true;
    });
  }

  bool read_section(const std::string& key, const YAML::Node& value) {
    if (key == "streams")
      read_streams(value);
    else if (key == "data_dir")
      read_data_dir(value);
    else if (key == "cluster_routes")
      read_routes(value);
    else if (key == "cluster_listen")
      read_cluster_listen(value);
    else if (key == "users")
      read_users(value);
    else if (key == "tls")
      read_tls(value);
    else
      return false;
    return true;
  }

  void read_streams(const YAML::Node& streams) {
    YAML::Node document;
    document["streams"] = streams;
    ManifestVariables none;
    Manifest manifest = read_manifest({document}, {.file = file_, .variables = none}, tree_.errors);
    streams_ = std::move(manifest.streams);
    consumers_ = std::move(manifest.consumers);
    std::ranges::move(manifest.warnings, std::back_inserter(tree_.warnings));
  }

  void read_data_dir(const YAML::Node& node) {
    const auto folder = tree_.text("nats.data_dir", node);
    if (!folder)
      return;
    set("JETSTREAM_STORE_DIR", *folder + "/jetstream");
    tree_.warn(node,
               fmt::format("nats.data_dir: JETSTREAM_STORE_DIR becomes {}/jetstream; when the old "
                           "messages lie elsewhere, name the folder that holds `jetstream/$G`",
                           *folder));
  }

  void read_routes(const YAML::Node& node) {
    std::vector<std::string> routes;
    for (const auto& route : node)
      if (route.IsScalar())
        routes.push_back(route.Scalar());
    if (!node.IsSequence() || routes.size() != node.size()) {
      tree_.error(node, "nats.cluster_routes: expected a list of addresses");
    } else if (!routes.empty()) {
      set("NATS_CLUSTER_ENABLED", "true");
      set("NATS_CLUSTER_ROUTES", fmt::format("{}", fmt::join(routes, ",")));
    }
  }

  void read_cluster_listen(const YAML::Node& node) {
    const auto address = tree_.text("nats.cluster_listen", node);
    if (!address)
      return;
    const std::size_t colon = address->rfind(':');
    if (colon == std::string::npos) {
      tree_.error(node, "nats.cluster_listen: expected HOST:PORT");
      return;
    }
    set("NATS_CLUSTER_HOST", address->substr(0, colon));
    set("NATS_CLUSTER_PORT", address->substr(colon + 1));
  }

  /// One user without permissions is what NATS_AUTH_* can say.
  void read_users(const YAML::Node& users) {
    std::map<std::string, std::string> only;
    if (users.IsSequence() && users.size() == 1 && users[0].IsMap())
      for (const auto& pair : users[0])
        only[pair.first.IsScalar() ? pair.first.Scalar() : "?"] =
            pair.second.IsScalar() ? pair.second.Scalar() : std::string{};
    if (only.size() == 2 && !only["user"].empty() && !only["password"].empty()) {
      set("NATS_AUTH_ENABLED", "true");
      set("NATS_AUTH_USERNAME", only["user"]);
      set("NATS_AUTH_PASSWORD", only["password"]);
    } else if (!users.IsNull() && (!users.IsSequence() || users.size() != 0)) {
      refuse_login(users, "nats.users");
    }
  }

  void refuse_login(const YAML::Node& node, const std::string& key) {
    tree_.error(node, key +
                          ": .env can say one user with a password, not several, permissions or "
                          "anything else, and without it the broker would be open: write it as "
                          "`accounts` into a file of nats-server's own format that "
                          "NATS_EXTRA_CONFIG_FILE names, take it out here, and import again");
  }

  void read_tls(const YAML::Node& tls) {
    bool enabled = true;
    std::set<std::string> there;
    tree_.for_each_key(tls, "nats.tls", [&](const std::string& key, const YAML::Node& value) {
      const auto variable = counterpart_of(kTlsVariables, key);
      if (key == "enabled")
        enabled = says_yes("nats.tls.enabled", value);
      else if (!variable.empty())
        set_from(variable, key, value);
      there.insert(key);
      return key == "enabled" || !variable.empty();
    });
    if (enabled && tls.IsMap() && !(there.contains("cert_file") && there.contains("key_file")))
      tree_.error(tls, "nats.tls: cert_file and key_file are needed (or enabled: false)");
    set("NATS_TLS_ENABLED", enabled ? "true" : "false");
  }

  /// The service's own streams, then those of the file; its own of the same name give way.
  Declarations everything() {
    if (!creates_streams_ && !streams_.empty())
      tree_.warnings.push_back(
          file_ + ": auto_create_streams: false: nats.streams were not created, and are left out");
    if (!creates_streams_)
      return {};
    return {.streams = adds_own_streams_ ? with_services_own(streams_) : streams_,
            .consumers = std::move(consumers_)};
  }

  const std::string& file_;
  ServicesTree tree_;
  std::vector<std::pair<std::string, std::string>> variables_;
  std::vector<StreamSpec> streams_;
  std::vector<ConsumerSpec> consumers_;
  bool creates_streams_ = true;
  bool adds_own_streams_ = true;
  bool is_one_ = false;  ///< something of the old broker's was found
};

}  // namespace

Result<ImportedServices, std::vector<std::string>> import_services(std::string_view text,
                                                                   const std::string& file) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 20;
  const std::string whole{text};
  if (text.size() > kMostBytes || nests_too_deeply(whole))
    return std::vector{file + ":1: larger than 1 MiB, or nested too deeply"};
  try {
    refuse_endless_yaml(whole);
    const YAML::Node root = YAML::Load(whole);
    if (!is_walkable({root}))
      return std::vector{file + ":1: nested too deeply, or aliases that multiply"};
    ServicesImport import{file};
    import.read(root);
    return import.result();
  } catch (const YAML::Exception& error) {
    return std::vector{
        fmt::format("{}:{}: not valid YAML: {}", file, error.mark.line + 1, error.msg)};
  }
}

}  // namespace unified::jetstream
