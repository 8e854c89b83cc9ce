#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/server_version.h"
#include "base/subjects.h"
#include "jetstream/api_port.h"

namespace unified::test {

/// A nats-server with memory, as far as $JS.API.STREAM.* goes: defaults and normalisation of facts
/// §2, the refusals and discards of §1 that the plan relies on. Written independently of
/// src/jetstream's table.
class FakeApiPort : public jetstream::ApiPort {
 public:
  using Json = nlohmann::json;

  struct Stream {
    Json config;
    std::int64_t messages = 0;
    std::int64_t bytes = 0;
    std::string first_ts;
    std::string last_ts;
  };

  explicit FakeApiPort(ServerVersion version = {2, 10, 27}) : version_(version) {}

  Result<std::string> request(const std::string& subject,
                              const std::string& payload,
                              std::chrono::milliseconds) override {
    requests.push_back(subject);
    const std::string verb = subject.substr(std::string{"$JS.API."}.size());
    if (before)
      before(verb);
    for (auto fault = faults.begin(); fault != faults.end(); ++fault)
      if (verb.starts_with(fault->prefix)) {
        const Fault hit = *fault;
        faults.erase(fault);
        if (hit.carried_out)
          answer(verb, payload);
        if (hit.reply.empty())
          return Error{"timeout"};
        return hit.reply;
      }
    std::string reply = answer(verb, payload).dump();
    if (after)
      after(verb);
    return reply;
  }

  /// The next request whose verb begins so is answered with `reply` (empty: no answer at all).
  struct Fault {
    std::string prefix;
    std::string reply;
    bool carried_out = false;
  };
  std::deque<Fault> faults;
  std::function<void(const std::string& verb)>
      before;  ///< called first, e.g. to let another client be faster
  std::function<void(const std::string& verb)> after;  ///< the answer is made, and not read yet
  /// Why a stream can't be had, whatever its subjects are; empty: it can.
  std::function<std::string(const Json& config)> refuses;
  std::function<void(const std::string& subject)> on_advisory;
  std::vector<std::string> requests;
  std::map<std::string, Stream> streams;
  std::size_t page_size = 256;

  static std::string error(int code, int err_code, const std::string& text) {
    return error_json(code, err_code, text).dump();
  }

  /// A configuration as the server stores it.
  [[nodiscard]] Json normalise(Json config) const {
    for (const char* limit :
         {"max_msgs", "max_bytes", "max_consumers", "max_msg_size", "max_msgs_per_subject"})
      if (config.value(limit, 0) == 0)
        config[limit] = -1;
    const Json defaults{{"retention", "limits"}, {"max_age", 0},
                        {"discard", "old"},      {"storage", "file"},
                        {"deny_delete", false},  {"deny_purge", false},
                        {"allow_direct", false}, {"allow_rollup_hdrs", false},
                        {"sealed", false}};
    for (const auto& [key, value] : defaults.items())
      if (!config.contains(key))
        config[key] = value;
    if (config.value("num_replicas", 0) == 0)
      config["num_replicas"] = 1;
    if (!config.contains("subjects") || config["subjects"].empty())
      config["subjects"] = Json::array({config["name"]});
    const std::int64_t max_age = config["max_age"];
    if (config.value("duplicate_window", std::int64_t{0}) == 0)
      config["duplicate_window"] =
          max_age > 0 ? std::min<std::int64_t>(max_age, 120'000'000'000) : 120'000'000'000;
    if (version_ < ServerVersion{2, 10, 0})
      config.erase("compression");
    else if (!config.contains("compression"))
      config["compression"] = "none";
    for (const char* flag : {"no_ack", "discard_new_per_subject"})
      if (config.contains(flag) && config[flag] == false)
        config.erase(flag);
    if (version_ >= ServerVersion{2, 11, 0})
      config["metadata"] = {{"_nats.level", "5"}, {"_nats.ver", to_text(version_)}};
    return config;
  }

  /// Somebody else's update.
  void change(const std::string& name, const Json& fields) {
    Json config = streams[name].config;
    config.update(fields);
    update(streams[name], config);
  }

  Stream& add(Json config) {
    const std::string name = config["name"];
    Stream& stream = streams[name];
    stream.config = normalise(std::move(config));
    return stream;
  }

 private:
  static Json error_json(int code, int err_code, const std::string& text) {
    return {{"error", {{"code", code}, {"err_code", err_code}, {"description", text}}}};
  }

  Json answer(const std::string& verb, const std::string& payload) {
    const Json body = payload.empty() ? Json::object() : Json::parse(payload);
    const std::string name = verb.substr(verb.rfind('.') + 1);
    if (verb == "INFO")
      return {{"streams", streams.size()}, {"api", {{"level", 5}}}};
    if (verb == "STREAM.LIST" || verb == "STREAM.NAMES")
      return list(body.value("offset", std::size_t{0}), verb == "STREAM.NAMES");
    if (verb.starts_with("STREAM.CREATE."))
      return create(name, body);
    if (!streams.contains(name))
      return error_json(404, 10059, "stream not found");
    return verb.starts_with("STREAM.UPDATE.") ? update(streams[name], body) : info(streams[name]);
  }

  Json list(std::size_t offset, bool names_only) const {
    Json page = Json::array();
    std::size_t index = 0;
    for (const auto& [name, stream] : streams)
      if (index++ >= offset && page.size() < page_size)
        page.push_back(names_only ? Json(name) : info(stream));
    return {{"total", streams.size()}, {"offset", offset}, {"limit", page_size}, {"streams", page}};
  }

  static Json info(const Stream& stream) {
    const std::string none = "0001-01-01T00:00:00Z";
    return {{"config", stream.config},
            {"state",
             {{"messages", stream.messages},
              {"bytes", stream.bytes},
              {"first_seq", 1},
              {"last_seq", stream.messages},
              {"first_ts", stream.first_ts.empty() ? none : stream.first_ts},
              {"last_ts", stream.last_ts.empty() ? none : stream.last_ts},
              {"consumer_count", 0}}}};
  }

  [[nodiscard]] bool overlaps_another(const Json& config) const {
    for (const auto& [name, stream] : streams)
      if (name != config["name"].get<std::string>())
        for (const auto& one : stream.config["subjects"])
          for (const auto& other : config["subjects"])
            if (subjects_overlap(one.get<std::string>(), other.get<std::string>()))
              return true;
    return false;
  }

  Json create(const std::string& name, const Json& body) {
    if (body.value("name", "") != name)
      return error_json(400, 10056, "stream name in subject does not match request");
    const Json config = normalise(body);
    if (streams.contains(name) && streams[name].config != config)
      return error_json(400, 10058, "stream name already in use with a different configuration");
    if (Json refusal = refuse(config); !refusal.is_null())
      return refusal;
    if (!streams.contains(name))
      tell("CREATED", config);
    streams[name].config = config;
    return info(streams[name]);
  }

  /// What CREATE and UPDATE refuse alike.
  [[nodiscard]] Json refuse(const Json& config) const {
    if (const std::string why = refuses ? refuses(config) : ""; !why.empty())
      return error_json(400, 10140, why);
    if (overlaps_another(config))
      return error_json(400, 10065, "subjects overlap with an existing stream");
    const auto& subjects = config["subjects"];
    for (std::size_t i = 0; i < subjects.size(); ++i)
      for (std::size_t k = 0; k < i; ++k)
        if (subjects_overlap(subjects[i].get<std::string>(), subjects[k].get<std::string>()))
          return error_json(500, 10052, "subject overlaps");
    if (config["max_age"] > 0 && config["duplicate_window"] > config["max_age"])
      return error_json(500, 10052, "duplicates window can not be larger then max age");
    const bool per_subject = config.value("discard_new_per_subject", false);
    if (per_subject && (config["discard"] != "new" || config["max_msgs_per_subject"] < 1))
      return error_json(500, 10052, "discard new per subject requires …");
    if (config["deny_purge"] == true && config["allow_rollup_hdrs"] == true)
      return error_json(500, 10052, "roll-ups require the purge permission");
    return nullptr;
  }

  Json update(Stream& stream, const Json& body) {
    const Json config = normalise(body);
    const Json& old = stream.config;
    const auto refusal = [](const std::string& text) { return error_json(500, 10052, text); };
    if (config["storage"] != old["storage"])
      return refusal("can not change storage type");
    if (version_ < ServerVersion{2, 10, 0} && config["retention"] != old["retention"])
      return refusal("can not change retention policy");
    if (config["retention"] != old["retention"] &&
        (config["retention"] == "workqueue" || old["retention"] == "workqueue"))
      return refusal("can not change retention policy to/from workqueue");
    if (version_ < ServerVersion{2, 14, 0} && config["max_consumers"] != old["max_consumers"])
      return refusal("can not change MaxConsumers");
    for (const char* latch : {"deny_delete", "deny_purge"})
      if (old[latch] == true && config[latch] == false)
        return refusal("can not cancel deny");
    if (Json problem = refuse(config); !problem.is_null())
      return problem;
    const bool keeps = config["discard"] == "new" && version_ >= ServerVersion{2, 10, 0};
    const std::int64_t limit = config["max_msgs"];
    if (limit > 0 && !keeps)
      stream.messages = std::min(stream.messages, limit);
    const std::int64_t bytes = config["max_bytes"];
    if (bytes > 0 && !keeps && stream.bytes > bytes) {
      stream.messages = stream.messages * bytes / stream.bytes;
      stream.bytes = bytes;
    }
    stream.config = config;
    tell("UPDATED", config);
    return info(stream);
  }

  void tell(const std::string& what, const Json& config) const {
    if (on_advisory)
      on_advisory("$JS.EVENT.ADVISORY.STREAM." + what + "." + config["name"].get<std::string>());
  }

  ServerVersion version_;
};

}  // namespace unified::test
