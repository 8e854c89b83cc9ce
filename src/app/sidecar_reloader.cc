#include "app/sidecar_reloader.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/reload_plan.h"
#include "app/reload_streams.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;
using Kind = ReloadOutcome::Kind;

constexpr std::chrono::milliseconds kReadingPatience{30'000};
constexpr std::chrono::milliseconds kBetweenReloads{1000};

}  // namespace

SidecarReloader::SidecarReloader(asio::any_io_executor reactor, Parts parts)
    : reactor_(std::move(reactor)),
      parts_(std::move(parts)),
      reader_(reactor_),
      over_(reactor_, asio::steady_timer::time_point::max()) {}

void SidecarReloader::hang_up() {
  wanted_ = true;
  if (!std::exchange(running_, true))
    asio::co_spawn(reactor_, reload_while_wanted(), asio::detached);
}

asio::awaitable<void> SidecarReloader::reload_while_wanted() {
  asio::steady_timer rest{reactor_};
  while (std::exchange(wanted_, false)) {
    try {
      co_await reload();
    } catch (const std::exception& failure) {
      parts_.log.error("internal error in the reload, going on: {}", failure.what());
    }
    rest.expires_after(kBetweenReloads);
    co_await rest.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  running_ = false;
}

asio::awaitable<SidecarReloader::Found> SidecarReloader::read() {
  std::function<Found()> task = parts_.read_again;
  std::optional<Found> found = co_await reader_.call<Found>(std::move(task), kReadingPatience);
  if (!found)
    co_return Found{
        Failure{kExitRestartsSpent, {"the configuration can't be read: the disk does not answer"}}};
  co_return *std::move(found);
}

asio::awaitable<std::optional<Failure>> SidecarReloader::find_fault() {
  const Found found = co_await read();
  if (!found)
    co_return found.error();
  co_return std::nullopt;
}

asio::awaitable<ReloadOutcome> SidecarReloader::reload() {
  while (busy_) {
    co_await over_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  busy_ = true;
  ReloadOutcome outcome;
  try {
    outcome = co_await reload_now();
  } catch (const std::exception& failure) {
    outcome.lines = {fmt::format("internal error: {}", failure.what())};
    parts_.log.error("reload: {}", outcome.lines.front());
  }
  try {
    parts_.on_read();
  } catch (const std::exception& failure) {
    parts_.log.error("reload: the files can't be watched: {}", failure.what());
  }
  busy_ = false;
  over_.cancel();
  co_return outcome;
}

asio::awaitable<ReloadOutcome> SidecarReloader::reload_now() {
  Found found = co_await read();
  ReloadOutcome outcome;
  std::vector<std::string> warnings;
  if (found) {
    warnings = found->config_warnings;
    outcome = co_await apply(*std::move(found));
  } else {
    outcome = outcome_of(found.error());
  }
  outcome.warnings = new_warnings(parts_.current.config_warnings, warnings);
  if (is_in_force(outcome.kind))
    adopt_warnings(parts_.current, std::move(warnings));
  for (std::string& line : outcome.lines)
    line = parts_.log.scrub(line);
  for (std::string& warning : outcome.warnings) {
    warning = parts_.log.scrub(warning);
    parts_.log.warn("{}", warning);
  }
  const bool fine = outcome.kind == Kind::kApplied || outcome.kind == Kind::kUnchanged;
  parts_.log.write(fine ? observe::Level::kInfo : observe::Level::kError,
                   fmt::format("reload: {}{}{}", to_text(outcome.kind),
                               outcome.lines.empty() ? "" : ": ", fmt::join(outcome.lines, "; ")));
  co_return outcome;
}

asio::awaitable<ReloadOutcome> SidecarReloader::apply(Preparation next) {
  parts_.log.add_secrets(next.settings.secrets);
  const ReloadPlan plan = plan_reload(parts_.current, next);
  if (plan.empty())
    co_return ReloadOutcome{Kind::kUnchanged, {}};
  std::vector<std::string> fixed;
  for (const config::Change& change : config::changes(parts_.current.settings, next.settings))
    if (change.at_start)
      fixed.push_back(change.name);
  if (!fixed.empty())
    co_return ReloadOutcome{
        Kind::kNeedsRestart,
        {fmt::format("{} can't change while the sidecar runs: `restart`, or `reload "
                     "--allow-restart`",
                     fmt::join(fixed, ", "))}};
  const bool elsewhere =
      plan.login || std::ranges::any_of(config::changes(parts_.current.settings, next.settings),
                                        [](const config::Change& change) {
                                          return change.name == "NATS_URL" ||
                                                 change.name == "NATS_HTTP_PORT" ||
                                                 change.name == "NATS_CONNECT_TIMEOUT";
                                        });
  parts_.current.settings = std::move(next.settings);
  parts_.current.manifest = std::move(next.manifest);
  parts_.current.files = std::move(next.files);
  parts_.current.read_from = std::move(next.read_from);
  // As Reloader: what may be lost is asked for at a start, or by `init`.
  parts_.provisioner.forget_allowed();
  const StreamsView before = parts_.provisioner.view();
  if (elsewhere) {
    parts_.link.look_anew("the configuration says another server or login");
  } else if (parts_.link.serving()) {
    ProvisionOptions options = parts_.link.options();
    parts_.provisioner.adopt(std::move(options), plan.streams, false);
  }
  ReloadOutcome outcome{Kind::kApplied, plan.differences};
  if (plan.streams && !elsewhere && parts_.link.serving()) {
    co_await add_streams_outcome(parts_.provisioner, before, outcome);
  }
  co_return outcome;
}

}  // namespace unified::app
