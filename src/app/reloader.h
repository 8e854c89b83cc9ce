#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/preparation.h"
#include "app/provisioner.h"
#include "app/reload_outcome.h"
#include "app/reload_plan.h"
#include "app/supervisor.h"
#include "app/worker.h"
#include "observe/log.h"

namespace unified::app {

/// Reads the configuration anew, as a start would, but renders with this internal user. Blocks.
using ReadAgain = std::function<Result<Preparation, Failure>(const render::InternalUser& internal)>;

/// `reload`, HUP and the watching of files: read, validate, render, compare; then HUP, confirmed by
/// /varz (facts §7). On the reactor; what blocks runs on a thread of its own.
class Reloader {
 public:
  /// What a reload works on. The references outlive it.
  struct Parts {
    Preparation& current;  ///< replaced by what was applied
    std::string run_dir;
    std::string conf_path;
    Supervisor& supervisor;
    Provisioner& provisioner;
    observe::Log& log;
    ReadAgain read_again;
    std::vector<std::string> server_arguments;  ///< that nats-server gets beside its configuration
    std::function<void()> on_done;  ///< after each reload; `current` is what is in force
  };
  Reloader(boost::asio::any_io_executor reactor, Parts parts);

  /// One reload after the other, a second apart; all who ask meanwhile share the next one.
  boost::asio::awaitable<ReloadOutcome> reload();
  /// The first half alone, for a restart: whether what a start would read now is valid. Nothing =
  /// it is.
  boost::asio::awaitable<std::optional<Failure>> find_fault();
  /// Waits for a look that is under way (it has a file with secrets in a folder of its own), at
  /// most `patience`: for the end of the process.
  void drain(std::chrono::milliseconds patience);
  /// nats-server's own words, for the reason of a refusal.
  void server_line(std::string_view line);

 private:
  struct Turn {
    boost::asio::steady_timer done;
    bool over = false;
    ReloadOutcome outcome;
  };
  /// What the reading thread found.
  struct Candidate {
    Preparation next;
    ReloadPlan plan;
  };
  using Found = Result<std::shared_ptr<Candidate>, Failure>;

  boost::asio::awaitable<void> run_turns();
  boost::asio::awaitable<ReloadOutcome> once();
  boost::asio::awaitable<Found> look(bool compare);
  boost::asio::awaitable<bool> wait_until_running();
  boost::asio::awaitable<ReloadOutcome> carry_out(std::shared_ptr<Candidate> candidate);
  boost::asio::awaitable<ReloadOutcome> apply(std::shared_ptr<Candidate> candidate);
  boost::asio::awaitable<std::optional<std::string>> change_server(const std::string& conf);
  [[nodiscard]] boost::asio::awaitable<std::string> load_time() const;
  boost::asio::awaitable<Result<void>> write(std::string conf);
  boost::asio::awaitable<void> rest(std::chrono::milliseconds time);
  void tell(const ReloadOutcome& outcome) const;

  boost::asio::any_io_executor reactor_;
  Parts parts_;
  std::unique_ptr<Worker> worker_;  ///< once somebody asked
  std::shared_ptr<Turn> next_;
  bool running_ = false;
  std::string refusal_;  ///< the server's last word about a reload
};

}  // namespace unified::app
