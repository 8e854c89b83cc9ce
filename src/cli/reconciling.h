#pragma once

#include <string>
#include <vector>

#include "cli/target.h"
#include "config/settings.h"
#include "jetstream/reconciler.h"

namespace unified::cli {

/// What a reconcile over the target takes, with RECONCILE_ALLOW for this one plan.
jetstream::ReconcileOptions options_for(const Target& target,
                                        const config::Settings& settings,
                                        jetstream::ReconcileMode mode);

/// One reconcile over the target. Blocks.
jetstream::ReconcileReport reconcile_once(const Target& target,
                                          const config::Settings& settings,
                                          const jetstream::Declarations& desired,
                                          jetstream::ReconcileMode mode);

/// A line on stderr when the supervisor was started with other streams than this shell's settings
/// declare: who forgot to pass STREAMS_FILE or STREAM_NAME would otherwise look for a fault there.
void warn_about_other_streams(const Target& target, const jetstream::Declarations& desired);

/// A line on stderr for every stream that is paused, or being restored.
void tell_left_alone(const jetstream::ReconcileReport& report);

/// What to tell when the target did not list its streams.
std::string unlisted(const Target& target, const jetstream::ReconcileReport& report);

}  // namespace unified::cli
