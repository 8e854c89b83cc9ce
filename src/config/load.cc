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
  check_listeners(values, findings);
  check_limits(values, findings);
  check_streams(values, findings);
  check_auth(values, findings);
  check_tls(values, host, findings);
  check_cluster(values, findings);
  check_machine(values, host, findings);
  check_ineffective(values, findings);
  check_production(values, findings);
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
  return Loaded{.settings = settings_from(values), .warnings = std::move(problems)};
}

}  // namespace unified::config
