// The input is what somebody on the monitoring port answers to GET, in pieces: the probe ends at
// once with an HTTP answer or an error, whatever it is.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "fuzz/property.h"
#include "health/http/http_probe.h"

namespace unified::health {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kPatience{5};

/// Takes one connection, reads what fits, says what the input says, and hangs up.
asio::awaitable<void> answer(tcp::acceptor& acceptor, std::string_view bytes) {
  auto [error, peer] = co_await acceptor.async_accept(kAwait);
  if (error)
    co_return;
  std::array<char, 1024> request{};
  const auto [no_request, count] = co_await peer.async_read_some(asio::buffer(request), kAwait);
  if (no_request || count == 0)
    co_return;
  boost::system::error_code ignored;  // the probe may have heard enough
  co_await asio::async_write(peer, asio::buffer(bytes.data(), bytes.size()),
                             asio::redirect_error(asio::use_awaitable, ignored));
}

struct Probe {
  bool over = false;
  Result<HttpAnswer> result{Error{"no answer"}};
};

asio::awaitable<void> ask(int port, Probe& probe) {
  auto result = co_await http_get("127.0.0.1", port, "/healthz", kPatience);
  probe.result = std::move(result);
  probe.over = true;
}

/// One listener for all inputs.
struct Listener {
  asio::io_context context;
  tcp::acceptor acceptor{context, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
};

}  // namespace
}  // namespace unified::health

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unified;
  static health::Listener listener;
  health::Probe probe;
  const auto start = std::chrono::steady_clock::now();
  boost::asio::co_spawn(listener.context,
                        health::answer(listener.acceptor, fuzz::text_of(data, size)),
                        boost::asio::detached);
  boost::asio::co_spawn(listener.context,
                        health::ask(listener.acceptor.local_endpoint().port(), probe),
                        boost::asio::detached);
  listener.context.restart();
  listener.context.run();
  fuzz::require(probe.over, "a probe comes to an end");
  fuzz::require(std::chrono::steady_clock::now() - start < health::kPatience,
                "a probe ends when the other side hangs up");
  if (probe.result)
    fuzz::require(probe.result->status >= 100 && probe.result->status <= 999,
                  "an HTTP answer has a status");
  else
    fuzz::require(
        !probe.result.error().message.empty() && fuzz::is_printable(probe.result.error().message),
        "a failed probe says why");
  return 0;
}
