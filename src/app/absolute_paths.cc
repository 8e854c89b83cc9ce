#include "app/absolute_paths.h"

#include <filesystem>
#include <initializer_list>
#include <string>

namespace unified::app {

void make_paths_absolute(config::Settings& settings) {
  namespace fs = std::filesystem;
  for (std::string* path :
       {&settings.server.config_file, &settings.server.conf_template,
        &settings.server.extra_config_file, &settings.server.run_dir, &settings.jetstream.store_dir,
        &settings.tls.cert, &settings.tls.key, &settings.tls.ca, &settings.tls.client_cert,
        &settings.tls.client_key, &settings.logs.nats_log_file}) {
    std::error_code error;
    const fs::path absolute = fs::absolute(*path, error);
    if (!path->empty() && !error)
      *path = absolute.lexically_normal().string();
  }
}

}  // namespace unified::app
