#pragma once

#include <gtest/gtest.h>

#include "config/load.h"
#include "fake_host.h"

namespace unified::config {

/// What load() makes of inputs that have no errors; any error fails the test.
inline Loaded loaded(const Inputs& inputs, const FakeHost& host = {}) {
  auto result = load(inputs, host);
  if (result)
    return *std::move(result);
  for (const Problem& problem : result.error())
    ADD_FAILURE() << to_text(problem);
  return {};
}

inline std::vector<std::string> texts(const Problems& problems) {
  std::vector<std::string> lines;
  for (const Problem& problem : problems)
    lines.push_back(to_text(problem));
  return lines;
}

inline std::vector<std::string> warnings(const Inputs& inputs, const FakeHost& host = {}) {
  return texts(loaded(inputs, host).warnings);
}

inline EffectiveValue effective(const Loaded& result, const std::string& name) {
  for (const EffectiveValue& value : result.settings.values)
    if (value.name == name)
      return value;
  return {};
}

}  // namespace unified::config
