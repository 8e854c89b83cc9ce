#include "jetstream/stream_digest.h"

#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "jetstream/api_answers.h"

namespace unified::jetstream {
namespace {

constexpr std::uint64_t kFirstFactor = 0xFF51AFD7ED558CCDU;
constexpr std::uint64_t kSecondFactor = 0xC4CEB9FE1A85EC53U;

std::uint64_t mixed(std::uint64_t value, std::uint64_t factor) {
  value ^= value >> 32U;
  value *= factor;
  return value ^ (value >> 29U);
}

}  // namespace

void Checksum::add(std::uint64_t number) {
  first_ = mixed(first_ ^ number, kFirstFactor);
  second_ = mixed(std::rotl(second_, 23) + number, kSecondFactor);
}

void Checksum::add(std::string_view bytes) {
  add(std::uint64_t{bytes.size()});  // so that "ab","c" is not "a","bc"
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t taken = bytes.size() < kWord ? bytes.size() : kWord;
    std::memcpy(&word, bytes.data(), taken);
    add(word);
    bytes.remove_prefix(taken);
  }
}

std::string Checksum::text() const {
  return fmt::format("{:016x}{:016x}", first_, second_);
}

void DigestBuilder::add(const StoredRecord& record) {
  ++messages_;
  content_.add(record.sequence);
  content_.add(record.subject);
  content_.add(std::uint64_t{record.headers.size()});
  for (const auto& [name, value] : record.headers) {
    content_.add(name);
    content_.add(value);
  }
  content_.add(record.payload);
  times_.add(record.sequence);
  times_.add(static_cast<std::uint64_t>(record.time_ns));
}

StreamDigest DigestBuilder::digest() const {
  return {messages_, content_.text(), times_.text()};
}

nlohmann::json to_json(const StreamDigest& digest) {
  return {{"messages", digest.messages}, {"content", digest.content}, {"times", digest.times}};
}

StreamDigest digest_from(const nlohmann::json& json) {
  return {static_cast<std::uint64_t>(int_at(json, "messages")), text_at(json, "content"),
          text_at(json, "times")};
}

}  // namespace unified::jetstream
