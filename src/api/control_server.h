#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "api/http_types.h"
#include "base/result.h"
#include "os/unique_fd.h"

namespace unified::api {

using Handler = std::function<boost::asio::awaitable<Response>(Request)>;

/// One line of the route table.
struct Route {
  std::string method;
  std::string path;
  Handler handler;
};

/// HTTP/1.1 on a unix socket (0600; the peer must be root or our own user, by its credentials).
/// Runs on the reactor and never blocks it: at most 64 clients at once (the oldest that has not
/// asked yet gives way to the next one), 5 s for a request to arrive, 8 KiB of header, 1 MiB of
/// body.
class ControlServer {
 public:
  virtual ~ControlServer() = default;

  /// Listens on `path`, replacing a left-over socket: the caller holds RUN_DIR's lock. Fails when
  /// the socket can't be made (a path over 107 bytes is one reason). `kept`: what hand_over() gave
  /// in the life before, with those who wait there; another one is closed.
  static Result<std::unique_ptr<ControlServer>> listen(const boost::asio::any_io_executor& executor,
                                                       const std::string& path,
                                                       std::vector<Route> routes,
                                                       os::UniqueFd kept = {});

  /// Says whether clients find this socket at its path. What is returned looks at the file system,
  /// on any thread, and may outlive us.
  [[nodiscard]] virtual std::function<bool()> reachability() const = 0;
  /// Goes on with another socket (bind_control_socket()) because the file of the one of now is
  /// gone. Who waits at the old one asks again. After an error nobody listens, reachability() says
  /// so, and another call may mend it.
  virtual Result<void> replace(os::UniqueFd listening) = 0;

  /// No new clients, the open ones are cut, the socket file is removed if it is still ours.
  virtual void close() = 0;
  /// No new clients here: the socket goes on listening for who takes it over.
  virtual os::UniqueFd hand_over() = 0;
};

/// A listening socket (0600) at `path`, in the place of whatever is there. Looks at and changes the
/// file system; any thread.
Result<os::UniqueFd> bind_control_socket(const std::string& path);

}  // namespace unified::api
