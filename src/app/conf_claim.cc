#include "app/conf_claim.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "app/conf_file.h"
#include "base/parse.h"
#include "os/file_lock.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kRetry{100};
constexpr std::chrono::minutes kConfLockPatience{1};

Failure failed(ExitCode exit_code, std::string line) {
  return {exit_code, {std::move(line)}};
}

}  // namespace

asio::awaitable<Result<os::UniqueFd, Failure>> claim_conf(ConfClaim claim, os::UniqueFd held) {
  using Attempt = Result<os::LockAttempt>;
  asio::steady_timer timer{claim.reactor};
  const auto deadline = std::chrono::steady_clock::now() + claim.patience;
  // Shared, since a std::function is copied.
  const auto before = std::make_shared<os::UniqueFd>(std::move(held));
  for (bool told = false;; told = true) {
    std::function<Attempt()> task = [path = claim.path, before] {
      return os::try_lock_file(conf_lock_path(path), std::exchange(*before, {}));
    };
    std::optional<Attempt> attempt =
        co_await claim.worker.call<Attempt>(std::move(task), kConfLockPatience);
    if (!attempt)
      co_return failed(kExitRestartsSpent, "NATS_CONFIG_FILE: cannot lock " + claim.path +
                                               ": the disk does not answer");
    if (!*attempt)
      co_return failed(claim.may_pass(attempt->error()) ? kExitRestartsSpent : kExitConfiguration,
                       "NATS_CONFIG_FILE: " + attempt->error().message);
    os::LockAttempt& lock = **attempt;
    if (!lock.held_by_another())
      co_return std::move(lock.fd);
    if (std::chrono::steady_clock::now() >= deadline) {
      std::function<std::string()> look = [path = claim.path] { return shown_conf_holder(path); };
      const auto holder =
          co_await claim.worker.call<std::string>(std::move(look), kConfLockPatience);
      co_return failed(
          kExitBusy,
          fmt::format("NATS_CONFIG_FILE={} is still written by another broker{}: its server would "
                      "begin anew with our configuration, and ours with that. Stop the other one, "
                      "or set another file",
                      claim.path, holder.value_or("")));
    }
    if (!told)
      claim.log.warn("{} is written by another broker: waiting up to {} for it to stop", claim.path,
                     format_duration(claim.patience));
    timer.expires_after(kRetry);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace unified::app
