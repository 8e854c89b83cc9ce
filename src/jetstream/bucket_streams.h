#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace unified::jetstream {

/// `[A-Za-z0-9_-]`, as every client wants it, and short enough for the name of its stream.
bool is_valid_bucket_name(std::string_view bucket);

/// "KV_B", "OBJ_B".
std::string kv_stream_name(std::string_view bucket);
std::string object_store_stream_name(std::string_view bucket);
/// The bucket of such a name; nothing for other names.
std::optional<std::string> kv_bucket_of(std::string_view stream);
std::optional<std::string> object_store_of(std::string_view stream);

/// Puts into `config`, which holds what is declared of a bucket under the names of a stream's
/// fields, what every client of NATS puts beside it: subjects, history 1, discard, the flags. A
/// mirror or source is the bucket of that name.
void complete_kv(std::string_view bucket, nlohmann::json& config);
void complete_object_store(std::string_view bucket, nlohmann::json& config);

}  // namespace unified::jetstream
