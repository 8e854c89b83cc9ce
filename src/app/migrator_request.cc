#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "app/migration_files.h"
#include "app/migrator.h"
#include "app/restore_memory.h"
#include "app/verb_routes.h"
#include "base/parse.h"
#include "jetstream/api_answers.h"
#include "jetstream/rfc3339.h"
#include "os/readings.h"

// What is asked of it: POST /migrate, GET /migration, POST /migration/cancel.
namespace unified::app {

namespace asio = boost::asio;
using api::Request;
using api::Response;
using jetstream::MigrationJournal;
using jetstream::MigrationMethod;
using nlohmann::json;

namespace {

constexpr std::chrono::milliseconds kAskPatience{5000};
constexpr std::chrono::minutes kWorkPatience{2};
constexpr std::chrono::seconds kForgetRest{1};
constexpr std::size_t kMostConsumerPages = 10'000;

std::string now_text() {
  return jetstream::format_rfc3339(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                       std::chrono::system_clock::now().time_since_epoch())
                                       .count());
}

/// A member of `body` that is true, false or missing (false); nothing: it is something else.
std::optional<bool> flag_at(const json& body, const char* key) {
  const auto found = body.is_object() ? body.find(key) : body.end();
  if (!body.is_object() || found == body.end())
    return false;
  return found->is_boolean() ? std::optional{found->get<bool>()} : std::nullopt;
}

Response json_answer(int status, const json& body) {
  return {status, body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"};
}

}  // namespace

std::vector<api::Route> Migrator::routes() {
  const auto begin = [this](Request request) { return migrate(std::move(request)); };
  const auto look = [this](const Request&) -> asio::awaitable<Response> { co_return progress(); };
  const auto end = [this](const Request& request) -> asio::awaitable<Response> {
    co_return cancel(request);
  };
  return {
      {"POST", "/migrate", begin}, {"GET", "/migration", look}, {"POST", "/migration/cancel", end}};
}

Response Migrator::progress() const {
  return json_answer(200, {{"stream", stream_},
                           {"busy", busy_},
                           {"step", step_},
                           {"waiting", waiting_},
                           {"outcome", outcome_},
                           {"message", message_}});
}

Response Migrator::cancel(const Request& request) {
  const auto body = json::parse(request.body, nullptr, false);
  const std::string stream = body.is_object() ? jetstream::text_at(body, "stream") : "";
  if (stream.empty())
    return verb_answer(kUnprocessable, "invalid", {"a JSON object with stream is expected"});
  if (stopping_)
    return verb_answer(kConflict, "not-now", {"the broker is stopping"});
  if (stream != stream_ || step_.empty())
    return verb_answer(kConflict, "refused",
                       {fmt::format("no migration of stream {} is under way", stream)});
  request_cancel();
  return json_answer(kAccepted, {{"outcome", "accepted"}, {"stream", stream}});
}

std::optional<std::string> Migrator::missing_memory(const jetstream::MigrationPlan& planned) const {
  return lacks_memory({.version = parts_.provisioner.options().version,
                       .stream_bytes = planned.bytes,
                       .restores = planned.method == MigrationMethod::kRestore,
                       .into_memory = jetstream::text_at(planned.to, "storage") == "memory"});
}

asio::awaitable<Response> Migrator::migrate(Request request) {
  const auto body = json::parse(request.body, nullptr, false);
  const std::string stream = body.is_object() ? jetstream::text_at(body, "stream") : "";
  const std::optional<bool> keep_backup = flag_at(body, "keep_backup");
  const std::optional<bool> dry_run = flag_at(body, "dry_run");
  if (stream.empty() || !keep_backup || !dry_run)
    co_return verb_answer(kUnprocessable, "invalid",
                          {"a JSON object with stream, and maybe keep_backup and dry_run (true or "
                           "false), is expected"});
  if (stopping_)
    co_return verb_answer(kConflict, "not-now", {"the broker is stopping"});
  if (!busy_.empty())
    co_return verb_answer(kConflict, "not-now", {busy_});
  if (const auto why = parts_.provisioner.held_streams()->why(stream))
    co_return verb_answer(
        kConflict, "refused",
        {fmt::format("stream {} {} (`resume {}` ends a pause)", stream, *why, stream)});
  const auto planned = co_await plan(stream);
  if (!planned)
    co_return verb_answer(kConflict, "refused", {planned.error().message});
  std::optional<std::string> missing = missing_memory(*planned);
  if (!missing)
    missing = co_await missing_room(planned->room);
  if (missing)
    co_return verb_answer(kConflict, "refused", {*missing});
  json answer = to_json(*planned);
  if (*dry_run)
    co_return json_answer(200, answer);
  if (!busy_.empty())  // another one was faster
    co_return verb_answer(kConflict, "not-now", {busy_});
  MigrationJournal journal = begin_journal(*planned, *keep_backup, now_text());
  Response begun = co_await begin(std::move(journal), std::move(answer));
  co_return begun;
}

asio::awaitable<Response> Migrator::begin(MigrationJournal journal, json answer) {
  const std::string stream = journal.stream;
  stream_ = stream;
  outcome_.clear();
  message_.clear();
  forget_cancel();  // it was for the one before; from here on it is for this one
  told("beginning");
  Result<void> prepared{};
  Result<void> written{};
  try {
    // Behind every reconcile that was under way.
    prepared = co_await prepare(stream);
    if (prepared)
      written = co_await write_journal(journal);
  } catch (const std::exception& failure) {  // held back for nothing it would never be ready again
    written = Error{failure.what()};
  }
  if (!prepared) {  // nothing was written that would have to be forgotten
    if (!stopping_)
      next();
    co_return verb_answer(kConflict, "refused", {prepared.error().message});
  }
  if (!written) {
    co_await forget(stream);
    if (!stopping_)
      next();
    co_return verb_answer(kConflict, "refused", {written.error().message});
  }
  if (!stopping_)
    run(journal);
  answer["outcome"] = "accepted";
  co_return json_answer(kAccepted, answer);
}

asio::awaitable<Result<jetstream::MigrationPlan>> Migrator::plan(std::string stream) {
  const ProvisionOptions& options = parts_.provisioner.options();
  if (!options.jetstream_enabled)
    co_return Error{"JETSTREAM_ENABLED=false: there are no streams"};
  if (parts_.encrypted)
    co_return Error{
        "the store is encrypted (JETSTREAM_ENCRYPTION_KEY), and the backup of a stream and its "
        "proof would be on the disk in plain text: declare a stream of another name and copy the "
        "messages"};
  const auto& declared = parts_.provisioner.desired().streams;
  const auto spec = std::ranges::find(declared, stream, &jetstream::StreamSpec::name);
  if (spec == declared.end())
    co_return Error{fmt::format(
        "stream {} is not declared by the manifest in force, and only what that says can be made "
        "so. A manifest that was changed since comes into force by `reload`, which has to come "
        "first",
        stream)};
  jetstream::MigrationInput input{.desired = *spec,
                                  .actual = {},
                                  .consumers = {},
                                  .version = options.version,
                                  .clustered = options.clustered};
  std::string subject = "$JS.API.STREAM.INFO." + stream;
  std::string nothing;
  const Result<std::string> answer =
      co_await parts_.provisioner.relay(std::move(subject), std::move(nothing), kAskPatience);
  if (!answer)
    co_return answer.error();
  auto info = jetstream::parse_answer(*answer, "cannot read stream " + stream);
  if (!info)
    co_return Error{info.error().message};
  input.actual = jetstream::parse_stream(*std::move(info));
  auto listed = co_await consumers(stream);
  if (!listed)
    co_return listed.error();
  input.consumers = *std::move(listed);
  if (parts_.max_memory >= 0 && jetstream::text_at(input.desired.config, "storage") == "memory") {
    const Result<std::int64_t> used = co_await memory_used();
    if (!used)
      co_return used.error();
    input.memory_left = parts_.max_memory - *used;
  }
  co_return plan_migration(input);
}

asio::awaitable<Result<std::vector<json>>> Migrator::consumers(std::string stream) {
  std::vector<json> all;
  for (std::size_t page = 0; page < kMostConsumerPages; ++page) {
    std::string subject = "$JS.API.CONSUMER.LIST." + stream;
    std::string payload = json{{"offset", all.size()}}.dump();
    const Result<std::string> answer =
        co_await parts_.provisioner.relay(std::move(subject), std::move(payload), kAskPatience);
    if (!answer)
      co_return answer.error();
    const auto parsed =
        jetstream::parse_answer(*answer, "cannot list the consumers of stream " + stream);
    if (!parsed)
      co_return Error{parsed.error().message};
    const json found = parsed->value("consumers", json::array());
    all.insert(all.end(), found.begin(), found.end());
    if (found.empty() ||
        static_cast<std::int64_t>(all.size()) >= jetstream::int_at(*parsed, "total"))
      break;
  }
  co_return all;
}

asio::awaitable<Result<std::int64_t>> Migrator::memory_used() {
  std::string subject = "$JS.API.INFO";
  std::string nothing;
  const Result<std::string> answer =
      co_await parts_.provisioner.relay(std::move(subject), std::move(nothing), kAskPatience);
  if (!answer)
    co_return answer.error();
  const auto parsed = jetstream::parse_answer(*answer, "cannot ask what memory is used");
  if (!parsed)
    co_return Error{parsed.error().message};
  co_return jetstream::int_at(*parsed, "memory");
}

asio::awaitable<std::optional<std::string>> Migrator::missing_room(std::int64_t needed) {
  std::function<Result<os::DiskSpace>()> task = [store = parts_.provisioner.options().store_dir] {
    return os::disk_space(store);
  };
  const auto space =
      co_await parts_.worker.call<Result<os::DiskSpace>>(std::move(task), kWorkPatience);
  if (!space || !*space)
    co_return space ? space->error().message : std::string{"the disk does not answer"};
  if ((*space)->free_bytes >= needed)
    co_return std::nullopt;
  co_return fmt::format("{} are free on the disk of {}, {} are needed for the backup and its proof",
                        format_bytes((*space)->free_bytes), parts_.provisioner.options().store_dir,
                        format_bytes(needed));
}

asio::awaitable<void> Migrator::forget(std::string stream) {
  // Behind the journal that may still be on its way to the disk: the next start would obey it.
  const std::function<bool()> task = [store = parts_.provisioner.options().store_dir, stream] {
    return MigrationFiles{store, stream}.withdraw().ok();
  };
  std::optional<bool> forgotten;
  while (!stopping_ && !forgotten.value_or(false)) {
    forgotten = co_await parts_.worker.call<bool>(task, kWorkPatience);
    if (!forgotten.value_or(false)) {
      const bool is_new = waiting_.empty();
      const std::string why =
          "its journal could not be written, and can't be removed: is the disk well?";
      told(why);
      wait_for_person(why, is_new);
      asio::steady_timer rest{parts_.reactor, kForgetRest};
      co_await rest.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }
}

asio::awaitable<Result<void>> Migrator::prepare(std::string stream) {
  std::function<Result<void>()> task = [store = parts_.provisioner.options().store_dir, stream] {
    return MigrationFiles{store, stream}.prepare();
  };
  const auto done = co_await parts_.worker.call<Result<void>>(std::move(task), kWorkPatience);
  co_return done ? *done : Result<void>{Error{"the disk does not answer"}};
}

asio::awaitable<Result<void>> Migrator::write_journal(MigrationJournal journal) {
  std::function<Result<void>()> task = [store = parts_.provisioner.options().store_dir,
                                        journal = std::move(journal)] {
    return MigrationFiles{store, journal.stream}.write(journal);
  };
  const auto written = co_await parts_.worker.call<Result<void>>(std::move(task), kWorkPatience);
  co_return written ? *written : Result<void>{Error{"the disk does not answer"}};
}

}  // namespace unified::app
