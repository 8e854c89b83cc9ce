#include "jetstream/nats/client/request_window.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/parse.h"
#include "jetstream/nats/client/subject.h"

namespace unified::nats {
namespace {

/// Enough to keep a server busy while answers are on their way; few enough that no request waits
/// for its turn in the server for long.
constexpr std::size_t kMostUnderWay = 32;

}  // namespace

RequestWindow::RequestWindow(natsConnection* connection,
                             Replies::Awaited& awaited,
                             const Questions& questions)
    : connection_(connection),
      awaited_(awaited),
      requests_(questions.requests),
      timeout_(std::max(questions.timeout, std::chrono::milliseconds{1})),
      answered_(questions.answered),
      failure_(questions.failure) {
  sent_.reserve(kMostUnderWay);
}

void RequestWindow::run() {
  if (requests_.empty())
    return;
  if (awaited_.status() != NATS_OK)
    give_up(awaited_.status());
  while (next_ < requests_.size() || !sent_.empty()) {
    fill();
    if (!sent_.empty())
      receive();
  }
}

void RequestWindow::fill() {
  while (sent_.size() < kMostUnderWay && next_ < requests_.size()) {
    const std::size_t index = next_++;
    const auto& [subject, payload] = requests_[index];
    if (!is_safe_subject(subject)) {
      settle(index, Error{"cannot request \"" + subject + "\": not a subject"});
      continue;
    }
    // Otherwise nats.c would keep the request until it is connected again.
    if (natsConnection_Status(connection_) != NATS_CONN_STATUS_CONNECTED) {
      settle(index, failure_(subject, NATS_CONNECTION_DISCONNECTED));
      continue;
    }
    const std::string reply = awaited_.subject() + "." + std::to_string(index);
    const natsStatus status =
        natsConnection_PublishRequest(connection_, subject.c_str(), reply.c_str(), payload.data(),
                                      static_cast<int>(payload.size()));
    if (status == NATS_OK)
      sent_.push_back({index, Clock::now() + timeout_});
    else
      settle(index, failure_(subject, status));
  }
}

void RequestWindow::receive() {
  Message reply;
  const natsStatus status = awaited_.next(reply, patience());
  if (status == NATS_OK)
    take(reply);
  else if (status != NATS_TIMEOUT)
    give_up(status);
  else if (Clock::now() >= sent_.front().deadline)
    time_out();
}

/// A server that has left a whole window unanswered would leave the rest so, too, and hold us for
/// many times the timeout.
void RequestWindow::time_out() {
  if (++in_vain_ >= kMostUnderWay) {
    give_up(NATS_TIMEOUT);
    return;
  }
  const std::size_t index = sent_.front().index;
  settle(index, failure_(requests_[index].subject, NATS_TIMEOUT));
}

/// At least 1 ms: 0 would not wait at all.
std::chrono::milliseconds RequestWindow::patience() const {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(sent_.front().deadline - Clock::now());
  return std::max(left, std::chrono::milliseconds{1});
}

void RequestWindow::take(const Message& reply) {
  in_vain_ = 0;
  const std::string_view subject{natsMsg_GetSubject(reply.get())};
  const auto index = parse_int(subject.substr(subject.rfind('.') + 1));
  const auto is_it = [&](const Sent& sent) {
    return index && static_cast<std::int64_t>(sent.index) == *index;
  };
  const auto found = std::ranges::find_if(sent_, is_it);
  if (found == sent_.end())
    return;  // its time was over
  const std::size_t which = found->index;
  if (natsMsg_IsNoResponders(reply.get()))
    settle(which, failure_(requests_[which].subject, NATS_NO_RESPONDERS));
  else
    settle(which, std::string{natsMsg_GetData(reply.get()),
                              static_cast<std::size_t>(natsMsg_GetDataLength(reply.get()))});
}

/// Nobody answers any more, neither what was sent nor what was not.
void RequestWindow::give_up(natsStatus status) {
  while (!sent_.empty()) {
    const std::size_t index = sent_.front().index;
    settle(index, failure_(requests_[index].subject, status));
  }
  while (next_ < requests_.size()) {
    const std::size_t index = next_++;
    settle(index, failure_(requests_[index].subject, status));
  }
}

void RequestWindow::settle(std::size_t index, Result<std::string> answer) {
  std::erase_if(sent_, [&](const Sent& sent) { return sent.index == index; });
  answered_(index, std::move(answer));
}

}  // namespace unified::nats
