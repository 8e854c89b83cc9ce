#pragma once

#include <span>

#include "jetstream/renamed_fields.h"

namespace unified::jetstream {

/// The fields of `spec` by kind, as the custom resources call them. Reader and export share them.
std::span<const FieldName> nack_stream_names();
std::span<const FieldName> nack_consumer_names();
std::span<const FieldName> nack_kv_names();
std::span<const FieldName> nack_object_store_names();

}  // namespace unified::jetstream
