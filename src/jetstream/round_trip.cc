#include "jetstream/round_trip.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "jetstream/api.h"
#include "jetstream/api_answers.h"

namespace unified::jetstream {
namespace {

/// "unified-verify" in base64, as STREAM.MSG.GET sends it back.
constexpr const char* kPayload = "unified-verify";
constexpr const char* kPayloadBase64 = "dW5pZmllZC12ZXJpZnk=";

constexpr std::int64_t kMinuteNs = 60'000'000'000;
constexpr int kMaxBytes = 4096;

class RoundTrip {
 public:
  RoundTrip(ApiPort& port, const std::string& token, std::chrono::milliseconds timeout)
      : port_(port),
        timeout_(timeout),
        stream_("UNIFIED_VERIFY_" + token),
        subject_(std::string{kVerifyPrefix} + token) {}

  Result<std::chrono::microseconds> run() {
    auto outcome = create();
    const auto begun = std::chrono::steady_clock::now();
    if (outcome)
      outcome = store();
    if (outcome)
      outcome = read_back();
    const auto took = std::chrono::steady_clock::now() - begun;
    // Also after a CREATE without an answer: the name is ours, whether it came to be or not.
    const auto removed = remove();
    if (!outcome)
      return outcome.error();
    if (!removed)
      return removed.error();
    return std::chrono::duration_cast<std::chrono::microseconds>(took);
  }

 private:
  ApiResult<nlohmann::json> ask(const std::string& verb,
                                const nlohmann::json& body,
                                const std::string& operation) {
    const auto answer =
        port_.request("$JS.API." + verb + stream_, body.is_null() ? "" : body.dump(), timeout_);
    if (!answer)
      return ApiFailure{.message = operation + ": " + answer.error().message, .answered = false};
    return parse_answer(*answer, operation);
  }

  Result<void> create() {
    const auto answer = ask("STREAM.CREATE.",
                            {{"name", stream_},
                             {"subjects", {subject_}},
                             {"storage", "file"},
                             {"retention", "limits"},
                             {"discard", "old"},
                             {"num_replicas", 1},
                             {"max_age", kMinuteNs},
                             {"max_msgs", 1},
                             {"max_bytes", kMaxBytes}},
                            "cannot create the temporary stream " + stream_);
    created_ = answer.ok() || !answer.error().answered;
    if (!answer)
      return Error{answer.error().message};
    return {};
  }

  Result<void> store() {
    const auto text = port_.request(subject_, kPayload, timeout_);
    if (!text)
      return text.error();
    const auto ack = parse_answer(*text, "cannot store a message at " + subject_);
    if (!ack)
      return Error{ack.error().message};
    if (text_at(*ack, "stream") != stream_ || int_at(*ack, "seq") != 1)
      return Error{
          fmt::format("the message at {} was stored elsewhere: {}", subject_, ack->dump())};
    return {};
  }

  Result<void> read_back() {
    const auto answer = ask("STREAM.MSG.GET.", {{"seq", 1}}, "cannot read the message back");
    if (!answer)
      return Error{answer.error().message};
    const auto message = answer->find("message");
    if (message == answer->end() || text_at(*message, "data") != kPayloadBase64 ||
        text_at(*message, "subject") != subject_)
      return Error{"the message read back is not the one that was stored"};
    return {};
  }

  Result<void> remove() {
    if (!created_)
      return {};
    const auto answer = ask("STREAM.DELETE.", nullptr,
                            fmt::format("cannot remove the temporary stream {}; remove it with "
                                        "`nats stream rm {}`",
                                        stream_, stream_));
    if (!answer && answer.error().err_code != kStreamNotFound)
      return Error{answer.error().message};
    return {};
  }

  ApiPort& port_;
  const std::chrono::milliseconds timeout_;
  const std::string stream_;
  const std::string subject_;
  bool created_ = false;
};

}  // namespace

Result<std::chrono::microseconds> stored_round_trip(ApiPort& port,
                                                    const std::string& token,
                                                    std::chrono::milliseconds timeout) {
  return RoundTrip{port, token, timeout}.run();
}

}  // namespace unified::jetstream
