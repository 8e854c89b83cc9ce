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

/// Whether the node of a new cluster has become a member of its metadata group. Looks again and
/// again from the moment nats-server is ready until every declared subject is bound, and only in an
/// incarnation that forms the group ("JetStream cluster bootstrapping"): a node that somebody
/// removed later must stay out. Reactor only.
class ClusterWatch {
 public:
  struct Parts {
    boost::asio::any_io_executor reactor;
    /// GET of a page of nats-server's monitoring; its body.
    std::function<boost::asio::awaitable<Result<std::string>>(std::string target)> get;
    /// Whether the leader of the group answers a request.
    std::function<boost::asio::awaitable<bool>()> leader_answers;
    /// Called once: the node was seen left out three times in a row.
    std::function<void(const std::string& why)> on_left_out;
    std::chrono::milliseconds between_looks{1000};
  };

  explicit ClusterWatch(Parts parts);

  void server_line(std::string_view line);
  void server_ready();
  /// The streams are in place, or the server has ended.
  void ended();

 private:
  boost::asio::awaitable<void> watch(std::uint64_t watch);

  Parts parts_;
  boost::asio::steady_timer wake_;
  bool forms_group_ = false;
  std::uint64_t watches_ = 0;  ///< begun or ended so far: an older one is history
};

}  // namespace unified::app
