#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/preparation.h"

namespace unified::app {

/// The files that a configuration was read from: `env_files`, secrets, the manifest, the template,
/// certificates, NATS_EXTRA_CONFIG_FILE. Also those that may be there one day (`.env`).
std::vector<std::string> watched_files(const Preparation& preparation,
                                       const std::vector<std::string>& env_files);

/// Any name in its folder that ends so is meant.
inline constexpr const char* kAnyYaml = "*.yaml";

/// In which folders to look for which names: where each file is named and, through links, where it
/// is. A folder stands for its *.yaml and *.yml. What does not exist is looked for in its parent,
/// if that exists. Asks the file system, so it may block.
std::map<std::string, std::set<std::string>> places_of(const std::vector<std::string>& files);

/// Whether an event for `name` concerns one of `names`. Kubernetes puts a new ConfigMap in place by
/// renaming `..data`, to which the names are links.
bool concerns(const std::set<std::string>& names, const std::string& name);

}  // namespace unified::app
