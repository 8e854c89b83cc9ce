#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/held_streams.h"
#include "app/jetstream_session.h"
#include "app/provision_options.h"
#include "app/streams_view.h"
#include "app/trouble_log.h"
#include "app/worker.h"
#include "health/login.h"
#include "health/snapshot.h"
#include "observe/log.h"

namespace unified::app {

/// The streams are read anew within the probes' deadline.
inline constexpr std::chrono::milliseconds kRefreshPatience{4500};
/// For a status that would rather be old than late.
inline constexpr std::chrono::milliseconds kStatusPatience{2000};

/// From "the server says it is ready" to "every declared subject is bound", for every incarnation,
/// and after that: drift. Lives on the reactor; what blocks runs on the worker.
class Provisioner {
 public:
  /// Streams on disk, by the URL (without credentials) of the server that had them.
  using KnownStreams = std::map<std::string, std::set<std::string>>;

  struct Events {
    std::function<void(std::uint64_t incarnation)> on_server_ready;
    std::function<void()>
        on_provisioned;  ///< every declared subject is bound, in each incarnation once
    /// Set for a server that nobody here runs: then no connection is made again by us. Told that
    /// one could not be made, or is lost for good; whoever hears it calls exited().
    std::function<void(std::uint64_t incarnation, const std::string& why)> on_lost;
    /// With a server elsewhere: what it must not be given anew has changed; empty: nobody asks.
    std::function<void(const KnownStreams& known)> on_known;
    /// Of a store of our own: a request of ours may have made or changed this. Empty: nobody asks.
    std::function<void(const jetstream::MadeObject&)> on_made;
    /// Awaited before on_provisioned, so that "ready" is also true of what a power loss leaves;
    /// bounded by whoever sets it. Empty: nothing to wait for.
    std::function<boost::asio::awaitable<void>()> until_on_disk;
  };

  Provisioner(boost::asio::any_io_executor reactor,
              Worker& worker,
              ProvisionOptions options,
              observe::Log& log,
              Events events);

  /// A server that was found to answer, run by somebody else: serve it like one that was spawned
  /// and said that it is ready. Needs Events::on_lost.
  void found(std::uint64_t incarnation, ProvisionOptions options);

  // What the supervisor saw.
  void spawned(std::uint64_t incarnation);
  void server_line(std::uint64_t incarnation, std::string_view line);
  void exited(std::uint64_t incarnation);
  void stop();
  /// What a reload has changed: the streams are reconciled as at a start, and with `new_streams` we
  /// are not ready until that is done; `new_login`: we connect anew.
  void adopt(ProvisionOptions options, bool new_streams, bool new_login);

  /// From now on nothing is reconciled, for `why`, a sentence; who holds it waits until what is
  /// under way on the worker has ended. Again: with another reason.
  void hold(std::string why);
  /// The streams are reconciled as at a start.
  void release();
  /// Empty: not held.
  [[nodiscard]] const std::string& held() const { return hold_; }

  /// Pauses are kept in this file. Called before anything is reconciled.
  void keep_pauses_in(std::string file) { pause_file_ = std::move(file); }
  /// What nothing of ours may touch just now; never null.
  [[nodiscard]] const std::shared_ptr<HeldStreams>& held_streams() const { return held_; }
  /// "stream X is paused until …", of every declared one that is left alone, by its name.
  [[nodiscard]] std::map<std::string, std::string> left_alone() const;
  /// The streams are reconciled as at a start, without RECONCILE_ALLOW.
  void reconcile_anew();

  /// One JetStream round trip that also checks that the declared streams are still there; at most
  /// `patience`.
  boost::asio::awaitable<health::Probe> round_trip(std::chrono::milliseconds patience);
  /// Reads the streams anew (nothing is changed), so that view() is of now; at most `patience`.
  boost::asio::awaitable<bool> refresh(std::chrono::milliseconds patience);

  /// Passes one request on over the supervisor's connection; at most `patience`.
  boost::asio::awaitable<Result<std::string>> relay(std::string subject,
                                                    std::string payload,
                                                    std::chrono::milliseconds patience);
  /// Why a stream, or a consumer of it (empty: the stream itself), that the server does not list
  /// must not be created: its folder, or a line of this incarnation's log, or that neither can be
  /// told within `patience`. Nothing = provably absent.
  boost::asio::awaitable<std::optional<std::string>> evidence(std::string stream,
                                                              std::string consumer,
                                                              std::chrono::milliseconds patience);

  /// The declared streams whose files must be in the store. None in a cluster: they may be on other
  /// nodes.
  [[nodiscard]] std::vector<std::string> streams_on_file() const;
  /// RECONCILE_ALLOW was for the configuration of the start.
  void forget_allowed() { options_.allowed = {}; }
  /// Calls on_known again: what it was told before is lost.
  void tell_known();
  /// What on_known told before a restart of ours.
  void remember(KnownStreams known) { kept_ = std::move(known); }
  /// What on_known told can't be read: a stream that is missing may be one that was not loaded.
  void doubt(std::string why) { doubt_ = std::move(why); }
  [[nodiscard]] const ProvisionOptions& options() const { return options_; }
  [[nodiscard]] const StreamsView& view() const { return view_; }
  [[nodiscard]] const health::Probe& connection() const { return connection_; }
  /// Why the server, which has said that it is ready, does not let us in; empty: it does, or is not
  /// that far.
  [[nodiscard]] const std::string& refusal() const { return own_connection_.refusal(); }
  /// Whether view() is what a reconcile of the streams declared last (adopt()) has left.
  [[nodiscard]] bool reconciled() const { return reconciled_ == declarations_; }
  [[nodiscard]] const jetstream::Declarations& desired() const { return *options_.desired; }

 private:
  boost::asio::awaitable<void> serve(std::uint64_t incarnation);
  boost::asio::awaitable<void> serve_to_the_end(std::uint64_t incarnation);
  boost::asio::awaitable<bool> connect(std::uint64_t incarnation);
  /// A connection that had been made is lost.
  void note_loss(const std::string& why);
  /// What a reconcile shows of our own connection.
  void note_answer(const jetstream::ReconcileReport& report);
  /// Tells the log that the server refuses us: once, until it lets us in.
  void tell_refusal();
  boost::asio::awaitable<void> provision(std::uint64_t incarnation);
  /// A connection that is lost, a hold, streams that were declared anew. False: none of them.
  boost::asio::awaitable<bool> do_what_comes_first(std::uint64_t incarnation);
  boost::asio::awaitable<void> keep(std::uint64_t incarnation);
  boost::asio::awaitable<void> look(std::uint64_t incarnation, jetstream::ReconcileMode mode);
  boost::asio::awaitable<std::optional<jetstream::ReconcileReport>> reconcile(
      jetstream::ReconcileMode mode, std::chrono::milliseconds patience);
  [[nodiscard]] jetstream::FindEvidence evidence_of_now() const;
  [[nodiscard]] std::function<void()> restore_look() const;
  void note_migrations(const jetstream::ReconcileReport& report);
  /// Those whose stream may be away for a moment, until it is replaced.
  [[nodiscard]] std::set<std::string> being_migrated() const;
  boost::asio::awaitable<void> pause(std::chrono::nanoseconds duration);
  /// `left`, or less: while somebody restores a stream that is looked after.
  [[nodiscard]] std::chrono::nanoseconds until_next_look(std::chrono::nanoseconds left) const;
  /// Until what a reconcile has made is on the disk, as long as that is waited for.
  boost::asio::awaitable<void> settle_on_disk() const;
  /// A plan without a change, made again while a stream that a client deleted is still on its way
  /// out of the store: it would be taken for one that was not loaded.
  boost::asio::awaitable<std::optional<jetstream::ReconcileReport>> settled_look(
      std::chrono::milliseconds patience);
  [[nodiscard]] bool is_leaving(const jetstream::ReconcileReport& report) const;
  void take(const jetstream::ReconcileReport& report);
  void tell(const jetstream::ReconcileReport& report);
  /// Of a reconcile with all that is allowed; whether every declared subject is bound now.
  bool take_outcome(const jetstream::ReconcileReport& report);
  [[nodiscard]] std::shared_ptr<JetStreamSession> make_session();
  void connection_made();
  void connection_changed(std::uint64_t session, bool connected, const std::string& why);
  void advisory(const std::string& subject);
  void restore_advisory(const std::string& subject);
  [[nodiscard]] bool is_ours(const std::string& stream) const;
  void consumer_changed(std::string_view object, bool deleted);
  void miss_stream(const std::string& name);
  void remember_what_it_has();
  [[nodiscard]] std::string server_key() const;
  bool still_current(std::uint64_t incarnation);
  [[nodiscard]] bool current(std::uint64_t incarnation) const {
    return incarnation_ == incarnation && !stopping_;
  }

  boost::asio::any_io_executor reactor_;
  Worker& worker_;
  ProvisionOptions options_;
  observe::Log& log_;
  Events events_;
  std::shared_ptr<HeldStreams> held_ = std::make_shared<HeldStreams>();
  std::string pause_file_;  ///< empty: nothing can be paused
  std::shared_ptr<JetStreamSession> session_;
  boost::asio::steady_timer wake_;  ///< cancelled to end a pause early
  std::uint64_t incarnation_ = 0;   ///< 0: no server
  bool server_said_ready_ = false;
  bool stopping_ = false;
  bool connection_closed_ = false;  ///< for good: nats.c gave it up
  bool connecting_ = false;         ///< connect() is at it, or pauses between two attempts
  bool told_refusal_ = false;
  bool look_again_ = false;       ///< an advisory told of a change
  bool provision_again_ = false;  ///< other streams were declared
  /// `warnings_` has some of before the last reload: they go when everything is as declared.
  bool were_declared_anew_ = false;
  std::shared_ptr<std::atomic<std::uint64_t>> running_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);  ///< incarnation_ for the worker's eyes
  std::uint64_t declarations_ = 0;                      ///< taken so far, like sessions_
  std::uint64_t reconciled_ = 0;                        ///< as declarations_
  std::uint64_t sessions_ = 0;  ///< made so far: what an older one reports is history
  TroubleLog trouble_;
  std::set<std::string> loaded_;  ///< declared streams that this incarnation has had
  /// jetstream::ReconcileOptions::had_before, since the start, the last reload or release()
  std::set<std::string> had_consumers_;
  /// Declared streams that somebody was migrating when they were last seen, and when that was.
  std::map<std::string, std::chrono::steady_clock::time_point> migrating_;
  /// By server (its URL): on disk in any incarnation, and not said to be deleted since.
  KnownStreams kept_;
  std::string doubt_;  ///< why kept_ may lack something; empty: it does not
  StreamsView view_;
  health::Probe connection_{false, "not connected yet", {}};
  health::OwnConnection own_connection_;
  std::optional<std::string> lost_;  ///< nats.c's last word about session_, if that was a loss
  std::vector<KeyedLine> last_told_;
  std::vector<std::string> warnings_;  ///< since this server started
  std::string hold_;                   ///< why nothing is reconciled; empty: it is
};

}  // namespace unified::app
