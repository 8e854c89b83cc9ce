#include "app/file_watch.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/watched_files.h"
#include "os/file_events.h"
#include "os/presence.h"

namespace unified::app {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kQuiet{500};
constexpr std::chrono::milliseconds kGoneLook{10'000};
constexpr std::chrono::milliseconds kFilePatience{10'000};  // for the file system

std::vector<std::string> not_there(const std::set<std::string>& files) {
  std::vector<std::string> missing;
  for (const std::string& file : files) {
    const auto presence = os::presence_of(file);
    if (presence && *presence == os::Presence::kAbsent)
      missing.push_back(file);
  }
  return missing;
}

}  // namespace

FileWatch::FileWatch(asio::any_io_executor reactor,
                     observe::Log& log,
                     std::function<void()> changed)
    : reactor_(reactor),
      log_(log),
      changed_(std::move(changed)),
      quiet_(reactor),
      worker_(std::move(reactor)) {}

Result<void> FileWatch::open_events() {
  if (events_)
    return {};
  auto events = os::make_file_events();
  if (!events)
    return events.error();
  events_.emplace(reactor_, events->release());
  wait();
  return {};
}

/// Watches the folders of `files` by `events`, and looks at the files. Blocks.
FileWatch::Found FileWatch::find(const std::vector<std::string>& files,
                                 std::chrono::system_clock::time_point read_at,
                                 const std::set<std::string>& before,
                                 int events) {
  Found found;
  for (const auto& [folder, names] : places_of(files)) {
    const auto number = os::watch_folder(events, folder);
    if (number)
      found.names[*number].insert(names.begin(), names.end());
    else
      found.problems.push_back(number.error().message);
  }
  for (const std::string& file : files) {
    const auto presence = os::presence_of(file);
    if (!presence)
      found.problems.push_back(presence.error().message);
    // One that can't be looked at counts as what it was.
    if (presence ? *presence == os::Presence::kAbsent : !before.contains(file))
      continue;
    found.present.insert(file);
    found.changed = found.changed || os::changed_since(file, read_at);
  }
  return found;
}

asio::awaitable<Result<void>> FileWatch::watch(std::vector<std::string> files,
                                               std::chrono::system_clock::time_point read_at) {
  if (const auto opened = open_events(); !opened)
    co_return Error{opened.error().message + "; HUP reloads"};
  // NOLINTNEXTLINE(bugprone-unchecked-optional-access): opened above
  const int events = events_->native_handle();
  std::function<Found()> task = [files = std::move(files), read_at, before = present_, events] {
    return find(files, read_at, before, events);
  };
  std::optional<Found> found = co_await worker_.call<Found>(std::move(task), kFilePatience);
  if (!found)
    co_return Error{"the folders of the configuration do not answer; HUP reloads"};
  // A folder that is new to us may have changed between the reading of its files and now.
  const bool first = names_.empty();
  const bool missed =
      (!first || found->changed) && std::ranges::any_of(found->names, [this](const auto& folder) {
        return !names_.contains(folder.first);
      });
  names_ = std::move(found->names);
  present_ = std::move(found->present);
  if (missed)
    look_again_after(kQuiet);
  if (found->problems.empty())
    co_return Result<void>{};
  co_return Error{fmt::format("{}; HUP reloads", fmt::join(found->problems, ", "))};
}

void FileWatch::wait() {
  // NOLINTNEXTLINE(bugprone-unchecked-optional-access): open_events() has made them
  events_->async_wait(asio::posix::stream_descriptor::wait_read,
                      [this](const boost::system::error_code& error) {
                        if (error)
                          return;
                        wait();
                        take_events();
                      });
}

void FileWatch::take_events() {
  bool ours = false;
  // NOLINTNEXTLINE(bugprone-unchecked-optional-access): open_events() has made them
  for (const os::FileEvent& event : os::read_file_events(events_->native_handle())) {
    const auto names = names_.find(event.folder);
    ours = ours || event.name.empty() ||
           (names != names_.end() && concerns(names->second, event.name));
  }
  if (!ours)
    return;
  look_again_after(kQuiet);
}

/// Also ends a wait that began before.
void FileWatch::look_again_after(std::chrono::milliseconds time) {
  quiet_.expires_after(time);
  quiet_.async_wait([this](const boost::system::error_code& error) {
    if (!error)
      asio::co_spawn(reactor_, tell(), asio::detached);
  });
}

asio::awaitable<void> FileWatch::tell() {
  const std::vector<std::string> missing = co_await gone();
  if (missing.empty()) {
    told_gone_.clear();
    changed_();
    co_return;
  }
  const std::string text = fmt::format(
      "a file of the configuration has changed, and {} is gone: not reloaded (`reload` does)",
      fmt::join(missing, ", "));
  if (std::exchange(told_gone_, text) != text)
    log_.warn("{}", text);
  look_again_after(kGoneLook);  // its folder may be gone with our watch of it
}

asio::awaitable<std::vector<std::string>> FileWatch::gone() {
  std::function<std::vector<std::string>()> task = [present = present_] {
    return not_there(present);
  };
  auto missing = co_await worker_.call<std::vector<std::string>>(std::move(task), kFilePatience);
  co_return missing ? *std::move(missing) : std::vector<std::string>{};
}

}  // namespace unified::app
