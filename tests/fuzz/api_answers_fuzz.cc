// The input is what a server answers to $JS.API requests, one answer a line, over and over: no
// answer makes us crash, ask for a deletion or send what is no JSON.

#include "fuzz/property.h"
#include "jetstream/api.h"
#include "jetstream/manifest.h"
#include "jetstream/reconciler.h"

namespace unified::jetstream {
namespace {

using fuzz::require;

/// A server that says what the input says.
class Oracle : public ApiPort {
 public:
  Oracle(std::string_view answers, bool read_only) : answers_(answers), read_only_(read_only) {
    rest_ = answers_;
  }

  Result<std::string> request(const std::string& subject,
                              const std::string& payload,
                              std::chrono::milliseconds /*timeout*/) override {
    const bool reads = subject == "$JS.API.INFO" || subject.starts_with("$JS.API.STREAM.INFO.") ||
                       subject == "$JS.API.STREAM.LIST" || subject == "$JS.API.STREAM.NAMES";
    const bool writes = subject.starts_with("$JS.API.STREAM.CREATE.") ||
                        subject.starts_with("$JS.API.STREAM.UPDATE.");
    require(reads || (writes && !read_only_), "a server is asked only for what is meant");
    const auto body = nlohmann::json::parse(payload, nullptr, false);
    require(payload.empty() || body.is_object(), "a request is JSON");
    require(!writes || !body.value("subjects", nlohmann::json::array()).empty(),
            "a stream is never left without its subjects");
    if (++requests_ > kPatience)
      return Error{"no answer"};  // a list without end costs a thousand pages: long known, and slow
    if (rest_.empty())
      rest_ = answers_;
    const std::string_view answer = fuzz::take_part(rest_, '\n');
    if (answer == "-")
      return Error{"no answer"};
    return std::string{answer};
  }

 private:
  static constexpr std::size_t kPatience = 64;
  std::string_view answers_;
  std::string_view rest_;
  bool read_only_;
  std::size_t requests_ = 0;
};

const Declarations& desired() {
  static const Manifest kManifest = *parse_manifest(
      "streams:\n"
      "  - {name: A, subjects: [a.>], max_msgs: 100, max_age: 1h, storage: file}\n"
      "  - {name: B, subjects: [b.>, c.>], retention: interest, num_replicas: 1}\n",
      "desired.yaml", {});
  return kManifest;
}

void reconcile_with(std::string_view answers, ReconcileMode mode, ServerVersion version) {
  Oracle oracle{answers, mode == ReconcileMode::kPlanOnly};
  ReconcileOptions options;
  options.version = version;
  options.mode = mode;
  options.allowed = {.lossy = true, .irreversible = true, .recreate = false};
  const ReconcileReport report = reconcile(oracle, desired(), options);
  require(mode != ReconcileMode::kPlanOnly || report.done.empty(), "a plan does nothing");
  (void)to_text(report.plan);
}

}  // namespace
}  // namespace unified::jetstream

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unified;
  using jetstream::ReconcileMode;
  const std::string_view answers = fuzz::text_of(data, size);
  jetstream::Oracle oracle{answers, true};
  jetstream::Api api{oracle, std::chrono::milliseconds{1}};
  (void)api.account_info();
  (void)api.list_streams();
  (void)api.list_names();
  (void)api.info("A");
  jetstream::reconcile_with(answers, ReconcileMode::kPlanOnly, {2, 9, 10});
  jetstream::reconcile_with(answers, ReconcileMode::kStart, {2, 10, 27});
  jetstream::reconcile_with(answers, ReconcileMode::kDrift, {2, 15, 1});
  return 0;
}
