#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "jetstream/api_port.h"

namespace unified::nats {

/// How our client checks the server and shows itself. All files are PEM.
struct TlsOptions {
  bool enabled = false;  ///< also switched on by a `tls://` URL
  /// Certificates to trust beside the system's: CAs, or the server's own certificate (any
  /// certificate in these files is an anchor, self-signed or not). Keys in the same file are passed
  /// over.
  std::vector<std::string> trusted_files;
  /// The DNS name or IP address that the server's certificate must carry; empty: the URL's host.
  std::string expected_name;
  std::string client_cert;  ///< shown to servers that ask for one; needs client_key
  std::string client_key;
  bool skip_verification = false;  ///< for tests and `--tls-insecure` only
};

struct ConnectOptions {
  /// `nats://host:port` or `tls://host:port`; several separated by commas are tried in order. May
  /// carry `user:password@` or `token@`, percent-encoded: never print it unscrubbed. Only these are
  /// ever connected to, servers gossiped by a cluster are not.
  std::string url;
  std::string user;  ///< empty: none, or the URL's
  Secret password;
  Secret token;
  std::string name;  ///< shown in /connz and the server's log
  TlsOptions tls;
  std::chrono::milliseconds timeout{10'000};  ///< of each connect attempt
  bool reconnect_for_ever = false;
  int max_reconnect = 10;  ///< unless for ever; 0: a lost connection stays lost
  std::chrono::milliseconds reconnect_wait{
      500};  ///< longest pause; the first tries come sooner (25 ms, doubling)
  /// A server that leaves two pings unanswered is lost; 0: nats.c's two minutes each.
  std::chrono::milliseconds ping_interval{0};
};

/// Called from nats.c's threads, one call at a time, never after the Connection's destructor has
/// returned. Must be quick and must not touch the Connection: post to your own thread.
struct Callbacks {
  /// Not called for the connect that made the Connection. `why` is empty when connected; "closed:
  /// …" is final: it never reconnects, make a new Connection.
  std::function<void(bool connected, std::string why)> on_connection;
  /// One message on a subscribed subject.
  std::function<void(std::string subject, std::string payload)> on_advisory;
};

/// What JetStream answered to a publish.
struct PublishAck {
  std::string stream;
  std::uint64_t sequence = 0;
  bool duplicate = false;
};

using Headers = std::map<std::string, std::string>;

/// A header's name and value; a name may come twice.
using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// A message as it came.
struct Delivery {
  std::string subject;
  std::string reply;  ///< empty: none is asked for
  std::string payload;
  /// Sorted by name; the values of one name in their order. nats.c does not tell how they were
  /// written.
  HeaderList headers;
  /// "204" of the header's first line, or a client's header `Status`; who expects no such message
  /// must not look at it.
  std::string status;
};

/// What an inbox gets.
enum class InboxKind : std::uint8_t {
  kBelow,  ///< what is sent to `_INBOX.x.…`: answers that can be told from each other
  kExact,  ///< what is sent to `_INBOX.x` itself: a consumer that pushes sees no other interest
};

/// What comes to a subject of our own, in the order in which it comes, without a limit on what
/// waits. For one thread; must not outlive its Connection.
class Inbox {
 public:
  virtual ~Inbox() = default;
  /// "_INBOX.x".
  [[nodiscard]] virtual const std::string& prefix() const = 0;
  /// The next message; nothing when none came within `timeout`. An error: the connection is lost.
  virtual Result<std::optional<Delivery>> next(std::chrono::milliseconds timeout) = 0;
};

/// A connection to nats-server. Every function may be called from any thread; those that return a
/// Result block.
class Connection : public jetstream::ApiPort {
 public:
  /// Publishes and waits for the stream's acknowledgement. "no responders" = no stream is bound to
  /// the subject.
  virtual Result<PublishAck> publish_acked(const std::string& subject,
                                           const std::string& payload,
                                           const Headers& headers,
                                           std::chrono::milliseconds timeout) = 0;

  /// From now on (also after reconnects) messages on these subjects go to Callbacks::on_advisory.
  /// Returns when the server has taken the subscriptions.
  virtual Result<void> subscribe_advisories(const std::vector<std::string>& subjects) = 0;

  [[nodiscard]] virtual bool connected() const = 0;

  /// Returns when the server has taken the subscription.
  /// `group`: of a queue that it joins, for consumers with a deliver_group; empty: none.
  virtual Result<std::unique_ptr<Inbox>> open_inbox(InboxKind kind, const std::string& group) = 0;
  /// Sends a message and waits for nothing; `reply` may be empty. Goes out at once.
  virtual Result<void> send(const std::string& subject,
                            const std::string& reply,
                            const std::string& payload,
                            const HeaderList& headers) = 0;
};

/// The files of a TLS listener. `ca` may be empty.
struct CertificateFiles {
  std::string cert;
  std::string key;
  std::string ca;
  /// What our own client shows to a listener that verifies its clients by `ca`; empty: it does not.
  std::string client_cert{};  // NOLINT(readability-redundant-member-init)
  std::string client_key{};   // NOLINT(readability-redundant-member-init)
};

struct CertificateReport {
  /// The name a client should expect (TlsOptions::expected_name): the first DNS name, else the
  /// first IP address, else the common name; empty if there is none.
  std::string expected_name;
  std::chrono::system_clock::time_point not_after;
  std::vector<std::string> warnings;  ///< ends within 14 days
};

}  // namespace unified::nats
