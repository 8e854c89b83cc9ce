#include "jetstream/manifest_reader.h"

#include <yaml-cpp/yaml.h>

#include "jetstream/form_nack.h"
#include "jetstream/form_natscli.h"
#include "jetstream/form_own.h"

namespace unified::jetstream {
namespace {

void read_document(const YAML::Node& root,
                   const ManifestSource& source,
                   ManifestErrors& errors,
                   Manifest& manifest) {
  const auto read_as = [&](const Dialect& dialect, auto read_form) {
    ManifestBuilder builder{source, dialect, errors, manifest};
    read_form(root, builder);
  };
  if (is_nack_form(root))
    read_as(kNackDialect, read_nack_form);
  else if (!is_own_form(root) && is_natscli_form(root))
    read_as(kNatscliDialect, read_natscli_form);
  else
    read_as(kOwnDialect, read_own_form);
}

}  // namespace

Manifest read_manifest(const std::vector<YAML::Node>& documents,
                       const ManifestSource& source,
                       ManifestErrors& errors) {
  Manifest manifest;
  for (const YAML::Node& root : documents)
    read_document(root, source, errors, manifest);
  return manifest;
}

}  // namespace unified::jetstream
