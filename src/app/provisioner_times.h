#pragma once

#include <chrono>

namespace unified::app {

// The provisioner's patience.

/// For a whole reconcile: 1,000 streams are created in this easily.
inline constexpr std::chrono::milliseconds kReconcilePatience{120'000};
/// While a deleted stream is on its way out of the store.
inline constexpr std::chrono::milliseconds kLookRest{200};
inline constexpr std::chrono::milliseconds kFirstRetry{500};
/// Before a connection that was lost is made again: a server that ends each at once is not flooded.
inline constexpr std::chrono::milliseconds kReconnectRest{100};
/// Until INIT_TIMEOUT is over: the nodes of a new cluster learn of each other in these seconds.
inline constexpr std::chrono::milliseconds kLongestRetryAtFirst{2'000};
inline constexpr std::chrono::milliseconds kLongestRetry{30'000};
/// Between two looks at a restore, which may end without a word.
inline constexpr std::chrono::milliseconds kRestoreLook{5'000};

/// Whether nats.c has given the connection up for good, by the word of nats::Callbacks.
inline bool is_final(std::string_view why) {
  return why.starts_with("closed");
}

}  // namespace unified::app
