#include "cli/remote_options.h"

#include <chrono>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/parse.h"
#include "config/url.h"

namespace unified::cli {
namespace {

constexpr std::chrono::milliseconds kShortest{100};
constexpr std::chrono::hours kLongest{24 * 365};

std::string with_scheme(const std::string& url, const std::string& scheme) {
  return url.find("://") == std::string::npos ? scheme + "://" + url : url;
}

/// Judged here already: what comes with an option is told by the option's name. Never with the
/// text, which may hold a password.
std::string url_list_fault(const std::string& text) {
  const std::vector<std::string> urls = split_list(text);
  if (urls.empty())
    return "is empty: nats://host:port is accepted";
  for (const std::string& url : urls) {
    if (const auto fault = config::split_password_fault(url); fault && url != urls.front())
      return *fault;
    // "nats//user:password@host" would be a host called nats, and its password text to print.
    if (url.find("://") == std::string::npos && url.find('/') != std::string::npos)
      return "has no scheme: nats://host:port is accepted";
    if (const auto fault = config::url_fault(with_scheme(url, "nats"), "nats|tls", false))
      return *fault;
  }
  return {};
}

std::string http_url_fault(const std::string& url) {
  return config::url_fault(with_scheme(url, "http"), "http", false).value_or("");
}

std::string timeout_fault(const std::string& text) {
  const auto timeout = parse_duration(text);
  return timeout && *timeout >= kShortest && *timeout <= kLongest
             ? std::string{}
             : "100ms to 365d is accepted: seconds, or 500ms, 1m";
}

std::string nats_urls(const std::string& text) {
  std::string urls;
  for (const std::string& url : split_list(text))
    urls += (urls.empty() ? "" : ",") + with_scheme(url, "nats");
  return urls;
}

}  // namespace

void add_remote_options(CLI::App& command, Context& context, const char* url_name) {
  command
      .add_option_function<std::string>(
          url_name,
          [&context](const std::string& url) { context.arguments["NATS_URL"] = nats_urls(url); },
          "The nats-server to ask, nats://[USER:PASSWORD@]HOST[:PORT]; several, separated by "
          "commas, are tried in order (default: NATS_URL, else the supervisor)")
      ->type_name("URL")
      ->check(url_list_fault);
  command
      .add_option_function<std::string>(
          "--http-url",
          [&context](const std::string& url) {
            context.arguments["NATS_MONITOR_URL"] = with_scheme(url, "http");
          },
          "Its monitoring, http://HOST:PORT (default: NATS_MONITOR_URL, else the same host)")
      ->type_name("URL")
      ->check(http_url_fault);
  command
      .add_option_function<std::string>(
          "--timeout",
          [&context](const std::string& text) { context.arguments["NATS_CONNECT_TIMEOUT"] = text; },
          "How long to wait for a connection and for each answer: seconds, or 500ms, 1m")
      ->type_name("DURATION")
      ->check(timeout_fault);
}

}  // namespace unified::cli
