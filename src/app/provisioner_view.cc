// What the provisioner knows of the streams and the connection, and how it learns it.
#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <fmt/format.h>

#include "app/provisioner.h"
#include "app/provisioner_times.h"
#include "app/streams_view.h"
#include "base/scrub.h"
#include "health/login.h"
#include "os/store_scan.h"

namespace unified::app {

namespace asio = boost::asio;
using jetstream::ReconcileMode;
using jetstream::ReconcileReport;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kWorkerPatience{500};
/// How long a stream that is migrated may be away: while all of it is restored.
constexpr std::chrono::hours kLongestReplacement{1};

/// Why a stream must not be made because somebody restores it or has paused it. A restore that
/// began before we listened shows only when the server is looked at: `look`, at the first call.
std::function<std::optional<std::string>(const std::string& stream)> held_back_by(
    std::shared_ptr<HeldStreams> held, std::function<void()> look) {
  return [held = std::move(held), look = std::move(look), looked = std::make_shared<bool>(false)](
             const std::string& stream) -> std::optional<std::string> {
    if (!std::exchange(*looked, true))
      look();
    const auto why = held->why(stream);
    return why ? std::optional{std::string{jetstream::kHeldBack} + *why} : std::nullopt;
  };
}

/// `store`: empty when it is out of sight.
std::optional<std::string> seen_in_store(const std::string& store,
                                         const std::string& stream,
                                         const std::string& consumer) {
  if (store.empty())
    return std::nullopt;
  return consumer.empty() ? os::stream_evidence(store, stream)
                          : os::consumer_evidence(store, stream, consumer);
}

}  // namespace

void Provisioner::take(const ReconcileReport& report) {
  view_ = make_view(report, *options_.desired);
  const bool is_as_declared = report.provisioned() && report.problems.empty() &&
                              !report.remaining.has_changes() && !report.remaining.has_refusals();
  if (were_declared_anew_ && is_as_declared) {
    were_declared_anew_ = false;
    warnings_.clear();
  }
  // The look that their advisory brings about must not wipe them out.
  constexpr std::ptrdiff_t kMostWarnings = 10;
  warnings_.insert(warnings_.end(), report.warnings.begin(), report.warnings.end());
  warnings_.erase(warnings_.begin(),
                  warnings_.end() - std::min(std::ssize(warnings_), kMostWarnings));
  view_.warnings = warnings_;
  for (const health::StreamFacts& stream : view_.streams)
    if (stream.present)
      loaded_.insert(stream.name);
  had_consumers_.insert(report.expiring_consumers.begin(), report.expiring_consumers.end());
  note_migrations(report);
  if (events_.on_known)
    remember_what_it_has();
}

void Provisioner::note_migrations(const ReconcileReport& report) {
  for (const jetstream::StreamPlan& stream : report.remaining.streams)
    if (stream.change == jetstream::Change::kMigrating)
      migrating_[stream.name] = std::chrono::steady_clock::now();
  for (const health::StreamFacts& stream : view_.streams)
    if (stream.present && stream.unbound_subjects.empty())
      migrating_.erase(stream.name);
}

std::set<std::string> Provisioner::being_migrated() const {
  std::set<std::string> names;
  for (const auto& [name, seen] : migrating_)
    if (std::chrono::steady_clock::now() - seen < kLongestReplacement)
      names.insert(name);
  return names;
}

void Provisioner::remember_what_it_has() {
  std::set<std::string>& kept = kept_[server_key()];
  const std::size_t before = kept.size();
  for (const health::StreamFacts& stream : view_.streams)
    if (stream.present && stream.on_file)
      kept.insert(stream.name);
  if (kept.size() != before)
    events_.on_known(kept_);
}

void Provisioner::tell_known() {
  if (events_.on_known && !kept_.empty())
    events_.on_known(kept_);
}

std::string Provisioner::server_key() const {
  return without_userinfo(options_.connect.url);
}

void Provisioner::tell(const ReconcileReport& report) {
  // The same words every RECONCILE_INTERVAL would bury everything else.
  const std::vector<KeyedLine> lines = describe(report);
  if (are_same(lines, std::exchange(last_told_, lines)))
    return;
  for (const auto& [key, line] : lines)
    log_.write(report.provisioned() && report.problems.empty() && report.warnings.empty() &&
                       !report.remaining.has_refusals()
                   ? observe::Level::kInfo
                   : observe::Level::kWarning,
               line);
}

void Provisioner::connection_changed(std::uint64_t session,
                                     bool connected,
                                     const std::string& why) {
  if (incarnation_ == 0 || stopping_ || session != sessions_)
    return;
  lost_ = connected ? std::nullopt : std::optional{why};
  if (connecting_ && !connection_.ok)
    return;  // connect() looks at that itself
  const bool was_connected = connection_.ok;
  connection_ = {connected, connected ? "connected" : why, {}};
  // "closed" is final (nats::Callbacks): nobody but us makes a new connection.
  connection_closed_ = !connected && is_final(why);
  if (was_connected && !connected && !events_.on_lost)
    note_loss(why);
  if (!connected && !connection_closed_)
    return;
  if (connection_closed_ && events_.on_lost) {
    events_.on_lost(incarnation_, why);
    return;
  }
  look_again_ = connected;
  wake_.cancel();
}

void Provisioner::note_loss(const std::string& why) {
  own_connection_.lost(why);
  tell_refusal();
}

void Provisioner::tell_refusal() {
  if (own_connection_.refusal().empty())
    told_refusal_ = false;
  else if (!std::exchange(told_refusal_, true))
    log_.error("{}", health::refusal_with_way_out(own_connection_.refusal()));
}

void Provisioner::note_answer(const ReconcileReport& report) {
  if (report.listed)
    own_connection_.worked();
  else
    for (const jetstream::StreamProblem& problem : report.problems)
      own_connection_.denied(problem.message);
  tell_refusal();
}

/// "STREAM.CONSUMER"; most are nobody's, ephemeral ones come and end all the time, and declared
/// ones with an inactive_threshold may.
void Provisioner::consumer_changed(std::string_view object, bool deleted) {
  const std::size_t dot = std::min(object.find('.'), object.size());
  const std::string_view stream = object.substr(0, dot);
  const std::string_view name = object.substr(std::min(dot + 1, object.size()));
  const auto& declared = options_.desired->consumers;
  const auto spec = std::ranges::find_if(declared, [&](const jetstream::ConsumerSpec& one) {
    return one.stream == stream && one.name == name;
  });
  if (spec == declared.end())
    return;
  std::vector<std::string>& missing = view_.missing_consumers;
  const std::string title = title_of(*spec);
  if (deleted && had_consumers_.contains(title))
    return;
  const bool missed = std::ranges::find(missing, title) != missing.end();
  if (missed == deleted)
    return;
  if (deleted)
    missing.push_back(title);
  look_again_ = true;
  wake_.cancel();
}

/// It is gone, and with it every declared consumer of it; nats-server tells only of the stream.
void Provisioner::miss_stream(const std::string& name) {
  for (health::StreamFacts& facts : view_.streams)
    if (facts.name == name) {
      facts.present = false;
      facts.unbound_subjects = facts.declared_subjects.empty()
                                   ? std::vector<std::string>{"stream " + name}
                                   : facts.declared_subjects;
    }
  std::vector<std::string>& missing = view_.missing_consumers;
  for (const jetstream::ConsumerSpec& spec : options_.desired->consumers)
    if (spec.stream == name && std::ranges::find(missing, title_of(spec)) == missing.end())
      missing.push_back(title_of(spec));
}

bool Provisioner::is_ours(const std::string& stream) const {
  const auto is_of = [&](const jetstream::ConsumerSpec& spec) { return spec.stream == stream; };
  return std::ranges::find(view_.streams, stream, &health::StreamFacts::name) !=
             view_.streams.end() ||
         std::ranges::any_of(options_.desired->consumers, is_of);
}

std::map<std::string, std::string> Provisioner::left_alone() const {
  std::map<std::string, std::string> streams;
  const auto note = [&](const std::string& name) {
    if (const auto why = held_->why(name))
      streams.emplace(name, *why);
  };
  for (const jetstream::StreamSpec& spec : options_.desired->streams)
    note(spec.name);
  for (const jetstream::ConsumerSpec& spec : options_.desired->consumers)
    note(spec.stream);
  return streams;
}

/// What it means for a plan is known since it came (HeldStreams::heard()).
void Provisioner::restore_advisory(const std::string& subject) {
  const std::string name = subject.substr(subject.rfind('.') + 1);
  if (!is_ours(name) || !hold_.empty())  // a migration's own needs no word
    return;
  if (subject.find(".RESTORE_CREATE.") != std::string::npos)
    log_.warn("stream {} is being restored by a client: it is left alone until that ends", name);
  else
    log_.info("the restore of stream {} has ended", name);
}

void Provisioner::advisory(const std::string& subject) {
  constexpr std::string_view kConsumer = "$JS.EVENT.ADVISORY.CONSUMER.";
  if (subject.starts_with(kConsumer)) {
    const std::string_view event = std::string_view{subject}.substr(kConsumer.size());
    if (const std::size_t dot = event.find('.'); dot != std::string_view::npos)
      consumer_changed(event.substr(dot + 1), event.starts_with("DELETED."));
    return;
  }
  const std::string name = subject.substr(subject.rfind('.') + 1);
  if (subject.find(".RESTORE_") != std::string::npos)
    restore_advisory(subject);
  if (!is_ours(name))
    return;
  if (subject.find(".DELETED.") != std::string::npos) {
    miss_stream(name);
    for (const jetstream::ConsumerSpec& spec : options_.desired->consumers)
      if (spec.stream == name)
        had_consumers_.erase(title_of(spec));  // it went with its stream, and comes with it again
    if (events_.on_known && kept_[server_key()].erase(name) > 0)
      events_.on_known(kept_);
  }
  look_again_ = true;
  wake_.cancel();
}

asio::awaitable<health::Probe> Provisioner::round_trip(milliseconds patience) {
  using Names = Result<std::vector<std::string>>;
  struct Asked {
    Names names;
    bool in_vain;  ///< it took all the time there was
  };
  const auto begun = std::chrono::steady_clock::now();
  // Less than ours, so that a server that is silent can be told from a worker that is busy.
  const milliseconds answer_patience = patience - std::min(patience / 2, kWorkerPatience);
  std::function<Asked()> task = [session = session_, answer_patience] {
    const auto asked_at = std::chrono::steady_clock::now();
    Names names = session->stream_names(answer_patience);
    // nats.c counts whole milliseconds, and may be one early.
    const bool in_vain =
        std::chrono::steady_clock::now() - asked_at >= answer_patience - milliseconds{20};
    return Asked{std::move(names), in_vain};
  };
  std::optional<Asked> asked = co_await worker_.call<Asked>(std::move(task), patience);
  const auto took =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
  health::Probe failed{false, fmt::format("no answer within {} ms", patience.count()), took};
  failed.unknown = true;
  if (!asked)
    co_return failed;
  if (!asked->names) {
    failed.message = asked->names.error().message;
    // Who may not ask gets no answer either: that is no hung server.
    failed.silent = connection_.ok && asked->in_vain && !health::tells_of_denial(failed.message);
    failed.unknown = !connection_.ok;
    co_return failed;
  }
  own_connection_.worked();
  std::vector<std::string>& names = *asked->names;
  std::ranges::sort(names);
  std::set<std::string> expected;
  for (const health::StreamFacts& facts : view_.streams)
    expected.insert(facts.name);
  for (const jetstream::ConsumerSpec& spec : options_.desired->consumers)
    expected.insert(spec.stream);
  for (const std::string& name : expected)
    if (!std::ranges::binary_search(names, name)) {
      miss_stream(name);
      look_again_ = true;  // one answer may be wrong; the closer look decides
      wake_.cancel();
    }
  co_return health::Probe{true, fmt::format("answered in {} ms", took.count()), took};
}

std::vector<std::string> Provisioner::streams_on_file() const {
  std::vector<std::string> names;
  for (const health::StreamFacts& stream : view_.streams)
    if (stream.present && stream.on_file && !options_.clustered)
      names.push_back(stream.name);
  return names;
}

jetstream::FindEvidence Provisioner::evidence_of_now() const {
  std::set<std::string> missed;
  const auto known = kept_.find(server_key());
  if (events_.on_lost && known != kept_.end())  // nobody tells us what it could not load
    std::ranges::set_difference(known->second, loaded_, std::inserter(missed, missed.end()));
  return [store = options_.store_dir, trouble = trouble_, running = running_,
          incarnation = incarnation_, missed = std::move(missed), doubt = doubt_, hold = hold_,
          held_back = held_back_by(held_, restore_look()), migrated = being_migrated()](
             const std::string& name, const std::string& consumer) -> std::optional<std::string> {
    if (!hold.empty())
      return hold;
    if (auto why = held_back(name))
      return why;
    // What the server of before did not have says nothing about the one that took its place
    // meanwhile.
    if (*running != incarnation)
      return "nats-server was restarted meanwhile";
    if (!consumer.empty())
      return seen_in_store(store, name, consumer);
    if (migrated.contains(name))
      return "it was being migrated when it was last seen, and is made anew by that (if the "
             "migration is over and it was deleted, `unified_entrypoint init` makes it)";
    if (auto line = trouble.about(name))
      return line;
    if (auto folder = seen_in_store(store, name, consumer))
      return folder;
    if (missed.contains(name))
      return "this server had it before, and may only have failed to load it (if it was really "
             "deleted, `unified_entrypoint init --nats-url URL` makes it anew)";
    if (!doubt.empty())
      return doubt +
             ", so that nobody knows whether this server had it (`unified_entrypoint init "
             "--nats-url URL` makes it)";
    return std::nullopt;
  };
}

asio::awaitable<Result<std::string>> Provisioner::relay(std::string subject,
                                                        std::string payload,
                                                        milliseconds patience) {
  using Answer = Result<std::string>;
  std::function<Answer()> task = [session = session_, subject, payload = std::move(payload),
                                  patience] {
    return session->request(subject, payload, patience);
  };
  std::optional<Answer> answer = co_await worker_.call<Answer>(std::move(task), patience);
  if (!answer)
    co_return Error{
        fmt::format("cannot request {}: no answer within {} ms", subject, patience.count())};
  co_return *std::move(answer);
}

asio::awaitable<std::optional<std::string>> Provisioner::evidence(std::string stream,
                                                                  std::string consumer,
                                                                  milliseconds patience) {
  using Found = std::optional<std::string>;
  std::function<Found()> task = [look = evidence_of_now(), stream, consumer] {
    return look(stream, consumer);
  };
  std::optional<Found> found = co_await worker_.call<Found>(std::move(task), patience);
  if (!found)
    co_return fmt::format("the store could not be looked at within {} ms", patience.count());
  co_return *std::move(found);
}

asio::awaitable<bool> Provisioner::refresh(milliseconds patience) {
  const std::uint64_t incarnation = incarnation_;
  const std::uint64_t declaration = declarations_;
  const auto report = co_await settled_look(patience);
  if (!report || !current(incarnation) || !report->listed || declaration != declarations_)
    co_return false;
  take(*report);
  co_return true;
}

}  // namespace unified::app
