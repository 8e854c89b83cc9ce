#pragma once

#include <chrono>

namespace unified::app {

// The provisioner's patience.

/// For a whole reconcile: 1,000 streams are created in this easily.
inline constexpr std::chrono::milliseconds kReconcilePatience{120'000};
/// While a deleted stream is on its way out of the store.
inline constexpr std::chrono::milliseconds kLookRest{200};
inline constexpr std::chrono::milliseconds kFirstRetry{500};
/// Until INIT_TIMEOUT is over: the nodes of a new cluster learn of each other in these seconds.
inline constexpr std::chrono::milliseconds kLongestRetryAtFirst{2'000};
inline constexpr std::chrono::milliseconds kLongestRetry{30'000};
/// Between two looks at a restore, which may end without a word.
inline constexpr std::chrono::milliseconds kRestoreLook{5'000};

}  // namespace unified::app
