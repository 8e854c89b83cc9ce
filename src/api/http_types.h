#pragma once

#include <string>

namespace unified::api {

struct Request {
  std::string method;  ///< "GET"
  std::string path;    ///< without the query
  std::string query;   ///< behind the '?'; empty if there is none
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
};

}  // namespace unified::api
