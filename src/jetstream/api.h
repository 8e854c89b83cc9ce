#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "jetstream/api_port.h"
#include "jetstream/stream_spec.h"

namespace unified::jetstream {

/// Error codes of $JS.API (facts §3) that we decide by.
enum ApiErrorCode : std::uint16_t {
  kNoSuitablePeers = 10005,
  kSystemUnavailable = 10008,
  kConsumerExists = 10013,
  kConsumerNotFound = 10014,
  kMaximumConsumers = 10026,
  kInsufficientMemory = 10028,
  kInsufficientStorage = 10047,
  kStreamStoreFailed = 10049,
  kNameInUse = 10058,
  kStreamNotFound = 10059,
  kSubjectsOverlap = 10065,
  kLimitsViolateConsumers = 10069,
  kFilterNotUnique = 10100,
  kConsumerAlreadyExists = 10148,
  kConsumerDoesNotExist = 10149,
};

/// Why a request failed.
struct ApiFailure {
  std::string message;   ///< "cannot create stream X: stream name already in use … (10058)"
  int code = 0;          ///< HTTP-like; 0 when the server gave no answer that can be read
  int err_code = 0;      ///< see ApiErrorCode; 0 when there is none
  bool answered = true;  ///< false: timeout, no responders, not connected: nobody knows whether it
                         ///< was carried out
};

template <typename T>
using ApiResult = Result<T, ApiFailure>;

struct AccountInfo {
  int api_level = 0;  ///< 0 before 2.11
  std::string domain;
  std::int64_t streams = 0;
  std::int64_t memory_used = 0;
  std::int64_t storage_used = 0;
  std::int64_t reserved_memory = 0;
  std::int64_t reserved_storage = 0;
  std::int64_t consumers = 0;
  std::int64_t max_memory = -1;  ///< the account's own limits; negative: the server's
  std::int64_t max_storage = -1;
};

struct StreamList {
  std::vector<StreamState> streams;
  /// Names that exist although the server could not say more ("missing" and "offline" of
  /// STREAM.LIST): not absent.
  std::vector<std::string> unreachable;
};

/// One STREAM.CREATE or STREAM.UPDATE; the body is as for Api::create() and update().
struct StreamCommand {
  bool create = false;
  nlohmann::json body;
};

/// $JS.API as functions. Blocks like the port; not thread safe beyond it.
class Api {
 public:
  /// `timeout` is for each request. Refers to `port`.
  Api(ApiPort& port, std::chrono::milliseconds timeout) : port_(port), timeout_(timeout) {}

  ApiResult<AccountInfo> account_info();
  /// All pages.
  ApiResult<StreamList> list_streams();
  ApiResult<std::vector<std::string>> list_names();
  /// err_code 10059: the server does not know it, which is no proof that it is not on disk.
  ApiResult<StreamState> info(const std::string& name);
  /// info() of several at once; `done` is called for each.
  void info_all(const std::vector<std::string>& names,
                const std::function<void(std::size_t index, ApiResult<StreamState> answer)>& done);
  /// `body["name"]` names the stream.
  ApiResult<StreamState> create(const nlohmann::json& body);
  /// `body` is a whole configuration: what it leaves out goes back to its default.
  ApiResult<StreamState> update(const nlohmann::json& body);
  /// Several creations and updates at once; `done` is called for each.
  void send_all(const std::vector<StreamCommand>& commands,
                const std::function<void(std::size_t index, ApiResult<StreamState> answer)>& done);

 private:
  ApiResult<StreamState> send(const StreamCommand& command);
  ApiResult<nlohmann::json> call(const std::string& subject,
                                 const nlohmann::json& body,
                                 const std::string& operation);
  ApiResult<StreamState> stream_call(const std::string& subject,
                                     const nlohmann::json& body,
                                     const std::string& operation);

  ApiPort& port_;
  std::chrono::milliseconds timeout_;
};

}  // namespace unified::jetstream
