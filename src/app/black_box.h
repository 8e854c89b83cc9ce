#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include "app/black_box_files.h"
#include "app/failure.h"
#include "app/server_words.h"
#include "app/store_side.h"
#include "app/worker.h"
#include "config/settings.h"
#include "observe/log.h"
#include "supervise/incident.h"

namespace unified::app {

/// What the black box must know of the broker.
struct BlackBoxSubject {
  BlackBoxPlaces places;
  std::vector<supervise::PortUse> ports;  ///< without holders
  std::string server_binary;
  std::string server_version;
  std::string monitor_host;
  int monitor_port = 0;
  std::chrono::nanoseconds interval{};  ///< between two looks at /varz and /jsz; 0: none
};

/// The listeners that the settings name.
std::vector<supervise::PortUse> ports_of(const config::Settings& settings);

/// Keeps one file of every incident (black_box_files.h), finds its cause and tells it to the log.
/// Reactor only; what blocks runs on threads of its own, which are made at the first incident and
/// may outlive nobody: the object is never destroyed before the process ends.
class BlackBox {
 public:
  BlackBox(boost::asio::any_io_executor reactor, observe::Log& log, BlackBoxSubject subject);

  /// From now on told whether the last record could be written: why not, empty if it was. On the
  /// reactor.
  void report_to(std::function<void(const std::string& why)> on_kept) {
    on_kept_ = std::make_shared<decltype(on_kept)>(std::move(on_kept));
  }
  /// The last incident may be one of an earlier life.
  void remember(Worker& worker);

  // What the supervisor saw.
  void spawned(std::uint64_t incarnation);
  void server_line(std::uint64_t incarnation, std::string_view line) {
    words_.note(incarnation, line);
  }
  /// ServerWords::said().
  [[nodiscard]] std::vector<std::string> said(std::uint64_t incarnation) const {
    return words_.said(incarnation);
  }
  void became_ready(std::uint64_t incarnation);
  void found_hung(const std::string& why) { hung_why_ = why; }
  void happened(const supervise::Incident& incident);
  /// The store takes no writes, by a trial of our own; nats-server runs on.
  void store_refused(const std::string& why);
  /// We give up before there is a server.
  void refused(const Failure& failure);

  /// Of the last incident: at, kind, cause, cause_kind, confirmed_by, advice, file. Null: none.
  [[nodiscard]] const nlohmann::ordered_json& last() const { return *last_; }
  /// Waits until all is written, at most `patience`: for the end of the process.
  void drain(std::chrono::milliseconds patience);

 private:
  boost::asio::awaitable<void> look_at_server(std::uint64_t incarnation);
  [[nodiscard]] FlightRecord record_of(const supervise::Incident& incident) const;
  void keep(FlightRecord record);
  Worker& writer();

  boost::asio::any_io_executor reactor_;
  observe::Log& log_;
  BlackBoxSubject subject_;
  std::unique_ptr<Worker> writer_;
  std::shared_ptr<StoreSide> store_side_;  ///< made with the writer
  ServerWords words_;
  std::string hung_why_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t told_unkillable_ = 0;  ///< incarnation; the supervisor reminds once a minute
  std::chrono::system_clock::time_point spawned_at_ = std::chrono::system_clock::now();
  std::chrono::steady_clock::time_point spawned_ = std::chrono::steady_clock::now();
  std::optional<std::chrono::steady_clock::time_point> ready_;
  std::optional<std::int64_t> oom_kills_;
  nlohmann::ordered_json server_seen_;
  std::shared_ptr<boost::asio::steady_timer> pause_;  ///< between two looks at the server
  std::shared_ptr<std::function<void(const std::string&)>> on_kept_;
  std::shared_ptr<nlohmann::ordered_json> last_ = std::make_shared<nlohmann::ordered_json>();
};

}  // namespace unified::app
