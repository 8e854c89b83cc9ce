#include "app/logs_route.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/parse.h"

namespace unified::app {
namespace {

constexpr const char* kPlainText = "text/plain; charset=utf-8";
constexpr std::string_view kAfter = "after=";

double unix_seconds(std::chrono::system_clock::time_point at) {
  return static_cast<double>(
             std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count()) /
         1000;
}

api::Response as_text(const observe::LineRing& ring) {
  std::string text;
  for (const observe::RecentLine& line : ring.after(0))
    text += fmt::format("{:<11} {}\n", to_text(line.source), line.text);
  return {200, std::move(text), kPlainText};
}

api::Response as_json(const observe::LineRing& ring, std::uint64_t after) {
  nlohmann::ordered_json body;
  auto lines = nlohmann::ordered_json::array();
  std::uint64_t last = std::min(after, ring.last());  // a follower of an earlier life begins anew
  for (const observe::RecentLine& line : ring.after(last)) {
    last = line.seq;
    lines.push_back({{"seq", line.seq},
                     {"at", unix_seconds(line.at)},
                     {"source", to_text(line.source)},
                     {"text", line.text}});
  }
  body["last"] = last;
  body["lines"] = std::move(lines);
  return {200, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

}  // namespace

api::Route logs_route(const observe::LineRing& ring) {
  const auto handler =
      [&ring](const api::Request& request) -> boost::asio::awaitable<api::Response> {
    if (request.query.empty())
      co_return as_text(ring);
    const std::string_view query = request.query;
    const auto after =
        query.starts_with(kAfter) ? parse_int(query.substr(kAfter.size())) : std::nullopt;
    if (!after || *after < 0)
      co_return api::Response{400, "?after=SEQ is expected\n", kPlainText};
    co_return as_json(ring, static_cast<std::uint64_t>(*after));
  };
  return {"GET", "/logs", handler};
}

}  // namespace unified::app
