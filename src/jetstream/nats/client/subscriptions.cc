#include "jetstream/nats/client/subscriptions.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace unified::nats {
namespace {

void destroy_all(const std::vector<natsSubscription*>& subscriptions) {
  for (natsSubscription* subscription : subscriptions)
    natsSubscription_Destroy(subscription);
}

}  // namespace

void Subscriptions::keep(natsSubscription* subscription) {
  hold(subscription, kept_);
}

void Subscriptions::retire(natsSubscription* subscription) {
  (void)natsSubscription_Unsubscribe(subscription);  // fails when the connection is closed
  hold(subscription, retired_);
}

void Subscriptions::hold(natsSubscription* subscription, std::vector<natsSubscription*>& where) {
  {
    const std::scoped_lock lock{mutex_};
    if (!closed_) {
      where.push_back(subscription);
      return;
    }
  }
  natsSubscription_Destroy(subscription);
}

natsStatus Subscriptions::flush(natsConnection* connection, std::chrono::milliseconds timeout) {
  std::vector<natsSubscription*> before;
  {
    const std::scoped_lock lock{mutex_};
    before.swap(retired_);
  }
  const natsStatus status =
      natsConnection_FlushTimeout(connection, std::max<std::int64_t>(timeout.count(), 1));
  if (status != NATS_OK) {
    const std::scoped_lock lock{mutex_};
    if (!closed_) {
      retired_.insert(retired_.end(), before.begin(), before.end());
      return status;
    }
  }
  destroy_all(before);
  return status;
}

void Subscriptions::closed() {
  std::vector<natsSubscription*> kept;
  std::vector<natsSubscription*> retired;
  {
    const std::scoped_lock lock{mutex_};
    closed_ = true;
    kept.swap(kept_);
    retired.swap(retired_);
  }
  destroy_all(kept);
  destroy_all(retired);
}

}  // namespace unified::nats
