#pragma once

#include <string>
#include <string_view>

namespace unified::render {

/// The route with `user:password@` put in, percent-encoded, unless it has userinfo of its own or
/// `user` is empty. The server sends what stands in the URL; the authorization block only says what
/// it accepts.
std::string with_credentials(std::string_view url,
                             std::string_view user,
                             std::string_view password);

}  // namespace unified::render
