#pragma once

#include <string>

#include "config/values.h"

namespace unified::config {

/// Works out the defaults that depend on other variables, and makes every default give way that
/// contradicts something set: only what was set can be wrong (ENVIRONMENT.md). Their origins then
/// say which variable decided.
void settle_defaults(Values& values, const std::string& hostname);

/// Whether only this machine reaches a listener there.
bool is_loopback(std::string_view host);

}  // namespace unified::config
