#include <algorithm>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/parse.h"
#include "cli/context.h"
#include "cli/declared.h"
#include "cli/remote_options.h"
#include "cli/terminal.h"
#include "cli/verification.h"
#include "health/resources.h"

namespace unified::cli {
namespace {

using health::Check;
using health::Status;

struct VerifyOptions {
  VerifyScope scope;
  std::string flow;
  bool json = false;
  bool quiet = false;
};

void print_json(const Verification& verification) {
  nlohmann::ordered_json body;
  body["status"] = health::to_text(health::worst(verification.checks));
  body["server"] = verification.server;
  body["checks"] = nlohmann::ordered_json::array();
  for (const Check& check : verification.checks)
    body["checks"].push_back({{"name", check.name},
                              {"status", health::to_text(check.status)},
                              {"message", check.message},
                              {"ms", check.took.count()},
                              {"hint", health::advice(check)}});
  if (!verification.details.empty())
    body["details"] = verification.details;
  fmt::print("{}\n", body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_check(std::FILE* out, const Check& check) {
  constexpr std::size_t kWidth = 4;
  fmt::print(out, "{}  {:<11} {}\n",
             state_word(health::to_text(check.status), kWidth, wants_colour(out)), check.name,
             check.message);
  if (const std::string hint = health::advice(check); !hint.empty())
    fmt::print(out, "      hint: {}\n", hint);
}

void print_text(const VerifyOptions& options, const Verification& verification) {
  const auto count = [&](Status status) {
    return std::ranges::count(verification.checks, status, &Check::status);
  };
  for (const Check& check : verification.checks)
    if (!options.quiet)
      print_check(stdout, check);
    else if (check.status == Status::kFail)
      print_check(stderr, check);
  if (options.quiet)
    return;
  for (const std::string& line : verification.details)
    fmt::print("      {}\n", line);
  fmt::print("{} checks: {} passed, {} with a warning, {} failed\n", verification.checks.size(),
             count(Status::kPass), count(Status::kWarn), count(Status::kFail));
}

int verify(const Context& context, VerifyOptions options) {
  if (!options.flow.empty()) {
    options.scope.flow = parse_duration(options.flow);
    if (!options.scope.flow) {
      fmt::print(stderr, "error: --flow {}: seconds are accepted, or a duration like 30s, 5m\n",
                 options.flow);
      return kExitUsage;
    }
  }
  const auto declared = load_declared(context);
  if (!declared)
    return declared.error();
  const Verification verification =
      verify_deployment(context, declared->settings, declared->manifest, options.scope);
  if (options.json)
    print_json(verification);
  else
    print_text(options, verification);
  return health::worst(verification.checks) == Status::kFail ? kExitCheckFailed : kExitOk;
}

}  // namespace

void add_verify(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "verify",
      "Test a deployment from a client's side: connection, monitoring, JetStream, every "
      "data type, limits (exit 0, or 1 with a hint for each failure)");
  command->footer(
      "Changes nothing. --publish makes a temporary memory stream of its own for one message and "
      "removes it again; declared streams never see it.\n"
      "Examples:\n"
      "  unified_entrypoint verify --detailed --flow 30s\n"
      "  unified_entrypoint verify --nats-url nats://broker:4222 --http-url http://broker:8222 "
      "--json");
  auto options = std::make_shared<VerifyOptions>();
  command->add_flag("--detailed", options->scope.detailed,
                    "Also each declared subject: its stream, messages, newest message");
  command->add_flag("--publish", options->scope.publish,
                    "Also store a message in a stream of our own and read it back");
  command
      ->add_option("--flow", options->flow,
                   "Also wait up to DURATION for a message at every declared subject")
      ->type_name("DURATION");
  command->add_flag("--json", options->json, "For machines");
  command->add_flag("--quiet", options->quiet, "Only failures, on stderr");
  add_remote_options(*command, context);
  add_configuration_options(*command, context);
  command->callback([&context, options] { context.exit_code = verify(context, *options); });
}

}  // namespace unified::cli
