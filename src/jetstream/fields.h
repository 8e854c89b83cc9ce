#pragma once

#include <cstddef>
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
  kTime,       ///< RFC 3339
  kDurations,  ///< a list of durations whose order counts
  kSubjects,
  kTags,      ///< a list of texts in any order
  kMap,       ///< text to text
  kObject,    ///< a map of `members`; an empty one means none
  kObjects,   ///< a list of objects in any order
  kSequence,  ///< a list of objects whose order counts
};

/// One row of THE table: everything that we know about a field of a stream, or about a member of an
/// object in one. Reader, plan and docs come from it.
struct Field {
  std::string_view name;  ///< as in $JS.API.STREAM.CREATE and in the manifest
  FieldKind kind = FieldKind::kInt;
  std::string_view
      default_json;  ///< what the server has when it is not set, as JSON; empty: depends (subjects)
  Verdict (*classify)(const FieldContext&) =
      nullptr;  ///< on an existing stream; null: members, and subjects, which the plan treats one
                ///< by one
  Verdict (*classify_create)(const FieldContext&) =
      nullptr;                ///< when the stream is created; null: always possible
  std::int64_t minimum = -1;  ///< kDuration: the shortest that is not 0
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  bool is_unsigned = false;                  ///< kInt: up to 2^64-1, whatever `maximum` says
  std::span<const std::string_view> values;  ///< kEnum
  ServerVersion since{};                     ///< older servers ignore it silently
  const Field* members = nullptr;            ///< kObject, kObjects, kSequence
  std::size_t member_count = 0;
};

std::span<const Field> stream_fields();
std::span<const Field> members_of(const Field& field);
/// Null when the table has no such row.
const Field* find_field(std::string_view name);
std::vector<std::string_view> field_names(std::span<const Field> fields);

/// Whether a value, whoever sent it, is of the field's JSON type; null is, it means "not set". All
/// that follows below relies on it.
bool has_shape(const Field& field, const nlohmann::json& value);

/// The value by meaning: 0 and every negative limit become -1, a missing one its default, `_nats.*`
/// metadata is the server's own, members of an object with their default value are left out (facts
/// §2). A duplicate_window of 0 is the server's choice.
nlohmann::json normalized(const Field& field, const nlohmann::json& value);
/// `config[field]` by meaning.
nlohmann::json value_in(const Field& field, const nlohmann::json& config);
/// Whether two normalised values mean the same: tags and sources may stand in any order.
bool same_meaning(const Field& field, const nlohmann::json& a, const nlohmann::json& b);
/// Whether a normalised value differs from the default.
bool is_set(const Field& field, const nlohmann::json& value);

/// What a server must know for a value: the field itself or the youngest member that is used.
struct Need {
  std::string name;  ///< "mirror.subject_transforms"
  ServerVersion since;
};
Need need_of(const Field& field, const nlohmann::json& value);

/// For people: `2h`, `1073741824 (1.0 GiB)`, `limits`, `unlimited`, `none`.
std::string show_value(const Field& field, const nlohmann::json& value);

}  // namespace unified::jetstream
