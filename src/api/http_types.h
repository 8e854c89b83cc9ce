#pragma once

#include <string>

namespace unified::api {

struct Request {
  std::string method;  ///< "GET"
  std::string path;    ///< without the query
  std::string query;   ///< behind the '?'; empty if there is none
  std::string body;
};

inline constexpr const char* kPlainText = "text/plain; charset=utf-8";

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
};

}  // namespace unified::api
