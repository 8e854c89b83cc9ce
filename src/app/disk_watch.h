#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "app/disk_look.h"
#include "app/prober.h"
#include "app/provisioner.h"
#include "app/supervisor.h"
#include "app/worker.h"
#include "health/disk_room.h"
#include "observe/log.h"
#include "supervise/room_wait.h"

namespace unified::app {

/// Keeps nats-server off a full disk: 2.10 uses sequences twice once there is room again, 2.9
/// hangs, 2.15 keeps the stream dead. A refused write that the file system confirms stops the
/// server at once; it comes back when there is room, or after a minute now and then, since only a
/// running server expires messages. Never counted as a crash. Reactor only; what blocks runs on a
/// thread of its own.
class DiskWatch {
 public:
  struct Options {
    std::string store_dir;
    std::int64_t largest_message = 0;  ///< NATS_MAX_PAYLOAD
  };

  DiskWatch(boost::asio::any_io_executor reactor,
            Supervisor& supervisor,
            Provisioner& provisioner,
            observe::Log& log,
            Options options);

  void server_line(std::uint64_t incarnation, std::string_view line);
  void measured(const Probes& probes);
  /// A new incarnation: what its predecessor left half-made is looked for.
  void spawned(std::uint64_t incarnation);

  /// While the server is kept down: the disk as it was a moment ago.
  [[nodiscard]] const std::optional<health::DiskFacts>& seen() const { return seen_; }
  /// Folders of streams that were never finished, with what is missing; as of the last start.
  [[nodiscard]] const std::vector<std::string>& half_made() const { return half_made_; }

 private:
  void ask(std::uint64_t incarnation, bool silent);
  void suspect(std::uint64_t incarnation, const health::RoomEvidence& evidence);
  boost::asio::awaitable<void> confirm(std::uint64_t incarnation, health::RoomEvidence evidence);
  boost::asio::awaitable<void> ask_for_streams(std::uint64_t incarnation);
  boost::asio::awaitable<std::optional<DiskLook>> look();
  void stop_server(const health::RoomEvidence& evidence, health::RoomVerdict verdict);
  void begin_waiting();
  boost::asio::awaitable<void> wait_for_room();
  void start_server(bool room);
  boost::asio::awaitable<void> look_for_half_made(bool tell);
  void tell_shortage(const health::DiskFacts& disk);
  [[nodiscard]] bool is_ours() const;

  boost::asio::any_io_executor reactor_;
  Supervisor& supervisor_;
  Provisioner& provisioner_;
  observe::Log& log_;
  Options options_;
  Worker disk_;
  std::shared_ptr<std::atomic<bool>> looking_ = std::make_shared<std::atomic<bool>>(false);
  bool asking_ = false;
  std::chrono::steady_clock::time_point ask_again_;
  bool confirming_ = false;
  bool waiting_ = false;
  std::optional<supervise::RoomWait> wait_;
  std::string why_;  ///< what we stopped the server for; empty: we did not
  std::optional<health::DiskFacts> seen_;
  std::vector<std::string> half_made_;
  std::optional<std::chrono::steady_clock::time_point> short_until_;  ///< told, and not over
};

}  // namespace unified::app
