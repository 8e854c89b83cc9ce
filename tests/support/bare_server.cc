#include "support/bare_server.h"

#include <chrono>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace unified::test {

BareServer::BareServer(BareServerOptions options) : options_(std::move(options)) {
  if (!options_.directory)
    options_.directory = std::make_shared<TempDir>();
  start();
}

void BareServer::restart() {
  process_.reset();
  start();
}

void BareServer::start() {
  const TempDir& directory = *options_.directory;
  const std::string jetstream =
      options_.jetstream ? fmt::format("jetstream {{ store_dir: \"{}\" }}\n", directory / "store")
                         : "";
  const std::string file = directory.write(
      "bare.conf", fmt::format("host: 127.0.0.1\nport: {}\nhttp: \"127.0.0.1:{}\"\n{}{}\n", port(),
                               monitor_port(), jetstream, options_.config));
  process_ = std::make_unique<Process>(ProcessOptions{.command = {options_.server.path, "-c", file},
                                                      .environment = {},
                                                      .directory = directory.path()});
  if (!process_->wait_for_output("Server is ready", std::chrono::seconds{20}))
    throw std::runtime_error{"nats-server is not ready: " + process_->output()};
}

}  // namespace unified::test
