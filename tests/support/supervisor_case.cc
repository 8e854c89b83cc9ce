#include "support/supervisor_case.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "support/entrypoint.h"

namespace unified::test {
namespace {

/// PID 1 looks for messages in the image's usual folder, which may be there on this machine.
const std::vector<std::string> kAsPid1{"unshare",
                                       "--fork",
                                       "--pid",
                                       "--mount-proc",
                                       "--kill-child",
                                       "sh",
                                       "-c",
                                       "test ! -d /data || mount -t tmpfs none /data; exec \"$@\"",
                                       "sh"};

NatsServer double_in(const TempDir& directory) {
  const std::string path = directory / "nats-server";
  if (!std::filesystem::is_symlink(path))
    std::filesystem::create_symlink(test_program("misbehave"), path);
  return {.suite = "double", .path = path, .version = {2, 10, 27}};
}

}  // namespace

std::string no_namespace_because() {
  std::vector<std::string> command = kAsPid1;
  command.emplace_back("true");
  const Finished tried = run({.command = command});
  return tried.status == 0 ? "" : "no PID namespace can be made here: " + tried.output;
}

void SupervisorCase::SetUp() {
  if (!as_pid1())
    return;
  if (const std::string why = no_namespace_because(); !why.empty())
    GTEST_SKIP() << why;
}

std::vector<std::string> SupervisorCase::wrapped(std::vector<std::string> inner) const {
  if (as_pid1())
    inner.insert(inner.begin(), kAsPid1.begin(), kAsPid1.end());
  return inner;
}

std::unique_ptr<Broker> SupervisorCase::start(CaseOptions options) const {
  options.wrapper = wrapped(std::move(options.wrapper));
  return start_double(std::move(options));
}

std::unique_ptr<Broker> start_double(CaseOptions options) {
  if (!options.directory)
    options.directory = std::make_shared<TempDir>();
  Environment environment = std::move(options.environment);
  environment.insert({{"MISBEHAVE", options.script},
                      {"JETSTREAM_ENABLED", "false"},
                      {"RESTART_POLICY", "never"},
                      {"NATS_LOG_FILE", "none"}});
  NatsServer server = double_in(*options.directory);
  return std::make_unique<Broker>(BrokerOptions{.server = std::move(server),
                                                .environment = std::move(environment),
                                                .directory = options.directory,
                                                .wrapper = std::move(options.wrapper)});
}

int times(int usual, int full) {
  const char* const asked = std::getenv("UNIFIED_CASES_FULL");  // NOLINT(concurrency-mt-unsafe)
  return asked != nullptr && std::string{asked} == "1" ? full : usual;
}

bool heard(const Broker& broker, const std::string& word, std::chrono::milliseconds limit) {
  return broker.process().wait_for_output(word, limit);
}

int count_of(const Broker& broker, const std::string& text) {
  const std::string output = broker.output();
  int count = 0;
  for (std::size_t at = output.find(text); at != std::string::npos; at = output.find(text, at + 1))
    ++count;
  return count;
}

}  // namespace unified::test
