#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "config/problem.h"
#include "config/values.h"

namespace unified::config {

/// Collects what the rules between variables find. A finding is dropped when a value that it rests
/// on is faulty: that was reported already, and its default stands in for it.
class Findings {
 public:
  Findings(const Values& values, Problems& problems) : values_(values), problems_(problems) {}

  /// About `name`, resting on `others` too.
  void error(std::string_view name,
             std::string message,
             std::initializer_list<std::string_view> others = {});
  void warning(std::string_view name,
               std::string message,
               std::initializer_list<std::string_view> others = {});

 private:
  void add(Severity severity,
           std::string_view name,
           std::string message,
           std::initializer_list<std::string_view> others);

  const Values& values_;
  Problems& problems_;
};

/// `NATS_PORT (.env:3)`, for messages about another variable.
std::string mention(const Values& values, std::string_view name);

}  // namespace unified::config
