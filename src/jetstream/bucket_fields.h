#pragma once

#include <string>

#include "jetstream/renamed_fields.h"

namespace unified::jetstream {

/// find_field(), with the range of a bucket's history.
const Field* find_bucket_field(std::string_view name);

/// `compression` of a bucket: true, false, s2, none. Into `config`.
void read_bucket_compression(const YAML::Node& node, FieldReader& fields, nlohmann::json& config);

}  // namespace unified::jetstream
