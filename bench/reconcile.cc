// reconcile_bench URL VERSION PAIRS: what reconciling 1,000 streams, alone and with a consumer
// each, costs beside nats.c: its own loop over the pages of STREAM.LIST (js_Streams, which decodes
// them), and loops that send the same requests and do nothing with the answers. Alternates them and
// writes "NAME OURS_MS OTHER_MS" lines. Deletes the server's streams S0 to S999.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nats/nats.h>
#include <nlohmann/json.hpp>

#include "jetstream/manifest.h"
#include "jetstream/nats/module.h"
#include "jetstream/reconciler.h"

namespace unified::bench {
namespace {

constexpr int kStreams = 1000;
constexpr std::int64_t kTimeoutMs = 5000;

/// nats.c as somebody would use it who wants only the bytes.
class RawClient {
 public:
  explicit RawClient(const std::string& url) {
    if (natsConnection_ConnectTo(&connection_, url.c_str()) != NATS_OK)
      throw std::runtime_error{"cannot connect to " + url};
  }
  ~RawClient() { natsConnection_Destroy(connection_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  RawClient(RawClient&&) = delete;
  RawClient& operator=(RawClient&&) = delete;

  std::string request(const std::string& subject, const std::string& payload) {
    natsMsg* reply = nullptr;
    if (natsConnection_Request(&reply, connection_, subject.c_str(), payload.data(),
                               static_cast<int>(payload.size()), kTimeoutMs) != NATS_OK)
      throw std::runtime_error{"no answer to " + subject};
    std::string text{natsMsg_GetData(reply),
                     static_cast<std::size_t>(natsMsg_GetDataLength(reply))};
    natsMsg_Destroy(reply);
    if (text.find("\"error\":") != std::string::npos)
      throw std::runtime_error{subject + ": " + text};
    return text;
  }

  void list_decoded() {
    jsCtx* context = nullptr;
    jsStreamInfoList* list = nullptr;
    const bool ok = natsConnection_JetStream(&context, connection_, nullptr) == NATS_OK &&
                    js_Streams(&list, context, nullptr, nullptr) == NATS_OK &&
                    list->Count == kStreams;
    jsStreamInfoList_Destroy(list);
    jsCtx_Destroy(context);
    if (!ok)
      throw std::runtime_error{"js_Streams failed"};
  }

 private:
  natsConnection* connection_ = nullptr;
};

std::string name_of(int number) {
  return fmt::format("S{}", number);
}

jetstream::Declarations declared(bool with_consumers) {
  constexpr const char* kConsumer =
      "    consumers: [{name: C, ack_policy: explicit, max_deliver: 5}]\n";
  std::string text = "streams:\n";
  for (int i = 0; i < kStreams; ++i)
    text += fmt::format(
        "  - name: S{0}\n    subjects: [s{0}.>]\n    storage: file\n    max_msgs: 1000\n    "
        "max_age: "
        "2h\n{1}",
        i, with_consumers ? kConsumer : "");
  auto manifest = jetstream::parse_manifest(text, "bench", {});
  if (!manifest)
    throw std::runtime_error{manifest.error().front()};
  return *std::move(manifest);
}

void page_through(RawClient& client) {
  constexpr int kPage = 256;  // the server's
  for (int offset = 0; offset < kStreams; offset += kPage)
    client.request("$JS.API.STREAM.LIST", fmt::format(R"({{"offset":{}}})", offset));
}

void page_through_consumers(RawClient& client) {
  for (int i = 0; i < kStreams; ++i)
    client.request("$JS.API.CONSUMER.LIST." + name_of(i), R"({"offset":0})");
}

void create_all(RawClient& client) {
  for (int i = 0; i < kStreams; ++i)
    client.request(
        "$JS.API.STREAM.CREATE." + name_of(i),
        fmt::format(R"({{"name":"S{}","subjects":["s{}.>"],"retention":"limits","storage":"file",)"
                    R"("max_msgs":1000,"max_age":7200000000000,"num_replicas":1,"discard":"old"}})",
                    i, i));
}

void create_consumers(RawClient& client) {
  for (int i = 0; i < kStreams; ++i)
    client.request(fmt::format("$JS.API.CONSUMER.DURABLE.CREATE.S{}.C", i),
                   fmt::format(R"({{"stream_name":"S{}","config":{{"durable_name":"C",)"
                               R"("ack_policy":"explicit","max_deliver":5}}}})",
                               i));
}

void delete_all(RawClient& client) {
  for (int i = 0; i < kStreams; ++i)
    client.request("$JS.API.STREAM.DELETE." + name_of(i), "");
}

template <typename Work>
double milliseconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

void reconcile_or_throw(jetstream::ApiPort& port,
                        const jetstream::Declarations& declared,
                        const jetstream::ReconcileOptions& options) {
  const auto report = jetstream::reconcile(port, declared, options);
  if (!report.provisioned() || !report.problems.empty())
    throw std::runtime_error{"reconciling failed: " + (report.problems.empty()
                                                           ? "not bound"
                                                           : report.problems.front().message)};
}

void measure_streams(RawClient& raw, const std::function<void()>& ours) {
  const double created = milliseconds_of(ours);
  delete_all(raw);
  const double raw_created = milliseconds_of([&] { create_all(raw); });
  fmt::print("create {} {}\n", created, raw_created);
  // What the other made must look the same to us.
  const double kept = milliseconds_of(ours);
  const double raw_kept = milliseconds_of([&] { page_through(raw); });
  fmt::print("keep {} {}\n", kept, raw_kept);
  fmt::print("keep-decoded {} {}\n", kept, milliseconds_of([&] { raw.list_decoded(); }));
  delete_all(raw);
}

void measure_with_consumers(RawClient& raw, const std::function<void()>& ours) {
  const double created = milliseconds_of(ours);
  delete_all(raw);
  const double raw_created = milliseconds_of([&] {
    create_all(raw);
    create_consumers(raw);
  });
  fmt::print("create-consumers {} {}\n", created, raw_created);
  const double kept = milliseconds_of(ours);
  const double raw_kept = milliseconds_of([&] {
    page_through(raw);
    page_through_consumers(raw);
  });
  fmt::print("keep-consumers {} {}\n", kept, raw_kept);
  delete_all(raw);
}

void measure(const std::string& url, ServerVersion version, int pairs) {
  auto module = nats::Module::open();
  if (!module)
    throw std::runtime_error{module.error().message};
  nats::ConnectOptions connect;
  connect.url = url;
  auto connection = (*module)->connect(connect, {});
  if (!connection)
    throw std::runtime_error{connection.error().message};
  RawClient raw{url};
  const auto streams = declared(false);
  const auto both = declared(true);
  jetstream::ReconcileOptions options;
  options.version = version;
  for (int pair = 0; pair < pairs; ++pair) {
    measure_streams(raw, [&] { reconcile_or_throw(**connection, streams, options); });
    measure_with_consumers(raw, [&] { reconcile_or_throw(**connection, both, options); });
  }
}

}  // namespace
}  // namespace unified::bench

int main(int argc, char** argv) {
  const auto version = argc == 4 ? unified::parse_server_version(argv[2]) : std::nullopt;
  if (!version) {
    fmt::print(stderr, "usage: reconcile_bench URL VERSION PAIRS\n");
    return 64;
  }
  try {
    unified::bench::measure(argv[1], *version, std::atoi(argv[3]));
  } catch (const std::exception& error) {
    fmt::print(stderr, "reconcile_bench: {}\n", error.what());
    return 1;
  }
  return 0;
}
