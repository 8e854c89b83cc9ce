#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "health/snapshot.h"

namespace unified::health {

enum class Status { kPass, kWarn, kFail };
std::string_view to_text(Status status);

/// The outcome of one named check.
struct Check {
  std::string name;
  Status status = Status::kPass;
  std::string message;
  std::chrono::milliseconds took{0};
};

/// connectivity, http, jetstream, stream, datatypes, storage, supervisor: always all, in this
/// order. Pure.
std::vector<Check> assess(const Snapshot& snapshot);

/// The worst of them.
Status worst(const std::vector<Check>& checks);

/// Why a client must not be sent here yet; empty = ready: the server answers and every declared
/// subject is bound. Pure.
std::vector<std::string> not_ready_reasons(const Snapshot& snapshot);

/// `{"status":"pass","checks":[{"name","status","message","ms"}]}`
std::string to_json(const std::vector<Check>& checks);

/// One line a check, for people.
std::string to_text(const std::vector<Check>& checks);

}  // namespace unified::health
