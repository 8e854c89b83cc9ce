#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "jetstream/api.h"
#include "jetstream/fresh_streams.h"
#include "jetstream/reconciler.h"

namespace unified::jetstream {

/// What to tell of a stream that somebody else changed while we did.
std::string somebody_else_changed(const std::string& stream);

/// What became of updates that were sent together: whether somebody else changed a stream between
/// the read and the answer, and whether the server has all that was not meant as it was read.
/// Both go to ReconcileReport::warnings; a limit that became tighter meanwhile is raised again.
class UpdateCheck {
 public:
  /// Refers to all it is given.
  UpdateCheck(Api& api, FreshStreams& streams, ReconcileReport& report)
      : api_(api),
        streams_(streams),
        report_(report) {}

  /// What was read, and what is sent now.
  void before(const StreamState& read, const nlohmann::json& body);
  /// The server's answer to the update; what an answer that is none means is not asked here.
  void after(const StreamState& answer);
  /// Once all have been answered.
  void finish();

 private:
  struct Update {
    nlohmann::json read;
    nlohmann::json body;
    nlohmann::json answer = nullptr;  ///< null: none, or it was refused
  };

  void compare(const std::string& name, const Update& update);
  void raise_limits(const std::string& name, const Update& update);
  void tell(std::string text) { report_.warnings.push_back(std::move(text)); }

  Api& api_;
  FreshStreams& streams_;
  ReconcileReport& report_;
  std::map<std::string, Update> updates_;
};

}  // namespace unified::jetstream
