// The messages of one link to one other node. Two of them cross the wire, in CAF's own types alone: an atom and a frame's bytes;
// everything else is local to the process.
#pragma once
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>
#include <string>

namespace edgemesh::actors {

using frame_atom = caf::atom_constant<caf::atom("frame")>;

struct send_frame { std::string bytes; };  ///< to the node at the other end
struct opening_due {};                     ///< its own timer: is the link open?
struct close_link { std::string why; };    ///< no longer wanted

/// One per link; a frame that it takes comes from the node at the other end, whatever the frame says.
using link_actor = caf::typed_actor<caf::reacts_to<frame_atom, std::string>, caf::reacts_to<send_frame>, caf::reacts_to<opening_due>,
                                    caf::reacts_to<close_link>>;

}  // namespace edgemesh::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(edgemesh::actors::send_frame)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(edgemesh::actors::opening_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(edgemesh::actors::close_link)
