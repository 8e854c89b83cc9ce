#pragma once

#include <chrono>

namespace unified::supervise {

/// How long to wait before start number `attempt` (0-based) of a failing child: 0.5 s, doubling to
/// 30 s, then 10 % more or less by `jitter` in [-1, 1] (beyond: clamped), so that the nodes of a
/// cluster don't come back in step.
std::chrono::nanoseconds backoff_delay(int attempt, double jitter);

}  // namespace unified::supervise
