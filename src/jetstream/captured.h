#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetstream/stream_spec.h"
#include "jetstream/subject_changes.h"
#include "jetstream/subject_index.h"

namespace unified::jetstream {

/// What every stream captures at the moment when a planned request arrives: those before it in the
/// manifest as planned, the others as they are. Looks at nothing before it is asked. Refers to the
/// streams.
class Captured {
 public:
  explicit Captured(const std::vector<StreamState>& streams) : streams_(streams) {}

  /// From now on the stream captures this.
  void becomes(const std::string& stream, const std::vector<std::string>& subjects);
  /// What another stream than `stream` captures of the subject.
  std::optional<TakenSubject> rival(const std::string& subject, const std::string& stream);

 private:
  void build();
  std::size_t owner_of(const std::string& stream);
  void put(const std::string& stream, const std::vector<std::string>& subjects);

  struct Owner {
    std::string name;
    std::vector<std::string> subjects;
  };

  const std::vector<StreamState>& streams_;
  bool built_ = false;
  std::map<std::string, std::vector<std::string>, std::less<>> planned_;  ///< until it is built
  std::map<std::string, std::size_t, std::less<>> ids_;
  std::vector<Owner> owners_;
  SubjectIndex index_;
};

}  // namespace unified::jetstream
