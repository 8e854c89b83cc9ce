// The input is what nats-server writes, and the text of a client in lines that it writes about that
// client: nothing a client says ends up as anything but a client's line.

#include <array>
#include <string>
#include <vector>

#include "app/line_splitter.h"
#include "app/server_words.h"
#include "app/trouble_log.h"
#include "fuzz/property.h"
#include "observe/server_line.h"

namespace unified::app {
namespace {

using fuzz::require;

/// How nats-server begins a line about a connection (server/client.go, initClient).
constexpr std::array<std::string_view, 8> kConnections{
    "127.0.0.1:5 - cid:4",   "127.0.0.1:5 - wid:4",   "127.0.0.1:5 - mid:4",
    "[::1]:5 - mid_ws:4",    "10.0.0.1:6222 - rid:9", "10.0.0.1:5 - gid:1",
    "10.0.0.1:7422 - lid:2", "10.0.0.1:5 - lid_ws:3"};
constexpr std::array<std::string_view, 6> kLevels{"[TRC]", "[DBG]", "[INF]",
                                                  "[WRN]", "[ERR]", "[FTL]"};

std::vector<std::string> lines_of(std::string_view output, std::size_t piece) {
  std::vector<std::string> lines;
  const auto keep = [&lines](std::string_view line) { lines.emplace_back(line); };
  LineSplitter splitter;
  for (; !output.empty(); output.remove_prefix(std::min(piece, output.size())))
    splitter.feed(output.substr(0, piece), keep);
  splitter.finish(keep);
  return lines;
}

/// A line break in a client's text is written as two characters by every version (facts §14).
std::string as_written(std::string_view client_text) {
  std::string out;
  for (const char c : client_text)
    out += c == '\n' ? std::string{"\\n"} : std::string{c};
  return out;
}

void check_client(std::string_view text, std::size_t choice) {
  for (const bool with_time : {true, false}) {
    std::string line = "[4711] ";
    line += with_time ? "2026/11/21 02:13:56.688783 " : "";
    line += kLevels[choice % kLevels.size()];
    line += ' ';
    line += kConnections[choice % kConnections.size()];
    line += " - " + as_written(text);
    const auto lines = lines_of(line + "\n", 1 + (choice % 100));
    require(lines.size() == 1, "a client can't make a line of its own");
    const observe::ServerLine parsed = observe::parse_server_line(lines[0]);
    require(parsed.from_client, "a client's line is known as one");
    require(!parsed.text.starts_with("Server is ready"), "a client can't say that we are ready");
    TroubleLog trouble;
    require(!trouble.note(lines[0]) && !trouble.about("MARKET_DATA"),
            "a client can't make us think that a stream is damaged");
    ServerWords words;
    words.note(1, lines[0]);
    require(words.said(1).empty() && words.stacks(1).empty(),
            "a client can't make us find a cause");
  }
}

void check_output(std::string_view output, std::size_t choice) {
  constexpr std::size_t kMaxLine = std::size_t{16} * 1024;
  TroubleLog trouble;
  ServerWords words;
  const auto lines = lines_of(output, 1 + choice);
  for (const std::string& line : lines) {
    require(line.size() <= kMaxLine && line.find('\n') == std::string::npos, "a line is a line");
    const observe::ServerLine parsed = observe::parse_server_line(line);
    require(line.ends_with(parsed.text), "a line's text is its end");
    trouble.note(line);
    words.note(1, line);
  }
  (void)trouble.about("MARKET_DATA");
  require(words.said(1).size() <= 100 && words.stacks(1).size() <= 400, "what is kept is bounded");
  require(lines == lines_of(output, output.size() + 1), "lines don't depend on how they arrive");
}

}  // namespace
}  // namespace unified::app

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const std::size_t choice = data[0];
  const std::string_view text = unified::fuzz::text_of(data + 1, size - 1);
  unified::app::check_client(text, choice);
  unified::app::check_output(text, choice);
  return 0;
}
