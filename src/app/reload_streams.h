#pragma once

#include <boost/asio/awaitable.hpp>

#include "app/provisioner.h"
#include "app/reload_outcome.h"
#include "app/streams_view.h"

namespace unified::app {

/// After Provisioner::adopt(): waits for the first reconcile, at most 10 s, and adds what the
/// streams did not take now and had taken `before`, or that nobody knows yet (kInPart);
/// and a line for every stream that is left alone.
boost::asio::awaitable<void> add_streams_outcome(const Provisioner& provisioner,
                                                 const StreamsView& before,
                                                 ReloadOutcome& outcome);

}  // namespace unified::app
