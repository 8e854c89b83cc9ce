#pragma once

#include <span>
#include <string_view>

#include "jetstream/fields.h"

namespace unified::jetstream {

/// The fields of a durable consumer, as stream_fields() are those of a stream: reader, plan, export
/// and docs come from it. `filter_subject` is no row of its own: it is read as, and compared with,
/// a `filter_subjects` of one.
std::span<const Field> consumer_fields();
/// Null when the table has no such row.
const Field* find_consumer_field(std::string_view name);

nlohmann::json consumer_value_in(const Field& field, const nlohmann::json& config);
nlohmann::json consumer_request(const nlohmann::json& config);
Need consumer_need_of(const Field& field, const nlohmann::json& value);

}  // namespace unified::jetstream
