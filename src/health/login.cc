#include "health/login.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace unified::health {
namespace {

struct Refusal {
  std::string_view words;
  std::string_view way_out;
};

constexpr std::string_view kTooFewSubscriptions =
    "NATS_MAX_SUBSCRIPTIONS is too low for the supervisor's own connection, which needs 8: raise "
    "it, or 0 for no limit";
constexpr std::string_view kLostAgain = "closes it again and again before it has answered";
constexpr std::string_view kNoSubscription = "aximum subscriptions";
constexpr std::string_view kForbidden = "ermissions Violation";
constexpr std::string_view kNoJetStream = "10039";
constexpr std::string_view kNoSlot = "aximum connections";
constexpr std::string_view kEndedAtLogin = "expected 'PONG', got ''";

/// nats.c 3.4 and our words for it (jetstream/nats/client), by experiment with 2.9.10, 2.10.27 and
/// 2.15.1. The first that is found counts.
constexpr std::array<Refusal, 11> kRefusals{{
    {"refuses the login",
     "our user is not among those that nats-server knows: accounts in NATS_EXTRA_CONFIG_FILE "
     "replace it, so name a `no_auth_user` there whose account has JetStream, or take the accounts "
     "out and use NATS_AUTH_*"},
    {kForbidden,
     "the user that the supervisor logs in as (no_auth_user in NATS_EXTRA_CONFIG_FILE) must be "
     "allowed to publish `$JS.API.>` and to subscribe to `_INBOX.>` and `$JS.EVENT.ADVISORY.>`"},
    {"ertificate",
     "NATS_TLS_VERIFY asks our own client for a certificate, too: NATS_TLS_CERT must be good for "
     "clients (extendedKeyUsage clientAuth), or NATS_TLS_CLIENT_CERT and _KEY name another one"},
    {"SSL", "compare NATS_TLS_CERT, NATS_TLS_CA and NATS_TLS_VERIFY; `validate` checks the files"},
    // TLS 1.3: the server looks at our certificate once we take the handshake for done. Without TLS
    // it is the next one.
    {kEndedAtLogin,
     "nats-server ends it during the login; with NATS_TLS_VERIFY that is a certificate of our "
     "client (NATS_TLS_CERT, or NATS_TLS_CLIENT_CERT) which it does not take: its lines \"TLS "
     "handshake "
     "error\" in the log say why"},
    {kNoSlot, "raise NATS_MAX_CONNECTIONS, or find who uses them up"},
    {kNoJetStream,
     "the user that the supervisor logs in as is in an account without JetStream: `jetstream: "
     "enabled` in that account (NATS_EXTRA_CONFIG_FILE), or no accounts of your own there"},
    {kNoSubscription, kTooFewSubscriptions},
    {"cannot subscribe: connection Closed", kTooFewSubscriptions},
    {kLostAgain,
     "raise NATS_MAX_PENDING, which its answer to the supervisor does not fit into; nats-server's "
     "own lines in the log say whether it is that"},
    {"onnection Closed",
     "nats-server closes our connection at once: is NATS_MAX_PENDING or another "
     "limit far too low? nats-server's own lines in the log say which"},
}};

constexpr std::chrono::milliseconds kFirstConnect{100};
constexpr std::chrono::seconds kLongestConnect{30};
constexpr std::chrono::seconds kLongestOtherwise{2};
constexpr int kQuickTries = 5;
constexpr int kMostConnectDoublings = 9;
/// Fewer may still be a start, or a connection that was lost for another reason.
constexpr int kMostPatience = 2;

/// Null: none of them.
const Refusal* refusal_in(std::string_view words) {
  const auto* const found = std::ranges::find_if(kRefusals, [words](const Refusal& one) {
    return words.find(one.words) != std::string_view::npos;
  });
  return found == kRefusals.end() ? nullptr : found;
}

/// Without TLS a server ends a connection there when it has no place for it: its "maximum
/// connections exceeded" comes too late for nats.c.
bool is_ended_without_tls(std::string_view words) {
  return words.find(kEndedAtLogin) != std::string_view::npos &&
         words.find("nats://") != std::string_view::npos &&
         words.find("tls://") == std::string_view::npos;
}

}  // namespace

bool tells_of_refusal(std::string_view words) {
  return refusal_in(words) != nullptr;
}

std::string refusal_with_way_out(std::string_view words) {
  std::string text =
      fmt::format("nats-server runs, but refuses the supervisor's own connection: {}", words);
  const Refusal* const found = refusal_in(is_ended_without_tls(words) ? kNoSlot : words);
  if (found != nullptr)
    text += fmt::format("; what to do: {}", found->way_out);
  return text;
}

bool tells_of_denial(std::string_view words) {
  return std::ranges::any_of(
      std::array{kNoSubscription, kForbidden, kNoJetStream},
      [words](std::string_view one) { return words.find(one) != std::string_view::npos; });
}

bool tells_of_no_slot(std::string_view words) {
  return words.find(kNoSlot) != std::string_view::npos;
}

std::chrono::milliseconds next_connect_in(int failures, std::string_view words) {
  const int doublings = std::clamp(failures - kQuickTries, 0, kMostConnectDoublings);
  return std::min<std::chrono::milliseconds>(
      kFirstConnect * (1 << doublings),
      tells_of_refusal(words) && !tells_of_no_slot(words) && !is_ended_without_tls(words)
          ? kLongestConnect
          : kLongestOtherwise);
}

void OwnConnection::failed(const std::string& words) {
  ++failures_;
  last_ = words;
  if (!tells_of_refusal(words)) {
    refusals_ = 0;
    if (++others_ > kMostPatience)
      kept_out_.clear();  // whatever it is now, it is something else
    return;
  }
  others_ = 0;
  if (++refusals_ > kMostPatience || tells_of_no_slot(words))
    kept_out_ = words;
}

void OwnConnection::made() {
  failures_ = 0;
  refusals_ = 0;
  others_ = 0;
  kept_out_.clear();
}

void OwnConnection::lost(const std::string& words) {
  if (++losses_ > kMostPatience)
    kept_from_work_ = tells_of_denial(words) ? words : fmt::format("it {} ({})", kLostAgain, words);
}

void OwnConnection::denied(const std::string& words) {
  if (tells_of_denial(words))
    kept_from_work_ = words;
}

void OwnConnection::worked() {
  made();
  losses_ = 0;
  kept_from_work_.clear();
}

std::chrono::milliseconds OwnConnection::pause() const {
  return failures_ > 0 ? next_connect_in(failures_, last_)
                       : next_connect_in(losses_, kept_from_work_);
}

}  // namespace unified::health
