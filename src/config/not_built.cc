#include "config/not_built.h"

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::config {
namespace {

/// A switch counts when it is not as by default, anything else when it is set.
bool is_asked_for(const Value& value) {
  if (!value.set || value.faulty || !value.variable->is(kLater))
    return false;
  return value.variable->type != Type::kBool ||
         parse_bool(value.text) != parse_bool(value.variable->default_text);
}

}  // namespace

void report_not_built(const Values& values, bool strict, Problems& problems) {
  const Severity severity = strict ? Severity::kError : Severity::kWarning;
  for (const Value& value : values.all())
    if (is_asked_for(value))
      problems.push_back(problem_of(
          value, severity,
          fmt::format("not in this release yet, it has no effect ({})", value.variable->help)));
}

}  // namespace unified::config
