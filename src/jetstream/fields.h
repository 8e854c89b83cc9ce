#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/server_version.h"
#include "jetstream/classify.h"

namespace unified::jetstream {

/// How a field is written in a manifest.
enum class FieldKind : std::uint8_t {
  kInt,
  kSize,      ///< bytes, with suffixes
  kDuration,  ///< seconds or with units; nanoseconds in the API
  kBool,
  kEnum,
  kText,
  kSubjects,
};

/// One row of THE table: everything that we know about a field of a stream. Reader, plan and docs
/// come from it.
struct Field {
  std::string_view name;  ///< as in $JS.API.STREAM.CREATE and in the manifest
  FieldKind kind = FieldKind::kInt;
  std::string_view
      default_json;  ///< what the server has when it is not set, as JSON; empty: depends (subjects)
  Verdict (*classify)(const FieldContext&) =
      nullptr;  ///< null: subjects, which the plan treats one by one
  std::int64_t minimum = -1;
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  std::span<const std::string_view> values;  ///< kEnum
  ServerVersion since{};                     ///< older servers ignore it silently
};

std::span<const Field> stream_fields();
/// Null when the table has no such row.
const Field* find_field(std::string_view name);
std::vector<std::string_view> field_names();

/// JetStream has it, this release does not yet: mirror, sources, metadata …
bool is_later_field(std::string_view name);

/// The value by meaning: 0 and every negative limit become -1, a missing one its default (facts
/// §2).
nlohmann::json normalized(const Field& field, const nlohmann::json& value);
/// `config[field]` by meaning.
nlohmann::json value_in(const Field& field, const nlohmann::json& config);

/// For people: `2h`, `1073741824 (1.0 GiB)`, `limits`, `unlimited`.
std::string show_value(const Field& field, const nlohmann::json& value);

}  // namespace unified::jetstream
