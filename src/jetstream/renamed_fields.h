#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "jetstream/manifest_fields.h"

namespace unified::jetstream {

/// How a form calls a field of ours.
struct FieldName {
  std::string_view theirs;
  std::string_view ours;               ///< "external.api": a member of the object `external`
  std::span<const FieldName> members;  ///< their names of the members, where those differ too
};

/// Where the rows of `ours` are: find_field(), find_consumer_field() …
using FindField = const Field* (*)(std::string_view);

/// What the fields of one kind of object are called.
struct Naming {
  std::span<const FieldName> names;
  FindField find = nullptr;
};

/// The names of a form, for suggestions.
std::vector<std::string_view> their_names(std::span<const FieldName> names);

/// Reads one key of an object in another form: puts its value under our name into `object`. False
/// when the form has no such key. Mistakes name the field as the form does.
bool read_renamed(FieldReader& fields,
                  const Naming& naming,
                  const std::string& key,
                  const YAML::Node& value,
                  nlohmann::json& object);

}  // namespace unified::jetstream
