#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "jetstream/pauses.h"
#include "jetstream/seen_restores.h"

namespace unified::app {

/// The streams that nothing of ours may touch just now, and why: a client restores them, or an
/// operator has paused them. Every function may be called from any thread, and none blocks on the
/// server; what they tell is true at the moment of the call.
class HeldStreams {
 public:
  /// The subject of an advisory. Called at once, on nats.c's own thread: the plan that it stops may
  /// just be carried out.
  void heard(std::string_view advisory);
  /// What a look at the server and its store has shown. Returns a line for every restore that is
  /// over by that, or has taken longer than `limit`.
  std::vector<std::string> looked(const jetstream::RestoreLook& look,
                                  std::chrono::nanoseconds limit);
  [[nodiscard]] bool any_restore() const;
  /// The server is another one now, or is gone: so are its restores.
  void forget_restores();

  /// The pauses as they are kept in their file from now on; or why that can't be read, which is
  /// about every stream.
  void set_pauses(Result<jetstream::Pauses> pauses);
  /// The pauses that were read from the file or written to it last. They stay known when somebody
  /// removes the file.
  [[nodiscard]] jetstream::Pauses last_pauses() const;

  /// "is being restored since …", "is paused until …: …"; nothing: it may be touched.
  [[nodiscard]] std::optional<std::string> why(const std::string& stream) const;

 private:
  mutable std::mutex mutex_;
  jetstream::SeenRestores restores_;
  Result<jetstream::Pauses> pauses_ = jetstream::Pauses{};
  jetstream::Pauses last_pauses_;
};

}  // namespace unified::app
