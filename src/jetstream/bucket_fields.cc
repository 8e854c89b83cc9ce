#include "jetstream/bucket_fields.h"

#include "base/parse.h"
#include "jetstream/fields.h"

namespace unified::jetstream {
namespace {

constexpr std::int64_t kMostHistory = 64;

}  // namespace

const Field* find_bucket_field(std::string_view name) {
  static const Field history = [] {
    Field field = *find_field("max_msgs_per_subject");
    field.minimum = 1;
    field.maximum = kMostHistory;
    return field;
  }();
  return name == "max_msgs_per_subject" ? &history : find_field(name);
}

void read_bucket_compression(const YAML::Node& node, FieldReader& fields, nlohmann::json& config) {
  if (fields.is_unset(node))
    return;
  const Field& field = *find_field("compression");
  const auto flag = node.IsScalar() ? parse_bool(node.Scalar()) : std::nullopt;
  if (flag)
    config["compression"] = *flag ? "s2" : "none";
  else if (auto value = fields.read(field, node))
    config["compression"] = std::move(*value);
}

}  // namespace unified::jetstream
