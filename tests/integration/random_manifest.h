#pragma once

#include <map>
#include <string>

#include "integration/draw.h"

namespace unified::test {

/// A manifest that is changed at random. Not every change makes a valid one: whoever uses it copies
/// it first, and takes the copy when the program refuses it.
class RandomManifest {
 public:
  RandomManifest() = default;

  /// One to four changes: streams, consumers and buckets come, go and get other values.
  void change(Draw& draw);
  [[nodiscard]] std::string yaml() const;
  /// The `allow:` of a stream, also that of a bucket (KV_…), or of a consumer of `stream`; empty:
  /// none.
  [[nodiscard]] std::string allow_of(const std::string& stream, const std::string& name) const;

 private:
  using Fields = std::map<std::string, std::string>;
  struct Stream {
    Fields fields;
    std::map<std::string, Fields> consumers;
  };

  void change_once(Draw& draw);
  void change_stream(Draw& draw, const std::string& name);
  void change_consumer(Draw& draw, const std::string& stream);
  void change_bucket(Draw& draw);

  std::map<std::string, Stream> streams_;
  std::map<std::string, Fields> buckets_;
};

}  // namespace unified::test
