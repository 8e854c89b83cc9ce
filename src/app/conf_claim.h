#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "app/failure.h"
#include "app/worker.h"
#include "base/result.h"
#include "observe/log.h"
#include "os/unique_fd.h"

namespace unified::app {

/// Parts that are needed to claim nats.conf, and how long another broker's end is waited for.
struct ConfClaim {
  boost::asio::any_io_executor reactor;
  Worker& worker;
  observe::Log& log;
  std::string path;  ///< of nats.conf
  std::chrono::nanoseconds patience;
  std::function<bool(const Error&)> may_pass;  ///< of what fails on the file system
};

/// The lock of nats.conf (conf_lock_path()), to be held as long as the broker lives. `held`: a
/// descriptor that may be this lock already (Handover). Fails with 73 when another broker holds it
/// for longer than the patience; when the lock can't be made, with 75 if that may pass, else with
/// 78. On the reactor; the file system is asked by the worker.
boost::asio::awaitable<Result<os::UniqueFd, Failure>> claim_conf(ConfClaim claim,
                                                                 os::UniqueFd held);

}  // namespace unified::app
