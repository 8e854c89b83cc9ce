#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/server_version.h"
#include "config/settings.h"

namespace unified::render {

/// The second user of user/password mode, ours alone, new in every supervisor life.
struct InternalUser {
  std::string name;
  Secret password;
};

/// First line of every file that we render; a file without it is somebody else's and never
/// replaced.
inline constexpr std::string_view kMarker =
    "# Rendered by unified_entrypoint. Do not edit: changes are lost at the next start.";

/// The whole nats.conf for these settings. Pure. An error names the template's tag or line.
/// `tmpl`: mustache text; every `{{x}}` gives the complete quoted NATS string, `{{{x}}}` only typed
/// numbers, booleans and durations. A tag that the view does not define is an error.
Result<std::string> nats_conf(const config::Settings& settings,
                              ServerVersion version,
                              const InternalUser& internal,
                              std::string_view tmpl);

/// The template in the binary (templates/nats.conf.mustache).
std::string_view default_template();

}  // namespace unified::render
