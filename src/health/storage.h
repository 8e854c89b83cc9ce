#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "health/assess.h"

namespace unified::health {

/// The check `storage`: the store's disk, or the server's quota, and how full the streams are. Only
/// for a server with JetStream. Pure.
Check storage_check(const Snapshot& snapshot);

/// Why nothing that is published now would be kept, as far as the store's disk is the reason; of
/// interest only while something is kept there. Pure.
std::vector<std::string> store_reasons(const Snapshot& snapshot);

/// What nats-server stores where nobody will find it: the store's folder or a stream's files are
/// gone. Empty: nothing. Pure.
std::string lost_files(const Snapshot& snapshot);

/// What is short on the disk, or will be soon: "2.0 GiB of 100.0 GiB free, full in about 5 h";
/// empty: neither. Pure.
std::string shortage(const DiskFacts& disk);

/// For people: `about 5 h`, `about 40 min`. Pure.
std::string roughly(std::chrono::seconds span);

}  // namespace unified::health
