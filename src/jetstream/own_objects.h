#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>

#include "jetstream/manifest_builder.h"
#include "jetstream/manifest_variables.h"

namespace unified::jetstream {

/// One object of a list (`- name: X`) or of a map (`X: {…}`) of our form, key by key.
struct OwnObject {
  const YAML::Node& node;           ///< the map of its fields
  const YAML::Node& at;             ///< what its position is
  std::optional<std::string> name;  ///< its key in a map
};

/// Calls `read` for each object of `objects`; says what is none. `what`: "stream"; `root`:
/// "streams".
void for_each_object(const YAML::Node& objects,
                     const char* what,
                     const char* root,
                     ManifestBuilder& builder,
                     const std::function<void(OwnObject)>& read);

/// The name in a field of the object, which must not differ from its key.
void read_own_name(const YAML::Node& node,
                   std::optional<std::string>& name,
                   ManifestBuilder& builder);

}  // namespace unified::jetstream
