#pragma once

#include <memory>
#include <string>

#include <nats/nats.h>

#include "jetstream/nats/client/events.h"
#include "jetstream/nats/connection.h"

namespace unified::nats {

/// Connection::open_inbox().
Result<std::unique_ptr<Inbox>> subscribe_inbox(natsConnection* connection,
                                               const std::shared_ptr<Events>& events,
                                               InboxKind kind,
                                               const std::string& group);

/// Connection::send(); the subjects are safe.
Result<void> send_message(natsConnection* connection,
                          const std::string& subject,
                          const std::string& reply,
                          const std::string& payload,
                          const HeaderList& headers);

}  // namespace unified::nats
