#include "jetstream/bucket_streams.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/characters.h"
#include "jetstream/fields.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kKvPrefix = "KV_";
constexpr std::string_view kStorePrefix = "OBJ_";
constexpr std::size_t kLongestBucket = 250;  // a stream's name has 255
constexpr std::int64_t kMostDuplicateWindow = 120'000'000'000;

std::optional<std::string> bucket_in(std::string_view stream, std::string_view prefix) {
  if (!stream.starts_with(prefix) || !is_valid_bucket_name(stream.substr(prefix.size())))
    return std::nullopt;
  return std::string{stream.substr(prefix.size())};
}

std::string kv_subject(std::string_view bucket) {
  return fmt::format("$KV.{}.>", bucket);
}

/// The bucket's stream, unless it is named already.
void name_stream(Json& source) {
  const std::string name = source.value("name", "");
  if (!name.empty() && !name.starts_with(kKvPrefix))
    source["name"] = kv_stream_name(name);
}

/// Keys of another bucket become keys of this one. A source that has transforms is left as it is.
void rename_keys(std::string_view bucket, Json& source) {
  if (source.contains("subject_transforms") && !source["subject_transforms"].empty())
    return;
  name_stream(source);
  const auto origin = kv_bucket_of(source.value("name", ""));
  const bool is_external = source.contains("external") && !source["external"].empty();
  if (!origin || (is_external && *origin == bucket))
    return;
  source["subject_transforms"] =
      Json::array({{{"src", kv_subject(*origin)}, {"dest", kv_subject(bucket)}}});
}

std::int64_t duplicate_window(const Json& config) {
  const auto age = value_in(*find_field("max_age"), config).get<std::int64_t>();
  return age > 0 ? std::min(age, kMostDuplicateWindow) : kMostDuplicateWindow;
}

}  // namespace

bool is_valid_bucket_name(std::string_view bucket) {
  return !bucket.empty() && bucket.size() <= kLongestBucket &&
         std::ranges::all_of(
             bucket, [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
}

std::string kv_stream_name(std::string_view bucket) {
  return fmt::format("{}{}", kKvPrefix, bucket);
}

std::string object_store_stream_name(std::string_view bucket) {
  return fmt::format("{}{}", kStorePrefix, bucket);
}

std::optional<std::string> kv_bucket_of(std::string_view stream) {
  return bucket_in(stream, kKvPrefix);
}

std::optional<std::string> object_store_of(std::string_view stream) {
  return bucket_in(stream, kStorePrefix);
}

void complete_kv(std::string_view bucket, StreamSpec& spec) {
  Json& config = spec.config;
  spec.at_creation = {{"max_msgs_per_subject", 1}, {"deny_delete", true}};
  config["allow_rollup_hdrs"] = true;
  if (!config.contains("allow_direct"))
    config["allow_direct"] = true;  // as every client asks for it
  config["discard"] = "new";
  if (value_in(*find_field("subject_delete_marker_ttl"), config) != 0)
    config["allow_msg_ttl"] = true;
  if (config.contains("mirror") && !config["mirror"].empty()) {
    name_stream(config["mirror"]);
    spec.at_creation["mirror_direct"] = true;
    return;
  }
  if (config.contains("sources"))
    for (Json& source : config["sources"])
      rename_keys(bucket, source);
  config["subjects"] = Json::array({kv_subject(bucket)});
  spec.at_creation["duplicate_window"] = duplicate_window(config);
}

void complete_object_store(std::string_view bucket, StreamSpec& spec) {
  Json& config = spec.config;
  config["subjects"] =
      Json::array({fmt::format("$O.{}.C.>", bucket), fmt::format("$O.{}.M.>", bucket)});
  config["discard"] = "new";
  config["allow_rollup_hdrs"] = true;
  config["allow_direct"] = true;
}

}  // namespace unified::jetstream
