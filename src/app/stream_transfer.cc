#include "app/stream_transfer.h"

#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "app/meta_keeping_port.h"
#include "jetstream/api_answers.h"

namespace unified::app {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kStopLook{100};
constexpr milliseconds kAnswerPatience{10'000};
/// What the server answers at the end of a restore it does only after it has loaded everything.
constexpr std::chrono::minutes kRestorePatience{30};
/// 2.10 gives a save up whose receiver has been silent for 5 s.
constexpr std::chrono::seconds kOthersSave{15};
constexpr int kChunk = 128 * 1024;
constexpr std::size_t kMostPages = 10'000;

TransferError broken(std::string message) {
  return {.message = std::move(message), .broken = true};
}

/// What a chunk of a restore is answered with: nothing, or an error.
std::optional<TransferError> chunk_error(const nats::Delivery& answer, const std::string& stream) {
  if (answer.status == "503")
    return broken("restore of " + stream + ": the server has given it up");
  if (answer.payload.empty())
    return std::nullopt;
  const auto parsed = jetstream::parse_answer(answer.payload, "cannot restore stream " + stream);
  return parsed ? std::nullopt : std::optional{said_no(parsed.error().message)};
}

class Restore {
 public:
  Restore(const Conversation& talk, std::string stream, std::string target)
      : talk_(talk),
        stream_(std::move(stream)),
        target_(std::move(target)) {}

  Transfer<json> run(const std::function<Result<void>(const PieceSink&)>& feed) {
    auto inbox = talk_.connection.open_inbox(nats::InboxKind::kBelow, {});
    if (!inbox)
      return broken(inbox.error().message);
    inbox_ = *std::move(inbox);
    const auto fed = feed([this](std::string_view piece) { return send(piece); });
    if (failure_)
      return *failure_;
    if (!fed)
      return said_no(fed.error().message);
    return end();
  }

 private:
  Result<void> send(std::string_view piece) {
    const auto answer = exchange(piece, talk_.silence);
    if (!answer)
      failure_ = answer.error();
    else
      failure_ = chunk_error(*answer, stream_);
    sent_ += piece.size();
    if (talk_.progress)
      talk_.progress(sent_);
    return failure_ ? Result<void>{Error{failure_->message}} : Result<void>{};
  }

  Transfer<json> end() {
    const auto answer = exchange({}, kRestorePatience);
    if (!answer)
      return answer.error();
    if (answer->status == "503")
      return broken("restore of " + stream_ + ": the server has given it up");
    auto parsed = jetstream::parse_answer(answer->payload, "cannot restore stream " + stream_);
    if (!parsed)
      return said_no(parsed.error().message);
    return *std::move(parsed);
  }

  Transfer<nats::Delivery> exchange(std::string_view piece, milliseconds silence) {
    const std::string reply = fmt::format("{}.{}", inbox_->prefix(), ++number_);
    if (auto sent = talk_.connection.send(target_, reply, std::string{piece}, {}); !sent)
      return broken(sent.error().message);
    Conversation patient = talk_;
    patient.silence = silence;
    return patient.next(*inbox_);
  }

  const Conversation& talk_;
  std::string stream_;
  std::string target_;
  std::unique_ptr<nats::Inbox> inbox_;
  std::optional<TransferError> failure_;
  std::uint64_t sent_ = 0;
  int number_ = 0;
};

/// Somebody else saves the stream, or nobody reads what was being saved any more, which the server
/// finds out within seconds. It has no code of its own for that.
bool is_being_saved(const TransferError& failure) {
  return failure.message.find("snapshot in progress") != std::string::npos;
}

/// Asks for the stream to `inbox`; waits until nobody else saves it.
Transfer<json> begin_snapshot(const Conversation& talk,
                              const std::string& stream,
                              const std::string& inbox) {
  const json request{{"deliver_subject", inbox}, {"no_consumers", false}, {"chunk_size", kChunk}};
  const auto deadline = Clock::now() + kOthersSave;
  auto described = talk.ask("STREAM.SNAPSHOT." + stream, request);
  while (!described && is_being_saved(described.error()) && !talk.stopped &&
         Clock::now() < deadline) {
    std::this_thread::sleep_for(kStopLook);
    described = talk.ask("STREAM.SNAPSHOT." + stream, request);
  }
  return described;
}

}  // namespace

Transfer<json> Conversation::ask(const std::string& api, const json& body) const {
  if (stopped)
    return broken("asked to stop");
  const std::string payload =
      body.is_null() ? std::string{} : body.dump(-1, ' ', false, json::error_handler_t::replace);
  const auto answer =
      MetaKeepingPort{connection, store_dir}.request("$JS.API." + api, payload, kAnswerPatience);
  if (!answer)
    return broken(answer.error().message);
  auto parsed = jetstream::parse_answer(*answer, "cannot request " + api);
  if (!parsed) {
    const jetstream::ApiFailure& failure = parsed.error();
    const bool passes = !failure.answered || failure.code == 503 ||
                        failure.err_code == jetstream::kStreamStoreFailed;
    return TransferError{failure.message, passes, failure.err_code};
  }
  return *std::move(parsed);
}

Transfer<nats::Delivery> Conversation::next(nats::Inbox& inbox) const {
  const auto deadline = Clock::now() + silence;
  while (!stopped) {
    auto message = inbox.next(kStopLook);
    if (!message)
      return broken(message.error().message);
    if (std::optional<nats::Delivery>& came = *message)
      return *std::move(came);
    if (!connection.connected())
      return broken("the connection to nats-server is lost");
    if (Clock::now() >= deadline)
      return broken("nats-server is silent");
  }
  return broken("asked to stop");
}

Transfer<json> snapshot_stream(const Conversation& talk,
                               const std::string& stream,
                               const PieceSink& sink) {
  auto inbox = talk.connection.open_inbox(nats::InboxKind::kBelow, {});
  if (!inbox)
    return broken(inbox.error().message);
  const auto described = begin_snapshot(talk, stream, (*inbox)->prefix() + ".data");
  if (!described)
    return described.error();
  for (std::uint64_t done = 0;;) {
    const auto chunk = talk.next(**inbox);
    if (!chunk)
      return chunk.error();
    if (chunk->payload.empty()) {
      if (chunk->status.empty() || chunk->status == "204")
        return *described;
      return broken(fmt::format("cannot save stream {}: status {}", stream, chunk->status));
    }
    if (auto kept = sink(chunk->payload); !kept)
      return said_no(kept.error().message);
    if (!chunk->reply.empty())
      if (auto sent = talk.connection.send(chunk->reply, {}, {}, {}); !sent)
        return broken(sent.error().message);
    done += chunk->payload.size();
    if (talk.progress)
      talk.progress(done);
  }
}

Transfer<json> restore_stream(const Conversation& talk,
                              const json& config,
                              const json& state,
                              const std::function<Result<void>(const PieceSink&)>& feed) {
  const std::string stream = jetstream::text_at(config, "name");
  const auto begun = talk.ask("STREAM.RESTORE." + stream, {{"config", config}, {"state", state}});
  if (!begun)
    return begun.error();
  return Restore{talk, stream, jetstream::text_at(*begun, "deliver_subject")}.run(feed);
}

Transfer<json> list_consumers(const Conversation& talk, const std::string& stream) {
  json all = json::array();
  for (std::size_t page = 0; page < kMostPages; ++page) {
    auto answer = talk.ask("CONSUMER.LIST." + stream, {{"offset", all.size()}});
    if (!answer)
      return answer.error();
    const json consumers = answer->value("consumers", json::array());
    all.insert(all.end(), consumers.begin(), consumers.end());
    const auto total = static_cast<std::size_t>(jetstream::int_at(*answer, "total"));
    if (consumers.empty() || all.size() >= total)
      return all.size() >= total
                 ? Transfer<json>{std::move(all)}
                 : said_no("nats-server can't describe all consumers of stream " + stream);
  }
  return said_no("nats-server's list of consumers has no end");
}

}  // namespace unified::app
