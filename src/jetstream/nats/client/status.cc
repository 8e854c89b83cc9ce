#include "jetstream/nats/client/status.h"

#include <string_view>

namespace unified::nats {

std::string last_error_text(natsStatus status) {
  if (status == NATS_CONNECTION_AUTH_FAILED)
    return "the server refuses the login";
  natsStatus recorded = NATS_OK;
  const char* const text = nats_GetLastError(&recorded);
  std::string_view cause = text == nullptr || recorded != status ? std::string_view{} : text;
  // "(conn.c:1909): Authorization Violation"
  if (cause.starts_with('('))
    if (const std::size_t end = cause.find("): "); end != std::string_view::npos)
      cause.remove_prefix(end + 3);
  std::string message{cause.empty() ? std::string_view{natsStatus_GetText(status)} : cause};
  if (message.size() > 1 && message[0] >= 'A' && message[0] <= 'Z' &&
      (message[1] < 'A' || message[1] > 'Z'))
    message[0] = static_cast<char>(message[0] - 'A' + 'a');
  return message;
}

}  // namespace unified::nats
