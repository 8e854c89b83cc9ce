#include "config/profiles.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include <fmt/format.h>

#include "config/describe.h"
#include "config/variables.h"

namespace unified::config {
namespace {

enum class Line : std::uint8_t {
  kSet,
  kSuggested
};  ///< suggested: as a comment, to be uncommented

struct Assignment {
  std::string_view name;
  std::string_view value;
  Line line = Line::kSet;
};

struct Profile {
  std::string_view name;
  std::string_view purpose;
  std::span<const Assignment> assignments;
};

// One assignment a line, as in the files.
// clang-format off
// NOLINTBEGIN(modernize-use-designated-initializers): the columns are named above

constexpr auto kDevelopment = std::to_array<Assignment>({
  {"ENVIRONMENT", "development"},
  {"NATS_DEBUG", "true"},
  {"JETSTREAM_MAX_MEMORY", "512MB"},
  {"JETSTREAM_MAX_FILE", "2GB"},
  {"STREAM_MAX_MSGS", "100000"},
  {"HEALTH_CHECK_INTERVAL", "30"},
});

constexpr auto kTesting = std::to_array<Assignment>({
  {"ENVIRONMENT", "testing"},
  {"NATS_DEBUG", "true"},
  {"NATS_TRACE", "false"},
  {"JETSTREAM_MAX_MEMORY", "1GB"},
  {"JETSTREAM_MAX_FILE", "5GB"},
  {"STREAM_MAX_MSGS", "500000"},
  {"HEALTH_CHECK_INTERVAL", "15"},
});

constexpr auto kProduction = std::to_array<Assignment>({
  {"ENVIRONMENT", "production"},
  {"NATS_DEBUG", "false"},
  {"NATS_TRACE", "false"},
  {"JETSTREAM_MAX_MEMORY", "4GB"},
  {"JETSTREAM_MAX_FILE", "50GB"},
  {"JETSTREAM_SYNC_INTERVAL", "always", Line::kSuggested},
  {"STREAM_MAX_MSGS", "10000000"},
  {"STREAM_MAX_BYTES", "10737418240"},
  {"HEALTH_CHECK_INTERVAL", "60"},
  {"NATS_AUTH_ENABLED", "true"},
  {"NATS_AUTH_USERNAME", "marketprism"},
  {"NATS_AUTH_PASSWORD_FILE", "/run/secrets/nats_auth_password"},
  {"NATS_TLS_ENABLED", "true", Line::kSuggested},
  {"NATS_TLS_CERT", "/app/certs/server.crt", Line::kSuggested},
  {"NATS_TLS_KEY", "/app/certs/server.key", Line::kSuggested},
  {"MEMORY_LIMIT", "4G"},
  {"CPU_LIMIT", "2.0"},
  {"MEMORY_RESERVATION", "1G"},
  {"CPU_RESERVATION", "0.5"},
});

constexpr auto kLarge = std::to_array<Assignment>({
  {"JETSTREAM_MAX_MEMORY", "8GB"},
  {"JETSTREAM_MAX_FILE", "100GB"},
  {"STREAM_MAX_MSGS", "50000000"},
});

constexpr auto kHighFrequency = std::to_array<Assignment>({
  {"STREAM_MAX_CONSUMERS", "200"},
  {"NATS_MAX_CONNECTIONS", "5000"},
});

constexpr auto kBroker = std::to_array<Assignment>({
  {"STREAMS_FILE", "broker"},
  {"NATS_MAX_SUBSCRIPTIONS", "1000"},
  {"NATS_WRITE_DEADLINE", "2s"},
  {"NATS_PING_INTERVAL", "2m"},
  {"NATS_PING_MAX", "2"},
});

constexpr auto kBareMetal = std::to_array<Assignment>({
  {"JETSTREAM_STORE_DIR", "./data/jetstream"},
  {"NATS_LOG_FILE", "./logs/nats/nats.log"},
  {"RUN_DIR", "./run"},
  {"NATS_CONFIG_FILE", "./run/nats.conf"},
});

constexpr auto kProfiles = std::to_array<Profile>({
  {"development", "a developer's machine: little memory and disk, the server's debug log", kDevelopment},
  {"testing", "a test system: the server's debug log, a report every 15 seconds", kTesting},
  {"production", "a production system: room for ten million messages, clients must log in", kProduction},
  {"large", "a large store: 8 GB of memory, 100 GB of disk, fifty million messages", kLarge},
  {"high-frequency", "many clients: 200 consumers, 5000 connections", kHighFrequency},
  {"broker", "clients of the message broker service: its streams and its limits", kBroker},
  {"bare-metal", "without a container and without root: store, log and control socket in the working directory", kBareMetal},
});

// NOLINTEND(modernize-use-designated-initializers)
// clang-format on

/// `NATS_AUTH_PASSWORD_FILE` is explained by NATS_AUTH_PASSWORD.
std::string comment_on(std::string_view name) {
  constexpr std::string_view kFile = "_FILE";
  if (const Variable* variable = find_variable(name))
    return std::string{variable->help} + notes_on(*variable);
  const Variable* secret = find_variable(name.substr(0, name.size() - kFile.size()));
  return fmt::format("a file that holds {}: {}", secret->name, secret->help);
}

std::string text_of(const Profile& profile) {
  std::string out = fmt::format(
      "# {0}: {1}.\n"
      "# Made by `unified_entrypoint config --profile {0}`; src/config/profiles.cc is its source.\n"
      "# Copy it to .env, or read it after yours: --env-file env/.env.{0}. What is not set here "
      "stays as it is;\n"
      "# .env.unified explains every variable.\n",
      profile.name, profile.purpose);
  for (const Assignment& assignment : profile.assignments)
    out += fmt::format("\n# {}\n{}{}={}\n", comment_on(assignment.name),
                       assignment.line == Line::kSet ? "" : "#", assignment.name, assignment.value);
  return out;
}

}  // namespace

std::vector<std::string_view> profile_names() {
  std::vector<std::string_view> names;
  names.reserve(kProfiles.size());
  for (const Profile& profile : kProfiles)
    names.push_back(profile.name);
  return names;
}

std::optional<std::string> to_profile(std::string_view name) {
  const auto* const found = std::ranges::find(kProfiles, name, &Profile::name);
  return found == kProfiles.end() ? std::nullopt : std::optional{text_of(*found)};
}

}  // namespace unified::config
