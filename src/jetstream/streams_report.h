#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jetstream/inspect.h"
#include "jetstream/reconciler.h"

namespace unified::jetstream {

/// One stream as `streams` shows it.
struct StreamReport {
  std::string name;
  bool declared = false;
  bool present = false;
  StreamState state;  ///< empty when it is not present
  std::vector<std::string> declared_subjects;
  std::vector<std::string> unbound_subjects;
  std::vector<SubjectState> subjects;  ///< of the declared subjects; details only
  std::vector<ConsumerReport> consumers;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

struct StreamsReport {
  std::string server;  ///< who was asked, for people
  ServerVersion version;
  std::optional<AccountInfo> account;
  bool detailed = false;
  std::vector<StreamReport> streams;  ///< declared ones in manifest order, then the others by name
  [[nodiscard]] bool has_errors() const;
  [[nodiscard]] bool has_warnings() const;
};

/// The declared streams beside the server's, each with what is wrong with it. Pure.
StreamsReport judge_streams(const std::vector<StreamSpec>& desired, const ReconcileReport& seen);

/// Adds the state of every declared subject and consumer; what can't be read becomes an error of
/// its stream. Blocks: a few requests a stream.
void add_details(ApiPort& port, StreamsReport& report, std::chrono::milliseconds timeout);

struct ReportStyle {
  bool stats = false;
  bool colour = false;
  std::int64_t now_unix_ns = 0;
};

/// A table, then the details, then every problem in a line.
std::string to_text(const StreamsReport& report, const ReportStyle& style);
/// The problems alone, one a line: `error: …`, `warning: …`.
std::string problems_text(const StreamsReport& report);
nlohmann::ordered_json to_json(const StreamsReport& report, std::int64_t now_unix_ns);

}  // namespace unified::jetstream
