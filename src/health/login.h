#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace unified::health {

/// Whether these words of our own NATS client, about a server that has said that it is ready, mean
/// that it runs and does not let us in or does not let us work: a login, a certificate, a limit of
/// connections, subscriptions or pending bytes, an account without JetStream (10039). Pure.
bool tells_of_refusal(std::string_view words);

/// The words with the way out, for people: "nats-server runs, but refuses the supervisor's own
/// connection: …; what to do: …". Pure.
std::string refusal_with_way_out(std::string_view words);

/// Whether they mean that what our connection asked for is denied to it: an account without
/// JetStream (10039), a missing permission, too few subscriptions. Pure.
bool tells_of_denial(std::string_view words);
/// Whether they mean only that every connection the server allows is in use (NATS_MAX_CONNECTIONS):
/// whoever is connected is served all the same. Pure.
bool tells_of_no_slot(std::string_view words);

/// The pause before a connection that failed so many times in a row, at last with these words, is
/// tried again: short at first, as a server that has just started may not be able to answer yet,
/// then doubling, so that its log is not filled with our failures: to 30 s when it refuses us, else
/// to 2 s. Pure.
std::chrono::milliseconds next_connect_in(int failures, std::string_view words);

/// How a server that has said that it is ready treats our own connection. Pure.
class OwnConnection {
 public:
  /// It could not be made.
  void failed(const std::string& words);
  /// It was made.
  void made();
  /// One that was made is gone, though the server runs. That is nothing once in a while; a server
  /// that does so each time before it has answered anything does not let us work.
  void lost(const std::string& words);
  /// A request was answered, or left unanswered, with words that refuse it.
  void denied(const std::string& words);
  /// A request was answered as it should be: nothing of before counts any more.
  void worked();

  /// Why it does not let us in or does not let us work; empty: it does, or nobody can tell yet (the
  /// first refusals may still be a start).
  [[nodiscard]] const std::string& refusal() const {
    return kept_out_.empty() ? kept_from_work_ : kept_out_;
  }
  /// Before it is tried again.
  [[nodiscard]] std::chrono::milliseconds pause() const;

 private:
  int failures_ = 0;  ///< to make it, in a row
  int refusals_ = 0;  ///< those of them that were refusals, in a row
  int others_ = 0;    ///< those since the last refusal
  int losses_ = 0;    ///< since a request was answered
  std::string last_;  ///< the last failure
  std::string kept_out_;
  std::string kept_from_work_;
};

}  // namespace unified::health
