#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/worker.h"
#include "base/result.h"
#include "observe/log.h"

namespace unified::app {

/// Tells when a file of the configuration has changed: once for all that happens within half a
/// second, so that half an edit is not read. A file that was there and is gone is warned about, and
/// nothing is told: without it other settings would be in force, and nobody has said so. On the
/// reactor; what asks the file system runs on a thread of its own.
class FileWatch {
 public:
  FileWatch(boost::asio::any_io_executor reactor, observe::Log& log, std::function<void()> changed);

  /// These files from now on, besides folders that were watched before. `read_at`: when they were
  /// read; what has changed since then is told. The error says what is not watched (the system has
  /// no room for another watch, a folder does not answer) and may pass: the rest is watched, and
  /// another call tries all of it again.
  boost::asio::awaitable<Result<void>> watch(std::vector<std::string> files,
                                             std::chrono::system_clock::time_point read_at);

 private:
  struct Found {
    std::map<int, std::set<std::string>> names;  ///< by folder
    std::set<std::string> present;
    bool changed = false;  ///< since they were read
    std::vector<std::string> problems;
  };

  static Found find(const std::vector<std::string>& files,
                    std::chrono::system_clock::time_point read_at,
                    const std::set<std::string>& before,
                    int events);
  Result<void> open_events();
  void wait();
  void take_events();
  void look_again_after(std::chrono::milliseconds time);
  boost::asio::awaitable<void> tell();
  boost::asio::awaitable<std::vector<std::string>> gone();

  boost::asio::any_io_executor reactor_;
  std::optional<boost::asio::posix::stream_descriptor> events_;
  observe::Log& log_;
  std::function<void()> changed_;
  boost::asio::steady_timer quiet_;
  Worker worker_;
  std::map<int, std::set<std::string>> names_;
  std::set<std::string> present_;
  std::string told_gone_;
};

}  // namespace unified::app
