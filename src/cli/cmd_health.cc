#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/manifest_source.h"
#include "app/remote_health.h"
#include "base/parse.h"
#include "base/scrub.h"
#include "cli/configuration.h"
#include "cli/context.h"
#include "cli/control.h"
#include "cli/remote_options.h"
#include "cli/terminal.h"
#include "cli/usage_error.h"
#include "health/check_formats.h"

namespace unified::cli {
namespace {

using health::Check;
using health::Status;

/// The probe, then the streams and the disk.
constexpr std::chrono::milliseconds kFullPatience{11'000};

/// One word each; what HEALTHCHECK and Kubernetes' probes ask for.
struct Probe {
  std::string_view name;
  std::string_view check;
  const char* route;
};
constexpr std::array<Probe, 3> kProbes{{{"quick", "ready", "/readyz"},
                                        {"live", "alive", "/livez"},
                                        {"started", "started", "/startupz"}}};

const Probe* find_probe(std::string_view name) {
  const auto* const found = std::ranges::find(kProbes, name, &Probe::name);
  return found == kProbes.end() ? nullptr : found;
}

constexpr std::array kNames{"connectivity", "http",    "jetstream", "stream",
                            "datatypes",    "storage", "supervisor"};

struct HealthOptions {
  std::string name = "full";  ///< a probe, full or a check
  std::string format = "text";
  bool json = false;
};

struct Answer {
  std::vector<Check> checks;
  std::string unknown;  ///< why nobody can tell; empty: `checks` are known
  std::string reader;   ///< the item of the metrics
};

Answer not_reached(const api::Unreachable& why) {
  const bool nobody = why.reason == api::Unreachable::Reason::kNobody;
  return {
      {{"supervisor", Status::kFail, why.message, {}}}, nobody ? "" : why.message, "unified_nats"};
}

Check verdict(const Probe& probe, bool yes, std::string text) {
  return {std::string{probe.check}, yes ? Status::kPass : Status::kFail, std::move(text), {}};
}

Answer ask_probe(const Context& context, const Probe& probe) {
  const auto answer = ask_supervisor(context, probe.route, kProbePatience);
  if (!answer) {
    Answer failed = not_reached(answer.error());
    failed.checks = {
        verdict(probe, false, fmt::format("not {}: {}", probe.check, answer.error().message))};
    return failed;
  }
  return {
      {verdict(probe, answer->status == 200, std::string{trim(answer->body)})}, "", "unified_nats"};
}

Answer ask_full(const Context& context) {
  const auto answer = ask_supervisor(context, "/health", kFullPatience);
  if (!answer)
    return not_reached(answer.error());
  auto checks = health::parse_checks(answer->body);
  if (!checks || checks->empty())
    return not_reached({api::Unreachable::Reason::kNoAnswer,
                        fmt::format("the supervisor answered {} without any check: is it another "
                                    "version than this program?",
                                    answer->status)});
  return {*std::move(checks), "", "unified_nats"};
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts)
    text += (text.empty() ? "" : "; ") + part;
  return text;
}

/// Of a server without our supervisor. Nothing: the configuration is wrong, and said so.
std::optional<Answer> ask_server(const Context& context, bool quick) {
  const auto loaded = load_configuration(context, os::environment_snapshot());
  if (!loaded)
    return std::nullopt;
  const auto manifest = app::load_manifest(loaded->settings);
  if (!manifest) {
    for (const std::string& line : manifest.error().lines)
      fmt::print(stderr, "error: {}\n", line);
    return std::nullopt;
  }
  const health::Snapshot facts = app::remote_snapshot(loaded->settings, *manifest);
  Answer answer{app::assess_remote(facts), "", context.arguments.at("NATS_URL")};
  answer.reader = without_userinfo(answer.reader);
  const std::vector<std::string> reasons = health::not_ready_reasons(facts);
  if (quick)
    answer.checks = {verdict(kProbes.front(), reasons.empty(),
                             reasons.empty() ? "ready" : "not ready: " + joined(reasons))};
  return answer;
}

/// The one that was asked for; a supervisor that can't be asked fails each of them. False: it was
/// asked and makes no such check.
bool keep_only(const std::string& name, std::vector<Check>& checks) {
  const auto wanted = [&name](const Check& check) { return check.name == name; };
  if (std::ranges::any_of(checks, wanted))
    std::erase_if(checks, [&](const Check& check) { return !wanted(check); });
  else if (checks.size() == 1)
    checks.front().name = name;
  else
    return false;
  return true;
}

int exit_code(const std::vector<Check>& checks) {
  return health::worst(checks) == Status::kFail ? kExitCheckFailed : kExitOk;
}

int print_nagios(const HealthOptions& options, const Answer& answer) {
  const std::string name = "nats_" + options.name;
  const health::NagiosAnswer nagios = answer.unknown.empty()
                                          ? health::to_nagios(name, answer.checks)
                                          : health::unknown_to_nagios(name, answer.unknown);
  fmt::print("{}", nagios.line);
  return nagios.exit_code;
}

void print_table(const std::vector<Check>& checks) {
  constexpr std::size_t kWidth = 4;
  const bool colour = wants_colour(stdout);
  for (const Check& check : checks)
    fmt::print("{}  {:<12}  {}\n", state_word(health::to_text(check.status), kWidth, colour),
               check.name, check.message);
}

int print(const HealthOptions& options, const Answer& answer) {
  const int code = exit_code(answer.checks);
  if (options.format == "nagios")
    return print_nagios(options, answer);
  if (options.format == "prometheus") {
    fmt::print("{}", health::to_prometheus(answer.reader, answer.checks));
    return kExitOk;  // as `nats server check`: the metric itself is the verdict
  }
  if (options.format == "json") {
    fmt::print("{}", health::to_json(answer.checks));
    return code;
  }
  if (find_probe(options.name) != nullptr)
    fmt::print(code == kExitOk ? stdout : stderr, "{}\n", answer.checks.front().message);
  else
    print_table(answer.checks);
  return code;
}

int check_health(const Context& context, const HealthOptions& options) {
  const Probe* const probe = find_probe(options.name);
  const bool remote = context.arguments.contains("NATS_URL");
  const bool of_supervisor =
      options.name == "supervisor" || options.name == "live" || options.name == "started";
  if (remote && of_supervisor) {
    fmt::print(stderr, "error: a server asked with --server has no supervisor of ours to check\n");
    return kExitUsage;
  }
  auto answer = remote  ? ask_server(context, probe != nullptr)
                : probe ? std::optional{ask_probe(context, *probe)}
                        : std::optional{ask_full(context)};
  if (!answer)
    return options.format == "nagios" ? 3 : kExitCheckFailed;
  if (probe == nullptr && options.name != "full" && !keep_only(options.name, answer->checks)) {
    fmt::print(stderr,
               "error: a sidecar (AUTO_START_NATS=false) makes no check {}: the server is "
               "not its own\n",
               options.name);
    return options.format == "nagios" ? 3 : kExitUsage;
  }
  return print(options, *answer);
}

}  // namespace

void add_health(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "health", "Ask the running supervisor for the broker's health (exit 0 or 1)");
  command->footer(
      "quick  ready or not: the server answers and every declared subject is bound; made for "
      "HEALTHCHECK\n"
      "live, started  the supervisor runs; nats-server answers: for Kubernetes' probes\n"
      "full   every check (default); or one of them by its name:\n"
      "       connectivity http jetstream stream datatypes storage supervisor\n"
      "A warning is healthy. --format nagios exits 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; "
      "--format prometheus always 0.\n"
      "Examples:\n"
      "  unified_entrypoint health quick\n"
      "  unified_entrypoint health datatypes\n"
      "  unified_entrypoint health full --format nagios\n"
      "  unified_entrypoint health --server nats://user:password@broker:4222");
  auto options = std::make_shared<HealthOptions>();
  std::vector<std::string> names{"quick", "live", "started", "full"};
  names.insert(names.end(), kNames.begin(), kNames.end());
  command
      ->add_option("check", options->name, "quick, live, started, full, or the name of one check")
      ->type_name("NAME")
      ->check(one_of(names))
      ->capture_default_str();
  auto* format_option = command->add_option("--format", options->format, "For whom")
                            ->check(one_of({"text", "json", "nagios", "prometheus"}))
                            ->capture_default_str();
  command->add_flag("--json", options->json, "The same as --format json")->excludes(format_option);
  add_remote_options(*command, context, "--server,--nats-url");
  add_configuration_options(*command, context);
  command->callback([&context, options] {
    if (options->json)
      options->format = "json";
    context.exit_code = check_health(context, *options);
  });
}

}  // namespace unified::cli
