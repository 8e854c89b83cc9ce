#pragma once

#include <memory>

#include <nats/nats.h>

namespace unified::nats {

struct DestroyMessage {
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
};

/// A message of nats.c that is ours.
using Message = std::unique_ptr<natsMsg, DestroyMessage>;

}  // namespace unified::nats
