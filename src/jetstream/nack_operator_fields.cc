#include "jetstream/nack_operator_fields.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::jetstream {
namespace {

enum class Effect : std::uint8_t { kWarned, kRefused };

struct OperatorField {
  std::string_view name;
  Effect effect;
  std::string_view why;
};

constexpr std::string_view kAnotherLogin =
    "the connection is our own here, to the server beside us; take it out, or declare these "
    "objects "
    "where that server runs";

constexpr std::array<OperatorField, 11> kOperatorFields{{
    {"preventDelete", Effect::kWarned, "nothing is ever deleted here, with it or without"},
    {"preventUpdate", Effect::kRefused,
     "what is declared here is kept up to date; take the object out of STREAMS_FILE to leave it "
     "alone"},
    {"servers", Effect::kRefused, kAnotherLogin},
    {"account", Effect::kRefused, kAnotherLogin},
    {"creds", Effect::kRefused, kAnotherLogin},
    {"credentialsSecret", Effect::kRefused, kAnotherLogin},
    {"nkey", Effect::kRefused, kAnotherLogin},
    {"jsDomain", Effect::kRefused, kAnotherLogin},
    {"tls", Effect::kWarned, "it is about NACK's own connection and not used here"},
    {"tlsFirst", Effect::kWarned, "it is about NACK's own connection and not used here"},
    {"tlsSecret", Effect::kWarned, "it is about NACK's own connection and not used here"},
}};

bool says_nothing(const YAML::Node& node) {
  if (!node.IsScalar())
    return node.size() == 0;
  return node.Scalar().empty() || parse_bool(node.Scalar()) == false;
}

}  // namespace

bool read_operator_field(const std::string& key,
                         const YAML::Node& node,
                         const YAML::Node& at,
                         ManifestBuilder& builder) {
  const auto* field = std::ranges::find(kOperatorFields, key, &OperatorField::name);
  if (field == kOperatorFields.end())
    return false;
  if (says_nothing(node))
    return true;
  const std::string text = fmt::format("{}: {}", key, field->why);
  if (field->effect == Effect::kWarned)
    builder.warn(at, text);
  else
    builder.fail(at, text);
  return true;
}

}  // namespace unified::jetstream
