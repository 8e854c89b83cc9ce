#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jetstream/consumer_spec.h"
#include "jetstream/fields.h"

namespace unified::jetstream {

/// What of a server's objects can be declared.
struct ExportObjects {
  std::vector<StreamSpec> streams;
  std::vector<ConsumerSpec> consumers;
  std::vector<std::string> notes;
};

/// Only fields of the tables that differ from what a server does by itself; storage, retention and
/// ack_policy always. `filter_subject` is folded into `filter_subjects`. Notes: what is left out or
/// would be refused in a manifest.
ExportObjects exportable(const std::vector<StreamState>& streams,
                         const std::vector<ConsumerState>& consumers);

/// A stream that is a bucket: one that its clients would have made alike.
struct BucketView {
  enum class Kind : std::uint8_t { kKv, kObjectStore };
  Kind kind = Kind::kKv;
  std::string name;
  nlohmann::json declared;  ///< what the bucket says, under the names of a stream's fields
};
std::optional<BucketView> bucket_in(const StreamSpec& spec);

}  // namespace unified::jetstream
