#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/result.h"
#include "health/meta_group.h"

namespace unified::app {

/// Whether a node that has come to its cluster with an empty store becomes a member of the metadata
/// group. Looks again and again from the moment nats-server is ready until the node is a member,
/// and only in an incarnation without a state of the group ("JetStream cluster bootstrapping"): a
/// node that somebody removed later must stay out. Reactor only.
class ClusterWatch {
 public:
  struct Parts {
    boost::asio::any_io_executor reactor;
    /// GET of a page of nats-server's monitoring; its body.
    std::function<boost::asio::awaitable<Result<std::string>>(std::string target)> get;
    /// Whether the leader of the group answers a request.
    std::function<boost::asio::awaitable<bool>()> leader_answers;
    /// The node was seen left out three times in a row. Returns whether something is done about
    /// it, which ends the watch.
    std::function<bool(const std::string& why)> on_left_out;
    /// Longer while nothing can be told, as when the other nodes have not started.
    std::chrono::milliseconds between_looks{1000};
  };

  explicit ClusterWatch(Parts parts);

  void server_line(std::string_view line);
  void server_ready();
  /// The server has ended.
  void ended();

 private:
  boost::asio::awaitable<void> watch(std::uint64_t watch);

  Parts parts_;
  boost::asio::steady_timer wake_;
  bool forms_group_ = false;
  std::uint64_t watches_ = 0;  ///< begun or ended so far: an older one is history
};

}  // namespace unified::app
