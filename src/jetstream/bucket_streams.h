#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jetstream/stream_spec.h"

namespace unified::jetstream {

/// `[A-Za-z0-9_-]`, as every client wants it, and short enough for the name of its stream.
bool is_valid_bucket_name(std::string_view bucket);

/// "KV_B", "OBJ_B".
std::string kv_stream_name(std::string_view bucket);
std::string object_store_stream_name(std::string_view bucket);
/// The bucket of such a name; nothing for other names.
std::optional<std::string> kv_bucket_of(std::string_view stream);
std::optional<std::string> object_store_of(std::string_view stream);

/// Puts beside what is declared of a bucket, under the names of a stream's fields, what every
/// client of NATS puts there. Into `config` what its clients rely on and any stream can be given:
/// subjects, discard, flags. Into `at_creation` what nobody wrote, and which would cost an existing
/// one something: history 1, deny_delete (for good), the window. A mirror or source is the bucket
/// of that name.
void complete_kv(std::string_view bucket, StreamSpec& spec);
void complete_object_store(std::string_view bucket, StreamSpec& spec);

}  // namespace unified::jetstream
