#pragma once

#include <string>
#include <vector>

#include "jetstream/plan.h"

namespace unified::test {

/// What must come of a row on one server.
struct ConsumerExpected {
  enum class After : std::uint8_t { kSame, kAnew, kGone };

  jetstream::Change change = jetstream::Change::kSafe;
  int refused = 0;     ///< err_code of the server when it is asked all the same; 0: it says yes
  bool echoed = true;  ///< it has the value then
  int left = -1;       ///< messages in the stream after it; -1: as before
  /// What the server knows of the consumer after its next start: the position it had, a consumer
  /// that begins anew, nothing.
  After after = After::kSame;
};

/// A consumer as it is, and how the manifest wants it. `%` stands for its stream, which captures
/// `%.a` and `%.b`: five messages each. Of a pull consumer 4 are delivered, 2 acknowledged.
struct ConsumerRow {
  std::string name;
  std::string before;    ///< JSON members beside durable_name
  std::string declared;  ///< the same
  ConsumerExpected on_2_9;
  ConsumerExpected on_2_10;
  ConsumerExpected on_2_15;
  std::string retention = "limits";
};

std::vector<ConsumerRow> consumer_rows();

/// Configurations that every server stores in its own words; declared again they are no drift.
/// Those that need a younger server than 2.9 are in `young`.
std::vector<std::string> consumer_meanings();
std::vector<std::string> young_consumer_meanings();

}  // namespace unified::test
