// How soon a quiet TCP connection shows that its other end is gone, and how often it speaks so that routers between do not
// forget it. Any thread; what a system does not know is left at its default.
#pragma once
#include "platform/duplicate_socket.hpp"

namespace edgemesh::platform {

struct keep_alive_options {
  int idle_seconds = 20;         ///< of silence until the first probe; NATs forget after 60 s and more
  int interval_seconds = 5;      ///< between probes
  int probes = 3;                ///< unanswered ones end the connection
  int unanswered_ms_max = 10000; ///< sent bytes that nobody confirms end it too
  int send_buffer_bytes = 0;     ///< what the system holds of sent bytes; 0: its own choice
};
void keep_alive(socket_handle socket, const keep_alive_options& options) noexcept;

}  // namespace edgemesh::platform
