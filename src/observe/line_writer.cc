#include "observe/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace unified::observe {
namespace {

using Clock = std::chrono::steady_clock;

/// Ten thousand lines of a tracing server: its bursts are over before that. One line is at most
/// 16 KiB (the reader of the server's pipe cuts longer ones).
constexpr std::size_t kQueueBytes = std::size_t{2} * 1024 * 1024;
constexpr std::size_t kLineOverhead = 64;  // what a queued line takes beside its text
constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

std::uint64_t lines_in(std::string_view text) {
  return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

/// What could not be written.
std::string_view write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0 &&
        errno == EAGAIN) {  // a stdout that somebody made non-blocking: half a line helps nobody
      pollfd room{descriptor, POLLOUT, 0};
      ::poll(&room, 1, -1);
      continue;
    }
    if (count <= 0)
      return text;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

struct LineWriter::State {
  struct Line {
    std::string text;
    bool to_file = false;
  };
  /// What goes out at once.
  struct Piece {
    std::string for_stdout;
    std::string for_file;
  };

  std::shared_ptr<LogFile> file;
  std::mutex mutex;
  std::condition_variable has_lines;
  std::condition_variable is_done;
  // Guarded by the mutex.
  std::deque<Line> queue;
  std::size_t queued_bytes = 0;
  std::uint64_t under_way = 0;  ///< lines of the piece that is being written
  std::uint64_t lost = 0;
  bool ending = false;

  /// With the mutex held, as all that touches the queue.
  Line pop() {
    Line line = std::move(queue.front());
    queue.pop_front();
    queued_bytes -= line.text.size() + kLineOverhead;
    return line;
  }

  void push(Line line) {
    const std::size_t bytes = line.text.size() + kLineOverhead;
    while (!queue.empty() && queued_bytes + bytes > kQueueBytes) {
      (void)pop();
      ++lost;
    }
    queued_bytes += bytes;
    queue.push_back(std::move(line));
  }

  void run() {
    Piece piece;
    while (take_whatever_happens(piece)) {
      const std::uint64_t failed = write(piece);
      const std::scoped_lock lock{mutex};
      lost += failed;
      under_way = 0;
      is_done.notify_all();
    }
  }

  /// Without memory for a piece its lines are lost, and the broker goes on.
  bool take_whatever_happens(Piece& piece) {
    try {
      return take(piece);
    } catch (const std::exception&) {
      const std::scoped_lock lock{mutex};
      lost += under_way;
      piece.for_stdout.clear();
      piece.for_file.clear();
      return true;
    }
  }

  /// Waits for lines; false at the end.
  bool take(Piece& piece) {
    std::vector<Line> taken;
    {
      std::unique_lock lock{mutex};
      has_lines.wait(lock, [this] { return ending || !queue.empty(); });
      for (std::size_t bytes = 0; !queue.empty() && bytes < kPieceBytes; ++under_way) {
        bytes += queue.front().text.size();
        taken.push_back(pop());
      }
    }
    piece.for_stdout.clear();
    piece.for_file.clear();
    for (const Line& line : taken) {
      piece.for_stdout += line.text;
      if (line.to_file && file)
        piece.for_file += line.text;
    }
    return !taken.empty();
  }

  [[nodiscard]] std::uint64_t write(const Piece& piece) const {
    std::uint64_t failed = lines_in(write_all(STDOUT_FILENO, piece.for_stdout));
    if (!piece.for_file.empty() && !file->append(piece.for_file))
      failed += lines_in(piece.for_file);
    return failed;
  }
};

LineWriter::LineWriter(std::shared_ptr<LogFile> file) : state_(std::make_shared<State>()) {
  state_->file = std::move(file);
  thread_ = std::thread{[state = state_] { state->run(); }};
}

LineWriter::~LineWriter() {
  const bool drained = drain(std::chrono::milliseconds{200});
  {
    const std::scoped_lock lock{state_->mutex};
    state_->ending = true;
    state_->has_lines.notify_one();
  }
  if (drained)
    thread_.join();
  else
    thread_.detach();
}

void LineWriter::post(std::string line, bool to_file) {
  {
    const std::scoped_lock lock{state_->mutex};
    state_->push({std::move(line), to_file});
  }
  state_->has_lines.notify_one();
}

std::uint64_t LineWriter::lost() const {
  const std::scoped_lock lock{state_->mutex};
  return state_->lost;
}

bool LineWriter::drain(std::chrono::milliseconds timeout) const {
  std::unique_lock lock{state_->mutex};
  return state_->is_done.wait_until(lock, Clock::now() + timeout, [this] {
    return state_->queue.empty() && state_->under_way == 0;
  });
}

}  // namespace unified::observe
