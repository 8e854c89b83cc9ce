#pragma once

#include "base/result.h"
#include "base/server_version.h"
#include "config/settings.h"
#include "render/nats_conf.h"
#include "render/view.h"

namespace unified::render {

/// The names of nats.conf.mustache with the values of these settings. Pure. An error names the
/// variable whose value this server or its configuration format can't express; it never holds a
/// secret.
Result<View> settings_view(const config::Settings& settings,
                           ServerVersion version,
                           const InternalUser& internal);

}  // namespace unified::render
