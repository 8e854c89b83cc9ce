#pragma once

#include <string>
#include <vector>

#include "config/settings.h"
#include "config/values.h"

namespace unified::config {

/// Fills what Settings knows of each variable by name: values, manifest_*, secrets.
void add_tables(const Values& values, Settings& settings);

/// Every secret's text, and the passwords of URLs, also percent-decoded.
std::vector<std::string> secrets_of(const Values& values);

}  // namespace unified::config
