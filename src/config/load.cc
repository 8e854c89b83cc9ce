#include "config/load.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "base/scrub.h"
#include "config/cross_checks.h"
#include "config/defaults.h"
#include "config/manifest_values.h"
#include "config/not_built.h"
#include "config/settings_from.h"
#include "config/sources.h"

namespace unified::config {
namespace {

void cross_check(const Values& values, const Host& host, Problems& problems) {
  Findings findings{values, problems};
  if (values.boolean("AUTO_START_NATS")) {
    check_listeners(values, findings);
    check_limits(values, findings);
    check_cluster(values, findings);
    check_machine(values, host, findings);
    check_production(values, findings);
  } else {
    check_sidecar(values, findings);
  }
  check_streams(values, findings);
  check_auth(values, findings);
  check_tls(values, host, findings);
  check_ineffective(values, findings);
}

/// A secret may also stand where none belongs, in a name or a list. Messages are ours but for what
/// they quote: short secrets ("is", "port") would only mangle them.
void scrub(Problems& problems, std::vector<std::string> secrets) {
  constexpr std::size_t kShort = 6;
  const Scrubber all{secrets};
  std::erase_if(secrets, [](const std::string& secret) { return secret.size() < kShort; });
  const Scrubber long_ones{std::move(secrets)};
  for (Problem& problem : problems) {
    problem.value = all.scrub(problem.value);
    problem.message = long_ones.scrub(problem.message);
  }
}

bool is_error(const Problem& problem) {
  return problem.severity == Severity::kError;
}

Problems errors_first(const Problems& problems) {
  Problems sorted;
  std::ranges::copy_if(problems, std::back_inserter(sorted), is_error);
  std::ranges::copy_if(problems, std::back_inserter(sorted), std::not_fn(is_error));
  return sorted;
}

std::vector<std::string> files_of(const Inputs& inputs, const Values& values) {
  std::vector<std::string> files;
  files.reserve(inputs.env_files.size());
  for (const EnvFile& file : inputs.env_files)
    files.push_back(file.name);
  for (const Value& value : values.all())
    if (!value.file.empty())
      files.push_back(value.file);
  return files;
}

}  // namespace

Result<Loaded, Problems> load(const Inputs& inputs, const Host& host) {
  Problems problems;
  Values values = gather(inputs, host, problems);
  settle_defaults(values, host.hostname());
  report_not_built(values, inputs.strict, problems);
  cross_check(values, host, problems);
  scrub(problems, secrets_of(values));
  if (std::ranges::any_of(problems, is_error))
    return errors_first(problems);
  return Loaded{.settings = settings_from(values),
                .warnings = std::move(problems),
                .files = files_of(inputs, values)};
}

}  // namespace unified::config
