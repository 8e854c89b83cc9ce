#include "jetstream/own_objects.h"

namespace unified::jetstream {
namespace {

void read_one(OwnObject object,
              const char* what,
              ManifestBuilder& builder,
              const std::function<void(OwnObject)>& read) {
  if (object.node.IsMap())
    read(std::move(object));
  else
    builder.fail(object.at, fmt::format("a {} must be a map of fields (name, …)", what));
}

}  // namespace

void for_each_object(const YAML::Node& objects,
                     const char* what,
                     const char* root,
                     ManifestBuilder& builder,
                     const std::function<void(OwnObject)>& read) {
  if (objects.IsSequence()) {
    for (const auto& object : objects)
      read_one({.node = object, .at = object, .name = std::nullopt}, what, builder, read);
  } else if (objects.IsMap()) {
    for (const auto& pair : objects)
      if (!pair.first.IsScalar())
        builder.fail(pair.first, fmt::format("a {}'s name must be plain text", what));
      else if (auto name = builder.fields().text_of(pair.first, "name"))
        read_one({.node = pair.second, .at = pair.first, .name = std::move(name)}, what, builder,
                 read);
  } else {
    builder.fail(objects,
                 fmt::format("{0}: expected a list or a map; \"{0}: []\" declares none", root));
  }
}

void read_own_name(const YAML::Node& node,
                   std::optional<std::string>& name,
                   ManifestBuilder& builder) {
  const auto text = builder.fields().text_of(node, "name");
  if (text && name && *text != *name)
    builder.fail(node, fmt::format("name {} differs from the key {}", shown(*text), shown(*name)));
  else if (text)
    name = text;
}

}  // namespace unified::jetstream
