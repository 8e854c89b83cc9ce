#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include "app/worker.h"
#include "observe/log.h"
#include "supervise/recovery.h"

namespace unified::app {

/// How far nats-server is with restoring its streams, from its own lines and the sizes of their
/// folders; told to the log every 10 s while it goes on. Reactor only. The folders are looked at on
/// a thread of its own, and only when the restore takes longer than a second. Never destroyed
/// before the process ends.
class RecoveryWatch {
 public:
  /// `store_dir` empty: no JetStream, nothing is watched.
  RecoveryWatch(boost::asio::any_io_executor reactor, observe::Log& log, std::string store_dir);

  void spawned(std::uint64_t incarnation, int pid);
  void server_line(std::string_view line);
  /// Ready, or gone.
  void ended();

  /// Nothing while nothing is being restored.
  [[nodiscard]] std::optional<supervise::RecoveryProgress> progress() const;

 private:
  void measure(std::uint64_t incarnation);
  void tell_later(std::uint64_t incarnation, std::chrono::steady_clock::duration delay);

  boost::asio::any_io_executor reactor_;
  observe::Log& log_;
  std::string store_dir_;
  std::unique_ptr<Worker> scanner_;
  boost::asio::steady_timer timer_;
  std::uint64_t incarnation_ = 0;  ///< 0: nothing is being restored
  int pid_ = 0;
  bool measured_ = false;
  std::chrono::steady_clock::time_point begun_;
  supervise::RestoringStreams streams_;
};

/// `{"streams_restored","streams_total","percent","eta_seconds"}`; null where it is not known, and
/// for nothing.
nlohmann::ordered_json to_json(const std::optional<supervise::RecoveryProgress>& progress);

}  // namespace unified::app
