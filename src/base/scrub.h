#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace unified {

/// Takes the secrets that this process knows, and every URL's userinfo, out of text on its way to
/// people. Immutable after construction, so any thread may use one.
class Scrubber {
 public:
  Scrubber() = default;
  /// Empty secrets are ignored. Short ones (under 6 bytes) are replaced only as whole words: they
  /// would mangle every line otherwise.
  explicit Scrubber(std::vector<std::string> secrets);

  [[nodiscard]] std::string scrub(std::string_view text) const;

  /// One that knows these as well.
  [[nodiscard]] Scrubber with(const std::vector<std::string>& more) const;

 private:
  std::vector<std::string>
      secrets_;  // longest first, so that one secret inside another leaves nothing behind
};

/// `scheme://user:password@host` -> `scheme://***@host`, up to the last `@` of every URL.
std::string without_userinfo(std::string_view text);

}  // namespace unified
