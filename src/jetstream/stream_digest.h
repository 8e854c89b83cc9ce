#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace unified::jetstream {

/// A message as a stream keeps it.
struct StoredRecord {
  std::uint64_t sequence = 0;
  std::string subject;
  /// Sorted by name, the values of one name in their order: how they were written does not count.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string payload;
  std::int64_t time_ns = 0;  ///< when it was stored
};

/// A hash of bytes in their order. Finds mistakes, not forgers.
class Checksum {
 public:
  void add(std::string_view bytes);
  void add(std::uint64_t number);
  /// 32 hexadecimal digits.
  [[nodiscard]] std::string text() const;

 private:
  std::uint64_t first_ = 0x9E3779B97F4A7C15U;
  std::uint64_t second_ = 0xC2B2AE3D27D4EB4FU;
};

/// What two streams must have in common to hold the same messages.
struct StreamDigest {
  std::uint64_t messages = 0;
  std::string content;  ///< of sequence, subject, headers and payload of every message
  std::string times;    ///< of sequence and time of every message
  bool operator==(const StreamDigest&) const = default;
};

nlohmann::json to_json(const StreamDigest& digest);
/// Missing fields are empty.
StreamDigest digest_from(const nlohmann::json& json);

/// Takes the messages of a stream in order of their sequences.
class DigestBuilder {
 public:
  void add(const StoredRecord& record);
  [[nodiscard]] StreamDigest digest() const;

 private:
  std::uint64_t messages_ = 0;
  Checksum content_;
  Checksum times_;
};

}  // namespace unified::jetstream
